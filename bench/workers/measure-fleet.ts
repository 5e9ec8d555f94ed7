import { setTimeout as pause } from 'node:timers/promises'
import { Queue } from 'bullmq'
import { type Broker, openBroker } from '../../src/index.ts'
import { QUEUE_NAME, queuePrefix } from '../../src/queue/queue-options.ts'
import { IDENTITY } from '../../test/support/broker.ts'
import { OnejarProcess } from '../../test/support/onejar-process.ts'
import { RedisServer } from '../../test/support/redis-server.ts'
import { Random } from '../../test/sync/soak/random.ts'
import { median, percentiles } from '../measure.ts'

export interface FleetOptions {
  readonly workers: number
  /** Solves at once of each worker. */
  readonly concurrency: number
  /** How many solves each context makes in a measurement, after its first. */
  readonly waves: number
  readonly keys: string
  readonly origin: string
  readonly seed: number
}

export interface FleetFigures {
  readonly workers: number
  /** With more waiting than the workers can take. */
  readonly solvesPerSecond: number
  readonly perWorker: number
  /** From the order until a worker took it, in milliseconds, with 70 % of that asked for at random moments. */
  readonly queueWaitMs: { readonly p50: number; readonly p99: number; readonly solves: number }
  /** From the caller's order until it has the result, in milliseconds, at the same load. */
  readonly solveMs: number
}

/** Of what the workers can do, what is asked for while the waiting is measured. */
const UTILISATION = 0.7

/** Starts workers and measures how many solves they make, and how long a solve waits for a worker. */
export async function measureFleet(options: FleetOptions): Promise<FleetFigures> {
  const { workers, concurrency, waves, keys } = options
  const redis = await RedisServer.start()
  const env = { ONEJAR_KEYS: keys }
  const flags = ['--queue', redis.url, '--concurrency', String(concurrency), '--health-port', '0']
  const started = await Promise.all(
    Array.from({ length: workers }, () => OnejarProcess.start(['worker', ...flags], env)),
  )
  try {
    await using broker = await openBroker({
      store: redis.url,
      keys,
      queue: redis.url,
      // This process must not start a browser.
      browser: { executablePath: '/none' },
      identity: IDENTITY,
    })
    const contexts = workers * concurrency
    const solvesPerSecond = await saturated(broker, options, contexts, waves)
    const from = Date.now()
    const taken = await paced(broker, options, solvesPerSecond * UTILISATION, contexts * waves)
    const waits = await queueWaits(redis.url, from)
    return {
      workers,
      solvesPerSecond,
      perWorker: solvesPerSecond / workers,
      queueWaitMs: { ...percentiles(waits), solves: waits.length },
      solveMs: median(taken),
    }
  } finally {
    await Promise.all(started.map((worker) => worker.kill()))
    await redis.stop()
  }
}

let sessions = 0

async function solve(broker: Broker, origin: string): Promise<void> {
  const session = await broker.session(`s${sessions++}`)
  await session.solveChallenge(`${origin}/`)
  await session.release()
}

/** Solves per second between the end of the first of each context and the last. */
async function saturated(broker: Broker, { origin }: FleetOptions, contexts: number, waves: number) {
  const wanted = contexts * (waves + 1)
  const ends: number[] = []
  let begun = 0
  const lane = async () => {
    // As many again are begun as are measured at the end, so that no context is without work before that.
    while (begun++ < wanted + contexts) {
      await solve(broker, origin)
      ends.push(performance.now())
    }
  }
  await Promise.all(Array.from({ length: contexts * 2 }, lane))
  const [first, last] = [ends[contexts - 1] as number, ends[wanted - 1] as number]
  return ((wanted - contexts) * 1000) / (last - first)
}

/** @returns how long each solve took its caller, in milliseconds */
async function paced(broker: Broker, { origin, seed }: FleetOptions, perSecond: number, count: number) {
  const random = new Random(seed)
  const taken: number[] = []
  const running: Promise<void>[] = []
  for (let n = 0; n < count; n++) {
    const startedAt = performance.now()
    running.push(solve(broker, origin).then(() => void taken.push(performance.now() - startedAt)))
    // Arrivals that know nothing of each other.
    await pause((-Math.log(1 - random.below(1_000_000) / 1_000_000) * 1000) / perSecond)
  }
  await Promise.all(running)
  return taken
}

/** How long the jobs that were added since then waited for a worker. */
async function queueWaits(url: string, from: number): Promise<number[]> {
  const prefix = queuePrefix({ keyPrefix: 'onejar' })
  const queue = new Queue(QUEUE_NAME, { connection: { url }, prefix })
  const jobs = await queue.getJobs(['completed'])
  await queue.close()
  return jobs.flatMap(({ timestamp, processedOn }) =>
    timestamp >= from && processedOn !== undefined ? [processedOn - timestamp] : [],
  )
}
