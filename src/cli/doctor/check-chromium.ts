import { BrowserHost, type FoundBrowser, findBrowser } from '../../browser/index.ts'
import { isOnejarError } from '../../core/index.ts'
import type { Finding } from './finding.ts'
import { runVersion } from './run-version.ts'

const PART = 'Chromium'
const INSTALL = 'npx playwright install --with-deps chromium, or: apt-get install -y chromium'
const WHENCE: Readonly<Record<FoundBrowser['source'], string>> = {
  option: 'an option',
  environment: 'ONEJAR_CHROMIUM',
  playwright: "Playwright's downloads",
  path: 'the PATH',
}

/** The Chromium that would be used, and whether it really starts and loads a page. Costs a start of the browser. */
export async function checkChromium(): Promise<Finding> {
  let found: FoundBrowser | null
  try {
    found = await findBrowser()
  } catch (error) {
    if (!isOnejarError(error)) throw error
    return {
      part: PART,
      state: 'wrong',
      found: 'ONEJAR_CHROMIUM names no executable file',
      fix: 'unset ONEJAR_CHROMIUM, or let it name a Chromium',
      facts: { path: process.env['ONEJAR_CHROMIUM'] ?? null },
    }
  }
  if (!found) return { part: PART, state: 'wrong', found: 'there is none on this machine', fix: INSTALL }
  const { executablePath, source } = found
  const version = (await runVersion(executablePath))?.match(/\d+(\.\d+)+/)?.[0] ?? null
  const where = `${executablePath}, from ${WHENCE[source]}`
  const facts = { path: executablePath, source, version }
  const host = new BrowserHost()
  const startedAt = performance.now()
  try {
    const { userAgent } = await host.identity()
    const ms = Math.round(performance.now() - startedAt)
    return {
      part: PART,
      state: 'ok',
      found: `${version ?? 'of unknown version'} (${where}); it started and loaded a page in ${ms} ms`,
      facts: { ...facts, starts: true, startMs: ms, userAgent },
    }
  } catch (error) {
    return {
      part: PART,
      state: 'wrong',
      found: `${version ?? 'of unknown version'} (${where}) does not start: ${reasonOf(error)}`,
      fix: `run "${executablePath} --version" to see what it lacks; or install another: ${INSTALL}`,
      facts: { ...facts, starts: false },
    }
  } finally {
    await host.close()
  }
}

/** The most useful line of Playwright's message when a start fails. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error)
  const lines = cause
    .split('\n')
    .map((line) => line.replace(/^\s*-?\s*(\[pid=\d+\])?(\[err\])?\s*/, '').trim())
  const telling = lines.find((line) =>
    /error while loading|cannot open|not found|sandbox|EACCES|ENOENT/i.test(line),
  )
  return (telling ?? lines[0] ?? 'unknown reason').slice(0, 200)
}
