/**
 * What the test files cost: `npm run test:cost -- test/unit test/integration/store`. For each file, in seconds: processor time of
 * vitest, its worker and all that the tests start (Chromium, Redis, Node), the time that passed, that of loading, and how
 * many processes of a kind were started; the dearest first, then what each folder costs. Files run one after the other.
 * On a busy machine only the processor time says something.
 *
 * `--out FILE` keeps the figures as JSON. `sync` stands for the files of Playwright Test. Linux only: it reads /proc.
 */
import { spawn } from 'node:child_process'
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { type Reporter, startVitest } from 'vitest/node'
import { ProcessCost, readProcesses } from './lib/process-cost.ts'

interface Cost {
  readonly file: string
  readonly cpu: number
  readonly wall: number
  readonly loading: number
  readonly chromium: number
  readonly node: number
}

const TICKS_PER_SECOND = 100
const LOOK_MS = 100

const root = fileURLToPath(new URL('..', import.meta.url))
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { out: { type: 'string' } },
})

/** A new process shows the program of its parent until it has loaded its own: so its name is read when it is counted. */
const started: number[] = []
const names = new Map<number, string>()
const cost = new ProcessCost(process.pid, (pid) => started.push(pid))
function look(): number {
  const ticks = cost.look(readProcesses())
  for (const pid of started) {
    try {
      names.set(pid, readFileSync(`/proc/${pid}/cmdline`, 'utf8'))
    } catch {} // ended: what it was before stays
  }
  return ticks / TICKS_PER_SECOND
}
setInterval(look, LOOK_MS).unref()

const costs: Cost[] = []
let last = { cpu: look(), at: performance.now() }
function note(file: string, loading: number): void {
  const now = { cpu: look(), at: performance.now() }
  const programs = started.splice(0).map((pid) => names.get(pid) ?? '')
  // Chromium's own helpers are part of one start.
  const chromium = programs.filter((line) =>
    /^\S*chrom\S*[\s\0].*--remote-debugging-(?!.*--type=)/s.test(line),
  ).length
  const node = programs.filter((line) => /^[^\0]*node\0/.test(line)).length
  names.clear()
  costs.push({
    file: file.replace(root, ''),
    cpu: now.cpu - last.cpu,
    wall: (now.at - last.at) / 1_000,
    loading,
    chromium,
    node,
  })
  last = now
}

const reporter: Reporter = {
  onTestModuleEnd(module) {
    const { collectDuration, setupDuration, prepareDuration } = module.diagnostic()
    note(module.moduleId, (collectDuration + setupDuration + prepareDuration) / 1_000)
  },
}

const files = positionals.filter((name) => name !== 'sync')
if (files.length > 0 || positionals.length === 0) {
  const vitest = await startVitest('test', files, {
    watch: false,
    maxWorkers: 1,
    reporters: ['default', reporter],
  })
  await vitest.close()
  note('(the end of vitest)', 0)
}
if (positionals.includes('sync')) {
  for (const file of globSync('test/sync/*.spec.ts', { cwd: root })) {
    await playwright(file)
    note(file, 0)
  }
}
report()

function report(): void {
  const row = ({ cpu, wall, loading, chromium, node, file }: Cost) =>
    [cpu.toFixed(1), wall.toFixed(1), loading.toFixed(1), chromium, node]
      .map((cell) => String(cell).padStart(9))
      .join('')
      .concat(`  ${file}`)
  const heading = ['cpu', 'wall', 'load', 'chromium', 'node'].map((cell) => cell.padStart(9)).join('')
  const dearest = costs.toSorted((a, b) => b.cpu - a.cpu)
  const folders = Map.groupBy(costs, ({ file }) =>
    file
      .split('/')
      .slice(1, file.startsWith('test/integration') ? 3 : 2)
      .join('/'),
  )
  const sums = [...folders].map(([folder, all]) => addUp(folder, all)).sort((a, b) => b.cpu - a.cpu)
  process.stdout.write(
    [heading, ...dearest.map(row), '', heading, ...sums.map(row), row(addUp('in all', costs)), ''].join('\n'),
  )
  if (values.out !== undefined) writeFileSync(values.out, JSON.stringify(costs, null, 1))
}

function addUp(file: string, all: readonly Cost[]): Cost {
  const sum = (of: (cost: Cost) => number) => all.reduce((total, cost) => total + of(cost), 0)
  return {
    file,
    cpu: sum(({ cpu }) => cpu),
    wall: sum(({ wall }) => wall),
    loading: sum(({ loading }) => loading),
    chromium: sum(({ chromium }) => chromium),
    node: sum(({ node }) => node),
  }
}

function playwright(file: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const args = ['node_modules/@playwright/test/cli.js', 'test', '--workers=1', file]
    const child = spawn(process.execPath, args, { cwd: root, stdio: 'inherit' })
    child.on('error', reject)
    child.on('close', () => resolve())
  })
}
