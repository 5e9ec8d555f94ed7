/**
 * A process that prints how many bytes one request allocates on the heap of JavaScript, by name, as JSON. It is started without the
 * optimising compilers, which leave allocations out once code is hot, and with room for all that is allocated between two
 * collections (see `ALLOCATION_FLAGS`): so the growth of the heap is what was allocated, on every machine.
 */
import { Agent, request } from 'undici'
import { type SeenRequest, startBenchServer } from '../../../bench/server.ts'
import { openBroker } from '../../../src/index.ts'
import { IDENTITY } from '../../support/broker.ts'

const WARM_UP = 100
const REQUESTS = 200
const BATCHES = 3
const COOKIES = 20

const server = await startBenchServer()
const broker = await openBroker({ store: 'memory', identity: IDENTITY, robots: false })
const session = await broker.session('costs')
for (let n = 0; n < COOKIES; n++) session.cookies.set(`cookie${n}=value-of-${n}; Path=/`, server.origin)
const seen = (await (await session.request(`${server.origin}/raw-headers`)).body.json()) as SeenRequest
const agent = new Agent()
const [json, page] = [`${server.origin}/json`, `${server.origin}/product`]
const headers = seen.rawHeaders.filter((_, at, all) => !/^(?:host|connection)$/i.test(all[at & ~1] ?? ''))
const ways: Readonly<Record<string, () => Promise<unknown>>> = {
  'undici.request, JSON': async () => (await request(json, { dispatcher: agent, headers })).body.dump(),
  'session.request, JSON': async () => (await session.request(json)).body.dump(),
  'session.request, product page': async () => (await session.request(page)).body.dump(),
  'session.fetch, product page': async () => (await session.fetch(page)).arrayBuffer(),
  'session.dispatcher, JSON': async () =>
    (await request(json, { dispatcher: session.dispatcher })).body.dump(),
}
const allocated: Record<string, number> = {}
for (const [name, ask] of Object.entries(ways)) {
  for (let n = 0; n < WARM_UP; n++) await ask()
  const batches: number[] = []
  for (let batch = 0; batch < BATCHES; batch++) {
    globalThis.gc?.()
    const before = process.memoryUsage().heapUsed
    for (let n = 0; n < REQUESTS; n++) await ask()
    batches.push((process.memoryUsage().heapUsed - before) / REQUESTS)
  }
  allocated[name] = Math.round(batches.sort((a, b) => a - b)[BATCHES >> 1] as number)
}
await broker.close()
await agent.close()
await server.close()
process.stdout.write(JSON.stringify(allocated))
