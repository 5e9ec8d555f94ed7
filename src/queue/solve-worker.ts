import type { Job, Worker } from 'bullmq'
import type { Redis } from 'ioredis'
import { ERRORS, endsWithin, isOnejarError, OnejarError, onDemand } from '../core/index.ts'
import { FinishedOrders } from './finished-orders.ts'
import { queueConnection } from './queue-connection.ts'
import { type ParsedQueueOptions, QUEUE_NAME, queuePrefix } from './queue-options.ts'
import {
  ELSEWHERE,
  type Envelope,
  OTHER_KEYS,
  openOrder,
  type SolveFailure,
  type SolveJob,
  type SolveOrder,
  type SolveReport,
  sealFailure,
} from './solve-job.ts'
import { SessionElsewhere } from './tasks/session-elsewhere.ts'
import type { TaskWorker } from './tasks/task-worker.ts'

const bullmq = onDemand<typeof import('bullmq')>('bullmq')

export interface SolveWorkerOptions extends Pick<ParsedQueueOptions, 'url' | 'keyPrefix'> {
  readonly envelope: Envelope
  /** Solves at once. */
  readonly concurrency: number
  /** How long a job is locked after its worker last showed that it lives: half as long again at most, and another one has it. */
  readonly lockMs: number
  /** Makes a solve and has the store hold what it brought. What it throws is the report. */
  readonly solve: (order: SolveOrder, traceparent: string | null) => Promise<void>
  /** Does the other tasks of a browser; absent where this worker passes challenges alone. */
  readonly tasks?: TaskWorker | undefined
  /** Called once for each outage. */
  readonly onError?: (error: Error) => void
  /** Called for a job that was not sealed with this store's keys: as a rule, this worker was given other keys. */
  readonly onForeign?: () => void
}

export interface Drain {
  /** How long solves under way have to end, in milliseconds. */
  readonly withinMs: number
  /** Ends those that have not ended by then, and gives back what they hold, such as locks. */
  readonly abandon: () => Promise<unknown>
}

/** How long what is given up may take to end, and to be put back into the queue, in milliseconds. */
const ABANDON_MS = 2_000

/**
 * How often the workers look for jobs whose worker died, within the time that a lock lasts. One worker at a time does, and it costs
 * a script that reads the list of jobs under way. A job is back at the first look after its lock has lapsed. As a worker's looks and
 * those of others can miss each other by one, that is after at most 1 + 2/4 times `lockMs`.
 */
const CHECKS = 4

/** What another attempt of another worker may mend. */
const RETRIED = ['ONEJAR_BROWSER_FAILED', 'ONEJAR_STORE_UNAVAILABLE', 'ONEJAR_LOCK_LOST'] as const

/**
 * The workers' end of the queue: takes solves and reports what came of them. One that its worker did not end (it was killed,
 * or its browser failed) is made by another.
 */
export class SolveWorker {
  readonly #worker: Worker<SolveJob, SolveReport>
  readonly #connection: Redis
  readonly #options: SolveWorkerOptions
  readonly #finished: FinishedOrders
  /** When each job under way began, on the clock of `performance.now()`. */
  readonly #underway = new Map<Job<SolveJob>, number>()
  /** Resolves when solves that have not ended are given up. */
  readonly #abandoned = Promise.withResolvers<null>()
  #abandoning = false
  #draining = false
  #limit: number
  readonly #tasks: TaskWorker | undefined
  #done = 0
  #failed = 0
  /** The ids of the jobs that were put back: a worker that was just fetching one may get the same again. */
  readonly #givenBack = new Set<string>()
  #whenIdle: PromiseWithResolvers<void> | undefined

