/**
 * How fast requests are that a page makes, beside HTTP and page loads: node bench/page-fetch.ts
 *
 * Three sessions ask sites on the loopback, in one process: over HTTP; as fetches in a page, because the site takes
 * only what comes on the browser's own connections, one at a time and many at once; and as page loads, one at a time.
 */
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { openBroker } from '../src/index.ts'
import { startGate } from '../test/support/gates.ts'

const BLOCKS = 15
const REQUESTS = 20
const AT_ONCE = 32

const server = http.createServer((_request, response) => {
  response.setHeader('content-type', 'text/html')
  response.end('<!doctype html><title>page</title><p>content')
})
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
await using broker = await openBroker({ store: 'memory', robots: false })
const plain = await broker.session('http')
const viewer = await broker.session('viewer')
const page = await viewer.page()
await page.goto(url)
await using gate = await startGate('connection')
const fetcher = await broker.session('fetcher')
const inPage = async () => {
  const response = await fetcher.fetch(gate.origin)
  await response.text()
  return response.via
}
for (let tries = 0; (await inPage()) !== 'page-fetch'; tries++)
  if (tries === 5) throw new Error('the site is not asked by fetches in a page')

const inTurn = async (ask: () => Promise<unknown>) => {
  for (let i = 0; i < REQUESTS; i++) await ask()
  return REQUESTS
}
const atOnce = async (ask: () => Promise<unknown>) => {
  let left = REQUESTS * AT_ONCE
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      while (left-- > 0) await ask()
    }),
  )
  return REQUESTS * AT_ONCE
}
const ways = {
  http: () => inTurn(async () => (await plain.fetch(url)).text()),
  'page-fetch': () => inTurn(inPage),
  [`page-fetch, ${AT_ONCE} at once`]: () => atOnce(inPage),
  page: () => inTurn(() => page.goto(url)),
}
const times = new Map<string, number[]>()
for (let block = -2; block < BLOCKS; block++) {
  for (const [name, work] of Object.entries(ways)) {
    const startedAt = performance.now()
    const requests = await work()
    const ms = (performance.now() - startedAt) / requests
    if (block >= 0) times.set(name, [...(times.get(name) ?? []), ms])
  }
}
const median = (all: readonly number[] = []) => all.toSorted((a, b) => a - b)[all.length >> 1] as number
const ofPage = median(times.get('page'))
for (const [name, all] of times) {
  const ms = median(all)
  console.log(
    `${name.padEnd(24)} ${ms.toFixed(2).padStart(8)} ms a request   ${(ofPage / ms).toFixed(1).padStart(6)} times a page load`,
  )
}
await page.close()
server.close()
