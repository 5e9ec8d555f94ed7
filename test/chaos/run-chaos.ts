import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { openBroker } from '../../src/index.ts'
import { OnejarProcess } from '../support/onejar-process.ts'
import { RedisServer } from '../support/redis-server.ts'
import { Random } from '../sync/soak/random.ts'
import { startChaosSite } from './chaos-site.ts'
import { FAULTS, type Fault, type Fleet } from './faults.ts'
import { Load } from './load.ts'
import { Outcomes } from './outcomes.ts'
import { Recoveries } from './recoveries.ts'

export interface ChaosOptions {
  readonly keys: string
  readonly seed: number
  /** When no fault comes any more: after so many milliseconds, or after so many of each kind. */
  readonly until: { readonly durationMs: number } | { readonly ofEachKind: number }
  readonly workers: number
  readonly lanes: number
  /** How long the jobs of a worker that died are withheld from the others, in milliseconds. Default: 5,000. */
  readonly lockMs?: number
  /** Called with what happens, a line at a time. */
  readonly say: (line: string) => void
}

export interface ChaosReport {
  /** Requests by how they ended. */
  readonly outcomes: Readonly<Record<string, number>>
  readonly written: number
  readonly ordered: number
  readonly solves: number
  /** From each fault until all that was under way had ended, and a new session had passed the challenge, in milliseconds. */
  readonly recoveries: ReturnType<Recoveries['summary']>
  /** Promises that were not kept. */
  readonly broken: readonly string[]
}

const DRAIN_MS = 2_000
const RECOVERED_WITHIN_MS = 180_000

/** Breaks a fleet of services and workers again and again while callers use it, and looks what became of each request. */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const { keys, seed, until, lockMs = 5_000, say } = options
  const random = new Random(seed)
  const home = mkdtempSync(join(tmpdir(), 'onejar-chaos-'))
  const outcomes = new Outcomes()
  const recoveries = new Recoveries()
  await using stack = new AsyncDisposableStack()
  stack.defer(() => rmSync(home, { recursive: true, force: true }))
  const site = await startChaosSite()
  stack.defer(() => site.close())
  const redis = await RedisServer.start({ persistent: true })
  stack.defer(() => redis.stop())
  const env = { ONEJAR_KEYS: keys, ONEJAR_HOME: home }
  const all: OnejarProcess[] = []
  stack.defer(async () => {
    await Promise.all(all.filter(({ ended }) => !ended).map((each) => each.kill()))
  })
  const start = async (...args: string[]) => {
    const made = await OnejarProcess.start([...args, '--queue', redis.url, '--store', redis.url], env)
    all.push(made)
    return made
  }
  const startWorker = () =>
    start('worker', '--health-port', '0', '--lock-ms', String(lockMs), '--drain-ms', String(DRAIN_MS))
  const startService = () => start('serve', '--port', '0', '--allow-address', '127.0.0.1/32')
  const fleet: Fleet = {
    redis,
    workers: await Promise.all(Array.from({ length: options.workers }, startWorker)),
    services: await Promise.all([startService(), startService()]),
    startWorker,
    startService,
    drainMs: DRAIN_MS,
    lockMs,
  }
  const load = new Load({ site, outcomes, services: () => fleet.services, lanes: options.lanes })
  load.start()
  await load.probe(AbortSignal.timeout(RECOVERED_WITHIN_MS))
  say('the fleet works')

  const endsAt = 'durationMs' in until ? performance.now() + until.durationMs : Infinity
  for (const [kind, fault] of inTurn(random, 'ofEachKind' in until ? until.ofEachKind : Infinity)) {
    if (performance.now() >= endsAt) break
    const ms = await recovery(kind, () => fault(fleet, random), load, outcomes)
    recoveries.add(kind, ms)
    say(`${kind}: ${Math.round(ms)} ms`)
    await pause(random.below(1_000))
  }

  await load.stop()
  for (const what of outcomes.underway) outcomes.break(`${what}: no outcome`)
  for (const [key, count] of site.orders) if (count > 1) outcomes.break(`${key} arrived ${count} times`)
  for (const key of load.ordered) {
    if (!site.orders.has(key)) outcomes.break(`${key} was acknowledged and never arrived`)
  }
  for (const lost of await lostWrites(load.written, site.origin, redis.url, keys)) outcomes.break(lost)
  return {
    outcomes: outcomes.counts,
    written: [...load.written.values()].flat().length,
    ordered: load.ordered.length,
    solves: site.solves,
    recoveries: recoveries.summary(),
    broken: outcomes.broken,
  }
}

/** All kinds of faults in a random order, and again, so many times. */
function* inTurn(random: Random, times: number): Generator<[string, Fault]> {
  for (let time = 0; time < times; time++) {
    const bag = Object.entries(FAULTS)
    while (bag.length > 0) yield bag.splice(random.below(bag.length), 1)[0] as [string, Fault]
  }
}

/** How long a fault is felt, in milliseconds. */
async function recovery(
  kind: string,
  fault: () => Promise<string | null>,
  load: Load,
  outcomes: Outcomes,
): Promise<number> {
  const limit = AbortSignal.timeout(RECOVERED_WITHIN_MS)
  const startedAt = performance.now()
  const mended = fault()
  // What was under way is asked for when the fault has begun: a drained service has its last requests by then.
  const underway = outcomes.settled()
  await Promise.all([underway, load.probe(limit)])
  const ms = performance.now() - startedAt
  if (limit.aborted) outcomes.break(`${kind}: not over after ${Math.round(ms)} ms`)
  const broken = await mended
  if (broken !== null) outcomes.break(`${kind}: ${broken}`)
  return ms
}

/** Writes that were acknowledged and that the store does not have. */
async function lostWrites(
  written: ReadonlyMap<string, readonly string[]>,
  origin: string,
  store: string,
  keys: string,
): Promise<string[]> {
  await using broker = await openBroker({ store, keys, identity: null })
  const lost: string[] = []
  for (const [id, names] of written) {
    const session = await broker.session(id)
    const storage = session.localStorage(origin)
    for (const name of names) {
      const value = await storage.get(name)
      if (value !== id) lost.push(`${name} in ${id} was acknowledged, and is ${value} in the store`)
    }
    await session.release()
  }
  return lost
}