  constructor(options: SolveWorkerOptions) {
    const { url, concurrency, lockMs, onError } = options
    this.#options = options
    this.#tasks = options.tasks
    this.#limit = concurrency
    this.#connection = queueConnection(url, 'worker')
    this.#finished = new FinishedOrders(this.#connection, queuePrefix(options))
    const { Worker } = bullmq()
    this.#worker = new Worker<SolveJob, SolveReport>(
      QUEUE_NAME,
      async (job, token) => {
        // A job that was being fetched when the limit fell.
        if (this.#underway.size >= this.#limit) return this.#giveBack(job, token)
        this.#underway.set(job, performance.now())
        try {
          return await this.#make(job, token)
        } finally {
          this.#underway.delete(job)
          if (this.#underway.size === 0) {
            this.#whenIdle?.resolve()
            this.#whenIdle = undefined
          }
        }
      },
      {
        connection: this.#connection,
        prefix: queuePrefix(options),
        concurrency,
        lockDuration: lockMs,
        stalledInterval: Math.ceil(lockMs / CHECKS),
        // A page that kills its worker shall not kill all of them.
        maxStalledCount: 2,
      },
    )
    this.#worker.on('completed', (_job, report) => {
      if (report.outcome === 'passed') this.#done++
      else this.#failed++
    })
    this.#worker.on('failed', () => {
      this.#failed++
    })
    let troubled = false
    this.#worker.on('error', (error) => {
      if (!troubled) onError?.(error)
      troubled = true
    })
    this.#worker.on('ready', () => {
      troubled = false
    })
  }

  /** Resolves when solves are taken. */
  async ready(): Promise<void> {
    await this.#worker.waitUntilReady()
    await this.#tasks?.ready()
  }

  /** Whether the queue can be reached. */
  get connected(): boolean {
    return this.#connection.status === 'ready'
  }

  get counts(): { readonly passed: number; readonly failed: number } {
    return { passed: this.#done, failed: this.#failed }
  }

  /** When the solves under way began, on the clock of `performance.now()`. */
  get underway(): readonly number[] {
    return [...this.#underway.values()]
  }

  /** How many solves may be under way from now on; 0 for no further one. Those that are under way go on. */
  limit(count: number): void {
    if (this.#draining) return
    this.#limit = count
    if (count > 0) this.#worker.concurrency = count
    if (count === 0) void this.#worker.pause(true)
    else if (this.#worker.isPaused()) void this.#worker.resume()
  }

  /**
   * Takes no solve more, waits for those under way, and puts back into the queue those that do not end in time: another worker
   * makes them at once. Takes `withinMs` and up to four seconds.
   *
   * @returns how many did not end
   */
  async drain({ withinMs, abandon }: Drain): Promise<number> {
    this.limit(0)
    this.#draining = true
    this.#tasks?.refuse()
    const [idle, tasksIdle] = await Promise.all([
      this.#idleWithin(withinMs),
      endsWithin(withinMs, this.#tasks?.idle() ?? Promise.resolve()),
    ])
    if (idle && tasksIdle) return 0
    this.#givenBack.clear()
    this.#abandoning = true
    await endsWithin(ABANDON_MS, abandon())
    this.#abandoned.resolve(null)
    await this.#idleWithin(ABANDON_MS)
    return new Set([...this.#givenBack, ...[...this.#underway.keys()].map(idOf)]).size
  }

  /** Takes no solve more and waits for those under way, where the queue can hear of them. Idempotent. */
  async close(): Promise<void> {
    // Jobs that could not be put back are waited for no more: their lock lapses.
    const force = !this.connected || (this.#draining && this.#underway.size > 0)
    const closing = this.#worker.close(force).catch(() => {})
    if (!force) await Promise.race([closing, this.#idle()])
    // A Redis that does not answer any more keeps nobody here.
    await endsWithin(ABANDON_MS, closing)
    await endsWithin(ABANDON_MS, this.#tasks?.close() ?? Promise.resolve())
    this.#connection.disconnect()
  }

  async #make(job: Job<SolveJob>, token: string | undefined): Promise<SolveReport> {
    const { envelope, solve, onForeign } = this.#options
    const { UnrecoverableError } = bullmq()
    const jobId = idOf(job)
    if (job.name === 'task') {
      const taken = await Promise.race([this.#options.tasks?.take(job.data, jobId), this.#abandoned.promise])
      if (taken !== false) return { outcome: 'passed' }
      onForeign?.()
      throw new UnrecoverableError(OTHER_KEYS)
    }
    const once = await openOrder(job.data, jobId, envelope)
    if (once === null) {
      onForeign?.()
      throw new UnrecoverableError(OTHER_KEYS)
    }
    if (once.until <= Date.now()) throw new UnrecoverableError('a solve that is too old')
    const made = await this.#finished.reportOf(once)
    if (made === null) throw new UnrecoverableError('a solve that was made')
    if (made !== undefined) return made
    const solving = ended(solve(once.order, job.data.traceparent))
    const end = await Promise.race([solving, this.#abandoned.promise])
    if (end === null || (this.#abandoning && end.error !== null)) return this.#giveBack(job, token)
    const failure = end.error === null ? null : failureOf(end.error)
    const report: SolveReport =
      failure === null
        ? { outcome: 'passed' }
        : { outcome: 'failed', sealed: sealFailure(failure, jobId, envelope) }
    await this.#finished.add(once, report)
    return report
  }

  /** Puts a job back to the head of the queue, as if it had not been taken. */
  async #giveBack(job: Job<SolveJob>, token: string | undefined): Promise<never> {
    await job.moveToWait(token)
    this.#givenBack.add(idOf(job))
    const { WaitingError } = bullmq()
    throw new WaitingError()
  }

  /** Whether nothing is under way any more by then. */
  #idleWithin(ms: number): Promise<boolean> {
    return endsWithin(ms, this.#idle())
  }

  async #idle(): Promise<void> {
    if (this.#underway.size === 0) return
    this.#whenIdle ??= Promise.withResolvers()
    await this.#whenIdle.promise
  }
}

function idOf({ id }: Job<SolveJob>): string {
  return id ?? ''
}

/** How a solve ended: with null, or with what it threw. */
async function ended(solving: Promise<void>): Promise<{ readonly error: unknown }> {
  try {
    await solving
    return { error: null }
  } catch (error) {
    return { error: error ?? new Error('unexpected') }
  }
}

/**
 * What the caller gets to know.
 *
 * @throws Error for what another attempt may mend, and for what is no error of Onejar's
 */
function failureOf(error: unknown): SolveFailure {
  if (error instanceof SessionElsewhere) return { code: ELSEWHERE, reason: error.worker, retryAfterMs: null }
  if (RETRIED.some((code) => isOnejarError(error, code))) throw new Error((error as OnejarError).code)
  if (!(error instanceof OnejarError)) throw new Error('unexpected')
  const { code, message, retryAfterMs } = error
  // The caller's error has the advice of its code again.
  const reason = message.replace(`. ${ERRORS[code].advice}`, '').slice(0, 2_000)
  return { code, reason, retryAfterMs: retryAfterMs ?? null }
}
