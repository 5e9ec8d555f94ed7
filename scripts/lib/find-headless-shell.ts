import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type FoundBrowser, findBrowser } from '../../src/browser/launch/find-browser.ts'
import { findOnPath, isExecutable } from './find-on-path.ts'

const MAX_SCRIPT_BYTES = 4_096

/**
 * The headless shell that goes with the Chromium of the tests: the same engine, network and cookies, built without windows. A context
 * with a page takes it less than half of the processor time. Null where there is none, or where a Chromium was chosen for all tests
 * (ONEJAR_CHROMIUM).
 */
export async function findHeadlessShell(
  env: Readonly<Record<string, string | undefined>> = process.env,
  found?: FoundBrowser | null,
): Promise<string | null> {
  if (env['ONEJAR_CHROMIUM']) return null
  const chromium = found ?? (await findBrowser({ env }))
  if (chromium?.source === 'playwright') return besideDownload(chromium.executablePath)
  const onPath = chromium?.executablePath.endsWith('/chromium')
    ? findOnPath(['chromium-headless-shell'], env)
    : null
  return onPath && programOf(onPath)
}

/** Debian's command is a script that stays, as the parent of the program: who kills it would not kill the browser. */
function programOf(command: string): string {
  if (statSync(command).size > MAX_SCRIPT_BYTES) return command
  const program = /^(\/\S+) "\$@"$/m.exec(readFileSync(command, 'utf8'))?.[1]
  return program !== undefined && isExecutable(program) ? program : command
}

/** Playwright keeps both of one revision: `chromium-1234` and `chromium_headless_shell-1234`. */
function besideDownload(chromium: string): string | null {
  const [, downloads = '', revision = ''] = /^(.*)[\\/]chromium-(\d+)[\\/]/.exec(chromium) ?? []
  const folder = join(downloads, `chromium_headless_shell-${revision}`)
  const files = listed(folder).flatMap((name) =>
    ['headless_shell', 'chrome-headless-shell'].map((file) => join(folder, name, file)),
  )
  return files.find(isExecutable) ?? null
}

function listed(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
