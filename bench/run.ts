import { mkdir, writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { cliBudgets, measureCli } from './cli.ts'
import { measureIdleSessions } from './idle-sessions.ts'
import { type Peer, type PeerResult, race } from './measure.ts'
import { measureNews } from './news.ts'
import { benchPages } from './pages.ts'
import { browserPeers, httpPeers, pagePeers } from './peers.ts'
import { ALL, productionPeers, productionTable, RAW } from './production.ts'
import { renderingPeers } from './rendering.ts'
import { type Budget, budgetLine, rateLine, ratio as ratioOf } from './report.ts'
import { FLARE_STAND_IN, LIBRARY, SERVED, servePeers } from './serve.ts'
import { startBenchServer } from './server.ts'
import { measureSessions } from './sessions.ts'
import { measureSync } from './sync.ts'
import { transportScenarios } from './transports.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    only: { type: 'string', default: 'http,pages,browser,sync,news,sessions' },
    page: { type: 'string' },
    // Which share of the requests is made: 0.01 to see that all works.
    scale: { type: 'string', default: '1' },
    out: { type: 'string', default: join(import.meta.dirname, 'out') },
  },
})
const rounds = Number(values.rounds)
const scale = Number(values.scale)
const parts = new Set(values.only.split(','))
const say = (text: string) => process.stderr.isTTY && process.stderr.write(`\r\x1b[K${text}`)

const server = await startBenchServer()
const results: PeerResult[] = []
const budgets: Budget[] = []
const ratio = (mine: string, theirs: string, atLeast?: number, name?: string) =>
  ratioOf(results, mine, theirs, atLeast, name)
const measured: Record<string, unknown> = {}
const tables: string[] = []

if (parts.has('http')) {
  results.push(...(await raced('HTTP', await httpPeers(server.origin), rounds)))
  budgets.push(ratio('session.request', 'undici.request', 0.85), ratio('session.fetch', 'undici.fetch', 1.6))
}
if (parts.has('pages')) {
  for (const [kind, page] of Object.entries(benchPages())) {
    if (values.page !== undefined && !kind.startsWith(values.page)) continue
    results.push(...(await raced(kind, await pagePeers(server.origin, kind, page), rounds)))
    budgets.push(
      ratio(`session.request, ${kind}`, `undici.request, ${kind}`, 0.85),
      ratio(`session.fetch, ${kind}`, `undici.fetch, ${kind}`, 1.6),
    )
  }
}
if (parts.has('browser')) {
  results.push(...(await raced('browser', await browserPeers(server.origin), Math.min(rounds, 3))))
  if (parts.has('http')) budgets.push(ratio('session.request', 'Playwright context.request', 8))
}
if (parts.has('rendering')) {
  const { peers, pairs, close } = await renderingPeers(server.origin)
  results.push(...(await raced('rendering', peers, Math.min(rounds, 5))))
  await close()
  // A page takes as many times as long as others render in its time.
  budgets.push(...pairs.map(([ours, bare]) => ratio(bare, ours, undefined, `time of ${ours} / ${bare}`)))
}
if (parts.has('sync')) {
  say('sync')
  const sync = await measureSync(server.origin)
  measured['sync'] = sync
  budgets.push(
    { name: 'barrier with a live page, p50', value: sync.barrier.p50, unit: 'ms', atMost: 2 },
    { name: '50 cookies into a live context, p50', value: sync.push50.p50, unit: 'ms', atMost: 10 },
  )
}
if (parts.has('news')) {
  say('news')
  const news = await measureNews()
  measured['news'] = news
  budgets.push({
    name: 'another process sees a write that is flushed (Redis), p99',
    value: news.flushed.p99,
    unit: 'ms',
    atMost: 10,
  })
}
if (parts.has('sessions')) {
  say('sessions')
  const sessions = await measureSessions(server.origin)
  measured['sessions'] = sessions
  budgets.push(
    { name: 'heap per idle session', value: sessions.heapPerIdleSessionBytes / 1024, unit: 'KiB', atMost: 8 },
    { name: '10,000 sessions in turn / 10 sessions', value: sessions.ratio, unit: '×', atLeast: 0.8 },
    ...(await measureIdleSessions(server.origin, scale)),
  )
}
if (parts.has('transports')) {
  for await (const { name, peers, pairs, close } of transportScenarios()) {
    try {
      results.push(...(await raced(name, peers, rounds)))
    } finally {
      await close()
    }
    budgets.push(...pairs.map((pair) => ratio(...pair)))
  }
}
if (parts.has('production')) {
  const { peers, close } = await productionPeers(server.origin)
  try {
    const of = await raced('production', peers, rounds)
    results.push(...of)
    tables.push(productionTable(of))
  } finally {
    await close()
  }
  budgets.push(ratio(ALL, RAW, 0.5))
}
if (parts.has('serve')) {
  const { peers, close } = await servePeers(server.origin)
  try {
    results.push(...(await raced('serve', peers, rounds)))
  } finally {
    await close()
  }
  budgets.push(ratio(SERVED, LIBRARY), ratio(FLARE_STAND_IN, LIBRARY), ratio(SERVED, FLARE_STAND_IN))
}
if (parts.has('cli')) {
  say('command line')
  const cli = await measureCli(server.origin, rounds)
  measured['cli'] = cli
  budgets.push(...cliBudgets(cli))
}
await server.close()
say('')

for (const result of results) console.log(rateLine(result))
if (results.length > 0) console.log('')
for (const table of tables) console.log(`${table}\n`)
for (const budget of budgets) console.log(budgetLine(budget))

await mkdir(values.out, { recursive: true })
const file = join(values.out, `bench-${new Date().toISOString().replace(/[:.]/g, '-')}.json`)
const machine = { node: process.version, cpus: cpus().length, model: cpus()[0]?.model }
await writeFile(file, `${JSON.stringify({ at: new Date(), machine, results, budgets, measured }, null, 2)}\n`)
console.log(`\n${file}`)

async function raced(what: string, peers: Peer[], count: number): Promise<PeerResult[]> {
  try {
    return await race(peers, count, (round) => say(`${what}: round ${round} of ${count}`), scale)
  } finally {
    for (const peer of peers) await peer.close?.()
  }
}
