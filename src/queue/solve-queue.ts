import { createHash, randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { Job, Queue, QueueEvents } from 'bullmq'
import type { Redis } from 'ioredis'
import { ERRORS, type ErrorCode, endsWithin, OnejarError, onDemand, withSignal } from '../core/index.ts'
import { JobEnds } from './job-ends.ts'
import { queueConnection } from './queue-connection.ts'
import { type ParsedQueueOptions, QUEUE_NAME, queuePrefix } from './queue-options.ts'
import {
  ELSEWHERE,
  type Envelope,
  OTHER_KEYS,
  openFailure,
  type SolveJob,
  type SolveOrder,
  sealOrder,
  solveReportSchema,
} from './solve-job.ts'
import { nameSchema, type SealedTask } from './tasks/task-order.ts'

const bullmq = onDemand<typeof import('bullmq')>('bullmq')

/** Jobs that failed are kept for a look at them: so many, so long. */
const KEEP_FAILED = { count: 1_000, age: 7 * 24 * 3600 }
/** A job that ended well is kept until all who wait for it have heard. */
const KEEP_DONE = { count: 1_000, age: 300 }
const ATTEMPTS = 3
const BACKOFF_MS = 1_000
/** How long it may take to count what waits. */
const STATE_MS = 2_000
/** How long Redis may take to hear that nobody listens any more. */
const CLOSE_MS = 1_000
/** How long after its caller has given up a solve may still be made: other workers try again after one that died. */
const GRACE_MS = 10 * 60_000

export interface SolveTicket {
  /** What the session is called where others read. */
  readonly pseudonym: string
  readonly order: SolveOrder
  readonly traceparent: string | undefined
}

/** A job that is done, and what its worker says; hostile until it is looked over. */
interface Ended {
  readonly jobId: string
  readonly report: unknown
}

/** What a queue has. */
export interface QueueState {
  /** Processes that take solves; null where the server does not list its clients. */
  readonly workers: number | null
  readonly waiting: number
  readonly active: number
}

/** The callers' end of the queue: hands solves to workers and waits for them. */
export class SolveQueue {
  readonly #options: ParsedQueueOptions
  readonly #envelope: Envelope
  /** Whether a worker was ever there: one that is away may be restarting, and is waited for. */
  #knowsWorkers = false
  #open:
    | {
        readonly connections: Redis[]
        readonly queue: Queue
        readonly events: QueueEvents
        readonly ends: JobEnds
      }
    | undefined

  /** Connects on first use. */
  constructor(options: ParsedQueueOptions, envelope: Envelope) {
    this.#options = options
    this.#envelope = envelope
  }

  /**
   * Has a worker solve a URL in a session, one solve per session and origin at a time however many ask; and one for each
   * clearance that is to be renewed, after all that somebody waits for. Resolves when the store holds what the browser
   * brought.
   *
   * @returns null; or the worker that is to be asked instead, because it has the session
   * @throws OnejarError what the solve ended with; ONEJAR_QUEUE_UNAVAILABLE when no worker took it in time or the queue
   * cannot be reached; the signal's reason
   */
  async solve(ticket: SolveTicket, signal: AbortSignal): Promise<string | null> {
    const { waitMs } = this.#options
    let ended: Ended
    try {
      ended = await withSignal(this.#run(ticket, waitMs), signal)
    } catch (cause) {
      if (signal.aborted) throw signal.reason
      if (cause instanceof OnejarError) throw cause
      throw new OnejarError('ONEJAR_QUEUE_UNAVAILABLE', whyOf(cause, waitMs), { cause })
    }
    const report = solveReportSchema.safeParse(ended.report).data
    if (report?.outcome === 'passed') return null
    const failure = report ? await openFailure(report.sealed, ended.jobId, this.#envelope) : null
    if (failure === null)
      throw new OnejarError('ONEJAR_QUEUE_UNAVAILABLE', 'A worker answered with something unknown')
    const { code, reason, retryAfterMs } = failure
    if (code === ELSEWHERE && nameSchema.safeParse(reason).success) return reason
    const known = Object.hasOwn(ERRORS, code) ? (code as ErrorCode) : 'ONEJAR_CHALLENGE_UNSOLVED'
    throw new OnejarError(known, reason, retryAfterMs === null ? {} : { retryAfterMs })
  }

  /**
   * Puts a task where the first free worker takes it, and waits until one has begun it. What is given up before that is taken
   * back.
   *
   * @param begun - resolves when the caller has heard of a worker
   * @throws OnejarError ONEJAR_QUEUE_UNAVAILABLE; what `begun` rejects with; the signal's reason
   */
  async hand<T>(
    data: SealedTask,
    jobId: string,
    begun: Promise<T>,
    leftMs: number,
    signal: AbortSignal,
  ): Promise<T> {
    const alone = new AbortController()
    let job: Job | undefined
    try {
      const { queue, events, ends } = this.#connect()
      const limit = AbortSignal.any([signal, AbortSignal.timeout(Math.ceil(leftMs))])
      await withSignal(events.waitUntilReady(), limit)
      const options = { jobId, attempts: 1, removeOnComplete: true, removeOnFail: true }
      job = (await withSignal(queue.add('task', data, options), limit)) as Job
      const refused = ends.of(jobId, leftMs).then(never, (cause) => {
        // One that was begun is not waited for here: it is gone as soon as it is over.
        return whyOf(cause, 0) === UNKNOWN ? never() : Promise.reject(cause)
      })
      refused.catch(() => {})
      const result = await withSignal(
        Promise.race([begun, refused, this.#untilNobodyComes(queue, alone.signal)]),
        limit,
      )
      this.#knowsWorkers = true
      return result
    } catch (cause) {
      job?.remove().catch(() => {})
      if (signal.aborted) throw signal.reason
      if (cause instanceof OnejarError) throw cause
      throw new OnejarError('ONEJAR_QUEUE_UNAVAILABLE', whyOf(cause, this.#options.waitMs), { cause })
    } finally {
      alone.abort()
    }
  }

  /** Takes a second at most, also where Redis does not answer. What is waited for fails, as the signals of its callers say. */
  async close(): Promise<void> {
    const open = this.#open
    this.#open = undefined
    if (!open) return
    open.ends.close()
    await endsWithin(CLOSE_MS, Promise.allSettled([open.events.close(), open.queue.close()]))
    for (const connection of open.connections) connection.disconnect()
  }

  async #run({ pseudonym, order, traceparent }: SolveTicket, waitMs: number): Promise<Ended> {
    const { queue, events, ends } = this.#connect()
    const startedAt = performance.now()
    const limit = AbortSignal.timeout(waitMs)
    await withSignal(events.waitUntilReady(), limit)
    const { renews } = order
    const about = hash(
      pseudonym,
      new URL(order.url).origin,
      ...(renews === undefined ? [] : [String(renews)]),
    )
    // The order is sealed for its job: copied into another one it opens no more.
    const jobId = renews === undefined ? randomUUID() : about
    const until = Date.now() + waitMs + GRACE_MS
    const sealed = sealOrder(order, jobId, until, this.#envelope)
    const data: SolveJob = { sealed, traceparent: traceparent ?? null }
    const adding: Promise<Job<SolveJob>> = queue.add('visit', data, {
      jobId,
      ...(renews === undefined ? { deduplication: { id: about } } : { priority: 1 }),
      attempts: ATTEMPTS,
      backoff: { type: 'exponential', delay: BACKOFF_MS },
      removeOnComplete: KEEP_DONE,
      removeOnFail: KEEP_FAILED,
    })
    const job = await withSignal(adding, limit)
    const left = Math.max(1, waitMs - (performance.now() - startedAt))
    const alone = new AbortController()
    const finished = ends.of(job.id ?? jobId, left).finally(() => alone.abort())
    const report = await Promise.race([finished, this.#untilNobodyComes(queue, alone.signal)])
    this.#knowsWorkers = true
    return { jobId: job.id ?? '', report }
  }

  /** What it has now. @throws OnejarError ONEJAR_QUEUE_UNAVAILABLE */
  async state(): Promise<QueueState> {
    const { queue } = this.#connect()
    const late = AbortSignal.timeout(STATE_MS)
    try {
      const asked = Promise.all([
        queue.getWorkersCount().catch(() => null),
        queue.getJobCounts('waiting', 'prioritized', 'delayed', 'active'),
      ])
      const [workers, counts] = await withSignal(asked, late)
      const { waiting = 0, prioritized = 0, delayed = 0, active = 0 } = counts
      return { workers, waiting: waiting + prioritized + delayed, active }
    } catch (cause) {
      throw new OnejarError('ONEJAR_QUEUE_UNAVAILABLE', 'The queue does not answer', { cause })
    }
  }

  /** Rejects when no worker is there, and none was before; otherwise it never ends. */
  async #untilNobodyComes(queue: Queue, signal: AbortSignal): Promise<never> {
    const never = new Promise<never>(() => {})
    if (this.#knowsWorkers) return never
    const { noWorkerMs } = this.#options
    await delay(noWorkerMs, undefined, { signal, ref: false }).catch(() => never)
    // A server that does not list its clients leaves it open.
    const count = await queue.getWorkersCount().catch(() => 1)
    if (count > 0) {
      this.#knowsWorkers = true
      return never
    }
    throw new OnejarError(
      'ONEJAR_QUEUE_UNAVAILABLE',
      `No worker is connected to the queue, and none came within ${noWorkerMs} ms: start one with the same Redis and keys (onejar worker), or raise queue.noWorkerMs where workers are started on demand`,
    )
  }

  #connect() {
    if (this.#open) return this.#open
    const { url } = this.#options
    const connections = [queueConnection(url, 'caller'), queueConnection(url, 'worker')] as const
    const prefix = queuePrefix(this.#options)
    const { Queue, QueueEvents } = bullmq()
    const queue = new Queue(QUEUE_NAME, { connection: connections[0], prefix })
    const events = new QueueEvents(QUEUE_NAME, { connection: connections[1], prefix })
    queue.on('error', () => {})
    events.on('error', () => {})
    this.#open = { connections: [...connections], queue, events, ends: new JobEnds(queue, events) }
    return this.#open
  }
}

function hash(...parts: readonly string[]): string {
  return createHash('sha256').update(parts.join('\n')).digest('hex')
}

/** In words without addresses, and without what a job's failure says: a page may have had a hand in it. */
function whyOf(cause: unknown, waitMs: number): string {
  const text = cause instanceof Error ? cause.message : ''
  if (/timed out|TimeoutError|aborted due to timeout/i.test(`${text} ${(cause as Error)?.name}`)) {
    return `No worker ended the solve within ${waitMs} ms`
  }
  if (text === OTHER_KEYS) {
    return 'The worker that took the solve has other keys than this process: give both the same ONEJAR_KEYS or key file'
  }
  if (/stalled/.test(text)) return 'The workers that took the solve died'
  if (/connect|closed|ECONN|writeable|offline/i.test(text)) return 'The queue cannot be reached'
  return UNKNOWN
}

const UNKNOWN = 'The workers could not solve'

const never = () => new Promise<never>(() => {})
