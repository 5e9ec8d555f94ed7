import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { median } from './measure.ts'
import type { Budget } from './report.ts'

const ROOT = join(import.meta.dirname, '..')
const ENTRY = pathToFileURL(join(ROOT, 'dist', 'index.js')).href
const BIN = join(ROOT, 'dist', 'cli', 'bin.js')
const IMPORT = `const before = performance.now()
await import(${JSON.stringify(ENTRY)})
console.log(JSON.stringify({ ms: performance.now() - before, rssBytes: process.memoryUsage.rss() }))`

export interface CliFigures {
  /** The wall time of a process, in milliseconds, a figure a round. */
  readonly node: readonly number[]
  readonly curl: readonly number[]
  /** `onejar fetch` in a session that has been used before. */
  readonly fetch: readonly number[]
  /** The same in a new session. What the browser shows of itself was kept by an earlier process, so that none is started. */
  readonly firstFetch: readonly number[]
  readonly importMs: readonly number[]
  readonly importRssBytes: readonly number[]
}

/** The command line as its users have it: what the build makes, in processes of its own, in turn with curl and an empty script. */
export async function measureCli(origin: string, rounds: number): Promise<CliFigures> {
  await run(process.execPath, [join(ROOT, 'scripts', 'build.ts')], {})
  const home = await mkdtemp(join(tmpdir(), 'onejar-bench-'))
  const url = `${origin}/quiet`
  const env = { ONEJAR_HOME: home }
  const all = { node: [], curl: [], fetch: [], firstFetch: [], importMs: [], importRssBytes: [] } as Record<
    keyof CliFigures,
    number[]
  >
  const fetchIn = (session: string) => run(process.execPath, [BIN, 'fetch', '--session', session, url], env)
  try {
    await fetchIn('used')
    for (let round = -1; round < rounds; round++) {
      const node = await run(process.execPath, ['--eval', ''], {})
      const curl = await run('curl', ['--silent', '--show-error', '--output', '/dev/null', url], {})
      const fetch = await fetchIn('used')
      const first = await fetchIn(`new-${round}`)
      const imported = await run(process.execPath, ['--input-type=module', '--eval', IMPORT], {})
      // The first round fills the caches of the machine.
      if (round < 0) continue
      const { ms, rssBytes } = JSON.parse(imported.output) as { ms: number; rssBytes: number }
      all.node.push(node.ms)
      all.curl.push(curl.ms)
      all.fetch.push(fetch.ms)
      all.firstFetch.push(first.ms)
      all.importMs.push(ms)
      all.importRssBytes.push(rssBytes)
    }
  } finally {
    await rm(home, { recursive: true })
  }
  return all
}

export function cliBudgets(figures: CliFigures): Budget[] {
  const beside = figures.fetch.map((ms, at) => ms / ((figures.curl[at] ?? 0) + (figures.node[at] ?? 0)))
  return [
    { name: 'Node’s own start', value: median(figures.node), unit: 'ms' },
    { name: 'curl of a plain page', value: median(figures.curl), unit: 'ms' },
    { name: 'onejar fetch of a plain page', value: median(figures.fetch), unit: 'ms' },
    {
      name: 'onejar fetch of a plain page, in a session that is new',
      value: median(figures.firstFetch),
      unit: 'ms',
    },
    { name: 'onejar fetch / (curl + Node’s own start)', value: median(beside), unit: '×' },
    { name: 'import onejar', value: median(figures.importMs), unit: 'ms', atMost: 120 },
    {
      name: 'memory (RSS) of a process that has imported onejar',
      value: median(figures.importRssBytes) / 1024 ** 2,
      unit: 'MiB',
      atMost: 80,
    },
  ]
}

/** @throws Error when the command ends with another code than 0 */
async function run(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<{ readonly ms: number; readonly output: string }> {
  const startedAt = performance.now()
  const child = spawn(command, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [output, problem] = [child.stdout, child.stderr].map((stream) => stream.setEncoding('utf8').toArray())
  const [code] = await once(child, 'close')
  const ms = performance.now() - startedAt
  if (code !== 0)
    throw new Error(`${command} ${args[0]} ended with ${code}: ${((await problem) ?? []).join('')}`)
  return { ms, output: ((await output) ?? []).join('') }
}
