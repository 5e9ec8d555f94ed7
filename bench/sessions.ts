import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Broker, openBroker, type Session } from '../src/index.ts'
import { median } from './measure.ts'

export interface SessionFigures {
  /** Heap per session in bytes with SQLite, the default store, whose pages are outside the heap. */
  readonly heapPerIdleSessionBytes: number
  /** Heap per session in bytes with the memory store, which is in the same heap. */
  readonly heapOnMemoryStoreBytes: number
  /** Requests per second when ten sessions, and ten thousand, take turns. */
  readonly few: number
  readonly many: number
  readonly ratio: number
}

const COOKIES = 20
const ITEMS = 10
const REQUESTS = 10_000
const ROUNDS = 3

/** Measures many sessions: the heap of idle ones, and requests per second in turn. The heap needs --expose-gc. */
export async function measureSessions(origin: string, count = 10_000): Promise<SessionFigures> {
  const heapPerIdleSessionBytes = await heapOnSqlite(origin, count / 5)
  await using broker = await openBroker({ store: 'memory', identity: null })
  const { sessions, bytesEach } = await filled(broker, origin, count)
  const few: number[] = []
  const many: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    few.push(await inTurn(sessions.slice(0, 10), origin))
    many.push(await inTurn(sessions, origin))
  }
  return {
    heapPerIdleSessionBytes,
    heapOnMemoryStoreBytes: bytesEach,
    few: median(few),
    many: median(many),
    ratio: median(many) / median(few),
  }
}

async function heapOnSqlite(origin: string, count: number): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'onejar-bench-'))
  try {
    await using broker = await openBroker({ store: join(folder, 'sessions.db'), identity: null })
    // Warms up, so that objects made once for all sessions are not counted.
    await filled(broker, origin, 100, 'first')
    return (await filled(broker, origin, count)).bytesEach
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** Opens sessions, fills and stores them, and measures the heap that each takes. */
async function filled(broker: Broker, origin: string, count: number, prefix = 's') {
  const before = heap()
  const sessions: Session[] = []
  for (let i = 0; i < count; i++) {
    const session = await broker.session(`${prefix}${i}`)
    for (let c = 0; c < COOKIES; c++) session.cookies.set(`cookie${c}=value-of-${i}-${c}; Path=/`, origin)
    for (let k = 0; k < ITEMS; k++) session.localStorage(origin).set(`key${k}`, `value-of-${i}-${k}`)
    sessions.push(session)
  }
  await Promise.all(sessions.map((session) => session.flush()))
  return { sessions, bytesEach: Math.round((heap() - before) / count) }
}

async function inTurn(sessions: readonly Session[], origin: string): Promise<number> {
  let next = 0
  const startedAt = performance.now()
  await Promise.all(
    Array.from({ length: 32 }, async () => {
      while (next < REQUESTS) {
        const session = sessions[next++ % sessions.length] as Session
        await (await session.request(`${origin}/`)).body.text()
      }
    }),
  )
  return (REQUESTS * 1000) / (performance.now() - startedAt)
}

function heap(): number {
  globalThis.gc?.()
  globalThis.gc?.()
  return process.memoryUsage().heapUsed
}
