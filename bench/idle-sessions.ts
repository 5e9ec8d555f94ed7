import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Broker, openBroker } from '../src/index.ts'
import { latency, median } from './measure.ts'
import type { Budget } from './report.ts'

const COUNTS = [1_000, 10_000, 100_000]
const COOKIES = 20
const ITEMS = 10
const PARKED = 500
const REQUESTS = 2_000
const ROUNDS = 3

/**
 * Measures sessions that do nothing, on SQLite and without a browser: the heap of each with nothing in it and with cookies and
 * items, how long one takes to be opened again, and one that has many cookies of other sites. The heap needs --expose-gc.
 *
 * @param scale - which share of the sessions and requests is made
 */
export async function measureIdleSessions(origin: string, scale = 1): Promise<Budget[]> {
  const budgets: Budget[] = []
  const share = (count: number) => Math.max(10, Math.round(count * scale))
  for (const count of COUNTS) {
    const sessions = share(count)
    const empty = await onSqlite((broker) => heapEach(broker, origin, sessions, false))
    budgets.push({
      name: `heap per idle session with nothing in it, of ${sessions}`,
      value: empty / 1024,
      unit: 'KiB',
    })
  }
  for (const count of COUNTS.slice(0, 2)) {
    const sessions = share(count)
    const full = await onSqlite((broker) => heapEach(broker, origin, sessions, true))
    const name = `heap per idle session with ${COOKIES} cookies and ${ITEMS} items, of ${sessions}`
    budgets.push({ name, value: full / 1024, unit: 'KiB', atMost: 6 })
  }
  const parked = await onSqlite((broker) => openParked(broker, origin, share(PARKED)))
  budgets.push({ name: 'opening of a parked session, median', value: parked, unit: 'ms', atMost: 1 })
  const proxied = await onSqlite((broker) => openProxied(broker, share(1_000)))
  budgets.push({
    name: `opening of ${share(1_000)} sessions with a proxy each`,
    value: proxied,
    unit: 'ms',
    atMost: 100,
  })
  const many = await onSqlite((broker) => withManyCookies(broker, origin, share(REQUESTS)))
  budgets.push({
    name: '3,000 cookies of other sites / 20 cookies, requests',
    value: many,
    unit: '×',
    atLeast: 0.9,
  })
  return budgets
}

async function onSqlite<T>(work: (broker: Broker) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'onejar-bench-'))
  try {
    await using broker = await openBroker({ store: join(folder, 'sessions.db'), identity: null })
    return await work(broker)
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function make(broker: Broker, origin: string, prefix: string, count: number, isFull: boolean) {
  const sessions = []
  for (let i = 0; i < count; i++) {
    const session = await broker.session(`${prefix}${i}`)
    for (let c = 0; isFull && c < COOKIES; c++)
      session.cookies.set(`cookie${c}=value-of-${i}-${c}; Path=/`, origin)
    for (let k = 0; isFull && k < ITEMS; k++)
      session.localStorage(origin).set(`key${k}`, `value-of-${i}-${k}`)
    sessions.push(session)
  }
  await Promise.all(sessions.map((session) => session.flush()))
  return sessions
}

async function heapEach(broker: Broker, origin: string, count: number, isFull: boolean): Promise<number> {
  // Objects that are made once for all sessions are not counted.
  const kept = await make(broker, origin, 'first', 100, isFull)
  const before = heap()
  kept.push(...(await make(broker, origin, 's', count, isFull)))
  const each = (heap() - before) / count
  await Promise.all(kept.map((session) => session.release()))
  return each
}

async function openParked(broker: Broker, origin: string, count: number): Promise<number> {
  for (const session of await make(broker, origin, 'parked', count, true)) await session.release()
  const { p50 } = await latency(count, (i) => broker.session(`parked${i}`))
  return p50
}

async function openProxied(broker: Broker, count: number): Promise<number> {
  const proxyOf = (i: number) => `http://user${i}:secret@10.${i >> 8}.${i & 255}.1:3128`
  await broker.session('warm', { proxy: proxyOf(60_000) })
  const startedAt = performance.now()
  for (let i = 0; i < count; i++) await broker.session(`proxied${i}`, { proxy: proxyOf(i) })
  return performance.now() - startedAt
}

/** What a request costs where the session has 3,000 cookies, of which the site asked has 20, beside one that has those alone. */
async function withManyCookies(broker: Broker, origin: string, requests: number): Promise<number> {
  const [few] = await make(broker, origin, 'few', 1, true)
  const [many] = await make(broker, origin, 'many', 1, true)
  for (let i = 0; i < 2_980; i++)
    many?.cookies.set(
      `cookie${i % COOKIES}=value; Path=/; Secure`,
      `https://shop${Math.floor(i / COOKIES)}.example/`,
    )
  await many?.flush()
  const ratios: number[] = []
  for (let round = 0; round <= ROUNDS; round++) {
    const rates: number[] = []
    for (const session of [few, many]) {
      const startedAt = performance.now()
      for (let i = 0; i < requests; i++) await (await session?.request(`${origin}/`))?.body.text()
      rates.push(requests / (performance.now() - startedAt))
    }
    // The first round warms up.
    if (round > 0) ratios.push((rates[1] ?? 0) / (rates[0] ?? 1))
  }
  return median(ratios)
}

function heap(): number {
  globalThis.gc?.()
  globalThis.gc?.()
  return process.memoryUsage().heapUsed
}
