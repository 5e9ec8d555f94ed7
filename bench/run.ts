import { mkdir, writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { median, type Peer, type PeerResult, race } from './measure.ts'
import { measureNews } from './news.ts'
import { benchPages } from './pages.ts'
import { browserPeers, httpPeers, pagePeers } from './peers.ts'
import { startBenchServer } from './server.ts'
import { measureSessions } from './sessions.ts'
import { measureSync } from './sync.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    only: { type: 'string', default: 'http,pages,browser,sync,news,sessions' },
    page: { type: 'string' },
    out: { type: 'string', default: join(import.meta.dirname, 'out') },
  },
})
const rounds = Number(values.rounds)
const parts = new Set(values.only.split(','))
const say = (text: string) => process.stderr.isTTY && process.stderr.write(`\r\x1b[K${text}`)

const server = await startBenchServer()
const results: PeerResult[] = []
const budgets: Budget[] = []
const rateOf = (name: string) => results.find((result) => result.name === name)
const measured: Record<string, unknown> = {}

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
  )
}
await server.close()
say('')

for (const { name, median: rate, rounds: all } of results) {
  const [low, high] = [Math.min(...all), Math.max(...all)]
  console.log(
    `${name.padEnd(40)} ${figure(rate).padStart(9)} requests/s   (${figure(low)} to ${figure(high)})`,
  )
}
if (results.length > 0) console.log('')
for (const budget of budgets) console.log(line(budget))

await mkdir(values.out, { recursive: true })
const file = join(values.out, `bench-${new Date().toISOString().replace(/[:.]/g, '-')}.json`)
const machine = { node: process.version, cpus: cpus().length, model: cpus()[0]?.model }
await writeFile(file, `${JSON.stringify({ at: new Date(), machine, results, budgets, measured }, null, 2)}\n`)
console.log(`\n${file}`)

interface Budget {
  readonly name: string
  readonly value: number
  readonly unit: string
  readonly atLeast?: number
  readonly atMost?: number
}

async function raced(what: string, peers: Peer[], count: number): Promise<PeerResult[]> {
  try {
    return await race(peers, count, (round) => say(`${what}: round ${round} of ${count}`))
  } finally {
    for (const peer of peers) await peer.close?.()
  }
}

/** The median of the ratios of each round, whose two sides were measured in the same minute. */
function ratio(mine: string, theirs: string, atLeast: number): Budget {
  const [a, b] = [rateOf(mine), rateOf(theirs)]
  const paired = a && b && a.rounds.length === b.rounds.length
  const value = paired
    ? median(a.rounds.map((rate, i) => rate / (b.rounds[i] ?? Number.NaN)))
    : (a?.median ?? 0) / (b?.median ?? 1)
  return { name: `${mine} / ${theirs}`, value, unit: '×', atLeast }
}

function line({ name, value, unit, atLeast, atMost }: Budget): string {
  const met = (atLeast === undefined || value >= atLeast) && (atMost === undefined || value <= atMost)
  const target = atLeast === undefined ? `at most ${atMost}` : `at least ${atLeast}`
  return `${met ? 'met   ' : 'MISSED'} ${name.padEnd(72)} ${value.toFixed(2).padStart(8)} ${unit.padEnd(4)} (${target})`
}

function figure(value: number): string {
  return value.toLocaleString('en', { maximumFractionDigits: value < 100 ? 1 : 0 })
}
