/**
 * How fast requests are that a page makes, beside HTTP and page loads: node bench/page-fetch.ts
 *
 * Three sessions ask sites on the loopback in turn, in one process: over HTTP; as fetches in a page, because the site takes
 * only what comes on the browser's own connections; and as page loads.
 */
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { openBroker } from '../src/index.ts'
import { startGate } from '../test/support/gates.ts'

const BLOCKS = 15
const REQUESTS = 20

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

const ways = {
  http: async () => void (await (await plain.fetch(url)).text()),
  'page-fetch': async () => void (await inPage()),
  page: async () => void (await page.goto(url)),
}
const times: Record<keyof typeof ways, number[]> = { http: [], 'page-fetch': [], page: [] }
for (let block = -2; block < BLOCKS; block++) {
  for (const [name, ask] of Object.entries(ways) as [keyof typeof ways, () => Promise<void>][]) {
    const startedAt = performance.now()
    for (let i = 0; i < REQUESTS; i++) await ask()
    if (block >= 0) times[name].push((performance.now() - startedAt) / REQUESTS)
  }
}
const median = (all: number[]) => all.sort((a, b) => a - b)[all.length >> 1] as number
const base = median(times.http)
console.log(
  JSON.stringify(
    Object.fromEntries(
      Object.entries(times).map(([name, all]) => [
        name,
        { ms: Number(median(all).toFixed(2)), timesHttp: Number((median(all) / base).toFixed(1)) },
      ]),
    ),
  ),
)
await page.close()
server.close()
