import type { ScalingFigures } from './figures.ts'

const GIB = 1024 ** 3

/** What is assumed of the work and of the machines. All of it is an estimate of yours to change. */
export interface ScalingAssumptions {
  readonly sessions: number
  readonly workers: number
  /** Processes that have sessions and hand solves to workers. */
  readonly callers: number
  /** Per session and day: how often it is opened somewhere, writes of its record, solves. */
  readonly loadsPerDay: number
  readonly writesPerDay: number
  readonly solvesPerDay: number
  /** How much more there is in the busiest hour than on average. */
  readonly peak: number
  /** How long a context is busy with a solve, in milliseconds: the site's thinking included. */
  readonly solveMs: number
  /** Solves at once of a worker. */
  readonly contextsPerWorker: number
  /** A shard: its memory in GiB, and what share of memory, of a processor and of a network of so many Gbit/s may be used. */
  readonly shardGiB: number
  readonly memoryShare: number
  readonly cpuShare: number
  readonly networkGbits: number
  /** Of Redis, as it is set up. Default of Redis: 10,000. */
  readonly maxClients: number
  /** Per month. */
  readonly pricePerGiB: number
  readonly pricePerCpu: number
}

export const ASSUMPTIONS: ScalingAssumptions = {
  sessions: 10_000_000,
  workers: 1_000,
  callers: 100,
  loadsPerDay: 10,
  writesPerDay: 40,
  solvesPerDay: 2,
  peak: 2,
  solveMs: 5_000,
  contextsPerWorker: 4,
  shardGiB: 32,
  memoryShare: 0.5,
  cpuShare: 0.6,
  networkGbits: 10,
  maxClients: 10_000,
  pricePerGiB: 4,
  pricePerCpu: 25,
}

/** A part that has a limit, and how much of it is used. */
export interface Limit {
  readonly part: string
  readonly used: number
  readonly limit: number
  readonly unit: string
}

export interface ScalingResult {
  /** Per second in the busiest hour. */
  readonly solves: number
  readonly writes: number
  readonly loads: number
  /** Shards of the store that memory and processors ask for; the larger number is needed. */
  readonly shardsForMemory: number
  readonly shardsForCpu: number
  readonly shards: number
  /** What is closest to its limit first. */
  readonly limits: readonly Limit[]
  /** Memory of one worker machine's share: a worker with all its contexts, in bytes. */
  readonly workerBytes: number
  /** Processors that solves keep busy, over all workers. */
  readonly workerCpus: number
  readonly costs: { readonly store: number; readonly queue: number; readonly workers: number }
}

/** The arithmetic of docs/scaling.md. */
export function simulate(figures: ScalingFigures, given: ScalingAssumptions): ScalingResult {
  const perSecond = (perDay: number) => (given.sessions * perDay * given.peak) / 86_400
  const [solves, writes, loads] = [given.solvesPerDay, given.writesPerDay, given.loadsPerDay].map(
    perSecond,
  ) as [number, number, number]
  const recordBytes = given.sessions * figures.bytesPerSession
  const storeCpus =
    (loads * figures.load.microseconds +
      writes * figures.write.microseconds +
      solves * figures.solveInStore.microseconds) /
    1e6
  const queueCpus =
    (solves * figures.solveInQueue.microseconds) / 1e6 +
    // An idle worker's command costs what a command of a load does.
    (given.workers * figures.idleCommandsPerWorker * (figures.load.microseconds / figures.load.commands)) /
      1e6
  const shardsForMemory = Math.ceil(recordBytes / (given.shardGiB * GIB * given.memoryShare))
  const shardsForCpu = Math.ceil(storeCpus / given.cpuShare)
  const shards = Math.max(shardsForMemory, shardsForCpu)
  const solvesPossible = (given.workers * given.contextsPerWorker * 1000) / given.solveMs
  const connections =
    given.workers * figures.connectionsPerWorker + given.callers * figures.connectionsPerCaller
  const fanOut = (solves * given.callers * figures.bytesPerSolveAndListener * 8) / 1e9
  const limits: Limit[] = [
    { part: 'solves that the workers can make', used: solves, limit: solvesPossible, unit: 'solves/s' },
    { part: 'processor of the queue’s Redis', used: queueCpus, limit: given.cpuShare, unit: 'processors' },
    {
      part: 'what the queue’s Redis sends to callers',
      used: fanOut,
      limit: given.networkGbits * given.cpuShare,
      unit: 'Gbit/s',
    },
    {
      part: 'connections to the queue’s Redis',
      used: connections,
      limit: given.maxClients,
      unit: 'connections',
    },
    {
      part: 'processor of a shard of the store',
      used: storeCpus / shards,
      limit: given.cpuShare,
      unit: 'processors',
    },
    {
      part: 'memory of a shard of the store',
      used: recordBytes / shards / GIB,
      limit: given.shardGiB * given.memoryShare,
      unit: 'GiB',
    },
  ]
  limits.sort((a, b) => b.used / b.limit - a.used / a.limit)
  const workerBytes = figures.workerBytes + given.contextsPerWorker * figures.contextBytes
  const workerCpus = (solves * figures.solveCpuMs) / 1000
  // Each shard has a replica.
  const shardCost = given.shardGiB * given.pricePerGiB + 2 * given.pricePerCpu
  return {
    solves,
    writes,
    loads,
    shardsForMemory,
    shardsForCpu,
    shards,
    limits,
    workerBytes,
    workerCpus,
    costs: {
      store: shards * 2 * shardCost,
      queue: 2 * (8 * given.pricePerGiB + 2 * given.pricePerCpu),
      workers:
        given.workers * (workerBytes / GIB) * given.pricePerGiB +
        Math.ceil(workerCpus / given.cpuShare) * given.pricePerCpu,
    },
  }
}
