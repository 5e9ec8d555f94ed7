const MIB = 1024 * 1024

/** What a page that passes a challenge takes, in bytes: the context, its renderer and its share of the browser. */
export const CONTEXT_BYTES = 256 * MIB
/** What a worker takes before the first context: Node.js and the processes that a browser has anyway. */
const BASE_BYTES = 512 * MIB
/** What stays free of the memory there is: a share of it, within bounds. */
const RESERVE = { share: 0.1, leastBytes: 128 * MIB, mostBytes: 1024 * MIB }
/** A solve waits for its site for much of its time, so that a processor has two. */
const CONTEXTS_PER_CPU = 2
const MAX_CONTEXTS = 100
/** How long a new context may take until its memory shows, in milliseconds. */
export const SETTLING_MS = 5_000

/** What a process may use of its machine, or of its container. */
export interface MachineLimits {
  readonly memoryBytes: number
  readonly cpus: number
}

/** How many solves a worker makes at once, and what set that number. */
export interface WorkerCapacity {
  readonly concurrency: number
  readonly because: 'asked' | 'memory' | 'cpu'
}

/**
 * How many solves a worker makes at once: two for each processor, or what was asked for; never more than have room in
 * memory, but one. Where not even one has, `memoryAllowance` takes none while that is so.
 *
 * @param contextBytes - what a context takes; 0 where the browser is on another machine
 */
export function workerCapacity(
  machine: MachineLimits,
  contextBytes: number,
  asked?: number | undefined,
): WorkerCapacity {
  const wanted = Math.min(MAX_CONTEXTS, asked ?? Math.max(1, Math.floor(machine.cpus * CONTEXTS_PER_CPU)))
  const because = asked === undefined ? 'cpu' : 'asked'
  if (contextBytes === 0) return { concurrency: wanted, because }
  const room = machine.memoryBytes - reserveBytes(machine.memoryBytes) - BASE_BYTES
  const fitting = Math.max(1, Math.floor(room / contextBytes))
  return wanted <= fitting ? { concurrency: wanted, because } : { concurrency: fitting, because: 'memory' }
}

/** The memory of a worker at one moment. */
export interface MemoryReading {
  /** What there is in all. */
  readonly totalBytes: number
  /** What can still be had without anybody being killed for it. */
  readonly availableBytes: number
}

/**
 * How many solves a worker may have under way with the memory that is left: those that it has, and as many as fit into
 * what is free above the reserve. 0 to `concurrency`. A worker that has given solves up to memory takes one again only when half a
 * context more is free than it needs, so that it does not change its mind with each reading.
 *
 * @param work - `underway`: the solves under way; `settling`: those of them whose memory does not show yet; `refusing`:
 * whether it takes none because of an earlier reading
 */
export function memoryAllowance(
  { totalBytes, availableBytes }: MemoryReading,
  work: { readonly underway: number; readonly settling: number; readonly refusing: boolean },
  limits: { readonly concurrency: number; readonly contextBytes: number },
): number {
  const { concurrency, contextBytes } = limits
  const free = availableBytes - reserveBytes(totalBytes) - work.settling * contextBytes
  // With its browser elsewhere a worker needs the reserve alone.
  if (contextBytes === 0) return free > 0 ? concurrency : Math.min(concurrency, work.underway)
  const fitting = Math.floor((free - (work.refusing ? contextBytes / 2 : 0)) / contextBytes)
  return Math.min(concurrency, work.underway + Math.max(0, fitting))
}

function reserveBytes(totalBytes: number): number {
  const { share, leastBytes, mostBytes } = RESERVE
  return Math.min(mostBytes, Math.max(leastBytes, totalBytes * share))
}
