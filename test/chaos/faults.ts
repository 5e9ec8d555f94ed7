import { setTimeout as pause } from 'node:timers/promises'
import type { OnejarProcess } from '../support/onejar-process.ts'
import type { RedisServer } from '../support/redis-server.ts'
import type { Random } from '../sync/soak/random.ts'

/** What there is to be broken. */
export interface Fleet {
  readonly redis: RedisServer
  readonly workers: OnejarProcess[]
  readonly services: OnejarProcess[]
  readonly startWorker: () => Promise<OnejarProcess>
  readonly startService: () => Promise<OnejarProcess>
  /** Solves under way when a worker was asked to end have so long. */
  readonly drainMs: number
  /** The jobs of a worker that died or hangs are withheld so long. */
  readonly lockMs: number
}

/**
 * Breaks something, and mends it where nobody else does. Resolves when that is done.
 *
 * @returns a promise that was not kept, in words; null when all were
 */
export type Fault = (fleet: Fleet, random: Random) => Promise<string | null>

/** A service that is leaving gets no new request first: what balances load takes it out before it is asked to end. */
const OUT_MS = 500
/** What ending may take beyond the time for what is under way: browsers, connections, a busy machine. */
const ENDING_MS = 15_000
const SERVICE_DRAIN_MS = 60_000

export const FAULTS: Readonly<Record<string, Fault>> = {
  'worker killed': async (fleet, random) => {
    const at = random.below(fleet.workers.length)
    await fleet.workers[at]?.kill()
    fleet.workers[at] = await fleet.startWorker()
    return null
  },
  // Longer than its jobs are withheld: somebody else makes them meanwhile, and it comes back believing that it has them.
  'worker frozen': async (fleet, random) => {
    const worker = random.pick(fleet.workers)
    worker.freeze()
    await pause(fleet.lockMs * 1.5)
    worker.thaw()
    return null
  },
  'browser crashed': async (fleet, random) => {
    const from = random.below(fleet.workers.length)
    const order = [...fleet.workers.slice(from), ...fleet.workers.slice(0, from)]
    const pid = order.map(({ browserPid }) => browserPid).find((found) => found !== undefined)
    if (pid === undefined) return null
    process.kill(pid, 'SIGKILL')
    return null
  },
  'Redis restarted': async ({ redis }, random) => {
    await redis.kill()
    await pause(random.below(2_000))
    await redis.start()
    return null
  },
  'service drained': async (fleet, random) => {
    const at = random.below(fleet.services.length)
    const [leaving] = fleet.services.splice(at, 1)
    if (leaving === undefined) return 'there is no service'
    await pause(OUT_MS)
    const { code, ms } = await leaving.drain()
    fleet.services.push(await fleet.startService())
    return inGoodOrder('a service', code, ms, SERVICE_DRAIN_MS)
  },
  'worker drained': async (fleet, random) => {
    const at = random.below(fleet.workers.length)
    const leaving = fleet.workers[at] as OnejarProcess
    fleet.workers[at] = await fleet.startWorker()
    const { code, ms } = await leaving.drain()
    return inGoodOrder('a worker', code, ms, fleet.drainMs)
  },
}

function inGoodOrder(what: string, code: number | null, ms: number, withinMs: number): string | null {
  if (code !== 0) return `${what} that was asked to end ended with ${code}`
  if (ms > withinMs + ENDING_MS) return `${what} took ${Math.round(ms)} ms to end, and has ${withinMs} ms`
  return null
}
