import { mkdir, writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { median } from '../measure.ts'
import { atOnce, bareSolve, browserOnly, crowd, hybrid, openBareBrowser, openQuietBroker } from './crawls.ts'
import { simulateDay } from './day.ts'
import { startGatedServer } from './gated-server.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    pages: { type: 'string', default: '1000' },
    out: { type: 'string', default: join(import.meta.dirname, '..', 'out') },
  },
})
/**
 * How long the processes of closed contexts take to end, and a spare context to be made, a second after that: neither may fall into
 * the next measurement, whosesoever it is.
 */
const SETTLE_MS = 2_500
const rounds = Number(values.rounds)
const pages = Number(values.pages)
const server = await startGatedServer()
const broker = await openQuietBroker()
const bare = await openBareBrowser()

// Starts both browsers and loads everything once before the first measurement.
const warm = await broker.session('warm')
await hybrid(server, warm, pages)
await warm.release()
await browserOnly(server, bare, 20)

const rates = { hybrid: [] as number[], afterwards: [] as number[], browser: [] as number[] }
const ratios: number[] = []
const steadyRatios: number[] = []
const solves: number[] = []
const latencies = { onejar: [] as number[], playwright: [] as number[] }
for (let round = 0; round < rounds; round++) {
  await sleep(SETTLE_MS)
  // A new session each time: its time includes context, page and solve, like that of the browser alone.
  const session = await broker.session(`crawl-${round}`)
  const first = await hybrid(server, session, pages)
  solves.push(first.solves)
  // Counting has ended the clearance: get another one before the measurement.
  await (await session.fetch(`${server.origin}/`)).text()
  const again = performance.now()
  await atOnce(32, pages, async (n) => {
    await (await session.fetch(`${server.origin}/item/${n}`)).text()
  })
  const steady = (pages * 1000) / (performance.now() - again)
  await session.release()
  await sleep(SETTLE_MS)
  const theirs = await browserOnly(server, bare, Math.min(pages, 300))
  const [mine, other] = [(first.pages * 1000) / first.ms, (theirs.pages * 1000) / theirs.ms]
  rates.hybrid.push(mine)
  rates.afterwards.push(steady)
  rates.browser.push(other)
  ratios.push(mine / other)
  steadyRatios.push(steady / other)
}

for (let round = 0; round < 10; round++) {
  await sleep(SETTLE_MS)
  await server.reset()
  const session = await broker.session(`solve-${round}`)
  let startedAt = performance.now()
  await (await session.fetch(`${server.origin}/`)).text()
  latencies.onejar.push(performance.now() - startedAt)
  await session.release()
  await sleep(SETTLE_MS)
  await server.reset()
  startedAt = performance.now()
  const context = await bare.newContext()
  await bareSolve(server, await context.newPage())
  latencies.playwright.push(performance.now() - startedAt)
  await context.close()
}

const crowded = await broker.session('crowd')
const thousand = await crowd(server, crowded, 1_000)
await crowded.release()
await broker.close()
await bare.close()
const day = await simulateDay(server)
await server.close()

const figures = {
  'hybrid, challenge included': [median(rates.hybrid), 'pages/s'],
  'hybrid, once it has the clearance': [median(rates.afterwards), 'pages/s'],
  'all in the browser': [median(rates.browser), 'pages/s'],
  'hybrid / browser, challenge included': [median(ratios), '×'],
  'hybrid / browser, once it has the clearance': [median(steadyRatios), '×'],
  'solves per crawl': [Math.max(...solves), ''],
  'solve: Onejar, first request to body, p50': [median(latencies.onejar), 'ms'],
  'solve: bare Playwright, context to content, p50': [median(latencies.playwright), 'ms'],
  'solve: Onejar / bare Playwright': [median(latencies.onejar) / median(latencies.playwright), '×'],
  '1,000 callers at once: solves': [thousand.solves, ''],
  '1,000 callers at once: all answered after': [thousand.ms, 'ms'],
  'a day, a request a minute: visits': [day.visits, ''],
  'a day, a request a minute: requests that met a challenge': [day.challenged, ''],
  'browser seconds per 1,000 requests': [day.browserSecondsPerThousand, 's'],
} as const
for (const [name, [value, unit]] of Object.entries(figures)) {
  console.log(
    `${name.padEnd(60)} ${value.toLocaleString('en', { maximumFractionDigits: 2 }).padStart(10)} ${unit}`,
  )
}
await mkdir(values.out, { recursive: true })
const file = join(values.out, `routing-${new Date().toISOString().replace(/[:.]/g, '-')}.json`)
const machine = { node: process.version, cpus: cpus().length, model: cpus()[0]?.model }
const raw = { rates, ratios, steadyRatios, solves, latencies, thousand, day }
await writeFile(file, `${JSON.stringify({ at: new Date(), machine, pages, figures, raw }, null, 2)}\n`)
console.log(`\n${file}`)
