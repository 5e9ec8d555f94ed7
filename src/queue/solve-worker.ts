import type { Worker } from 'bullmq'
import type { Redis } from 'ioredis'
import { ERRORS, isOnejarError, OnejarError, onDemand } from '../core/index.ts'
import { FinishedOrders } from './finished-orders.ts'
import { queueConnection } from './queue-connection.ts'
import { type ParsedQueueOptions, QUEUE_NAME, queuePrefix } from './queue-options.ts'
import {
  type Envelope,
  OTHER_KEYS,
  openOrder,
  type SolveFailure,
  type SolveJob,
  type SolveOrder,
  type SolveReport,
  sealFailure,
} from './solve-job.ts'

const bullmq = onDemand<typeof import('bullmq')>('bullmq')

export interface SolveWorkerOptions extends Pick<ParsedQueueOptions, 'url' | 'keyPrefix'> {
  readonly envelope: Envelope
  /** Solves at once. */
  readonly concurrency: number
  /** How long a worker that died keeps its solves from the others. */
  readonly lockMs: number
  /** Makes a solve and has the store hold what it brought. What it throws is the report. */
  readonly solve: (order: SolveOrder, traceparent: string | null) => Promise<void>
  /** Called once for each outage. */
  readonly onError?: (error: Error) => void
  /** Called for a job that was not sealed with this store's keys: as a rule, this worker was given other keys. */
  readonly onForeign?: () => void
}

/** What another attempt of another worker may mend. */
const RETRIED = ['ONEJAR_BROWSER_FAILED', 'ONEJAR_STORE_UNAVAILABLE', 'ONEJAR_LOCK_LOST'] as const

/**
 * The workers' end of the queue: takes solves and reports what came of them. One that its worker did not end (it was killed,
 * or its browser failed) is made by another.
 */
export class SolveWorker {
  readonly #worker: Worker<SolveJob, SolveReport>
  readonly #connection: Redis
  #done = 0
  #failed = 0
  #underway = 0

  constructor(options: SolveWorkerOptions) {
    const { url, concurrency, lockMs, envelope, solve, onError, onForeign } = options
    this.#connection = queueConnection(url, 'worker')
    const finished = new FinishedOrders(this.#connection, queuePrefix(options))
    const { UnrecoverableError, Worker } = bullmq()
    this.#worker = new Worker<SolveJob, SolveReport>(
      QUEUE_NAME,
      async (job) => {
        const jobId = job.id ?? ''
        const once = await openOrder(job.data, jobId, envelope)
        if (once === null) {
          onForeign?.()
          throw new UnrecoverableError(OTHER_KEYS)
        }
        if (await finished.has(once)) throw new UnrecoverableError('a solve that was made, or is too old')
        this.#underway++
        const failure = await failureOf(solve(once.order, job.data.traceparent)).finally(() => {
          this.#underway--
        })
        await finished.add(once)
        if (failure === null) return { outcome: 'passed' }
        return { outcome: 'failed', sealed: sealFailure(failure, jobId, envelope) }
      },
      {
        connection: this.#connection,
        prefix: queuePrefix(options),
        concurrency,
        lockDuration: lockMs,
        stalledInterval: lockMs,
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
  }

  /** Whether the queue can be reached. */
  get connected(): boolean {
    return this.#connection.status === 'ready'
  }

  get counts(): { readonly passed: number; readonly failed: number } {
    return { passed: this.#done, failed: this.#failed }
  }

  /** Solves that are being finished. */
  get underway(): number {
    return this.#underway
  }

  /** Takes no solve more and waits for those under way, where the queue can hear of them. Idempotent. */
  async close(): Promise<void> {
    await this.#worker.close(!this.connected).catch(() => {})
    this.#connection.disconnect()
  }
}

/** Null when the solve passed. */
async function failureOf(solving: Promise<void>): Promise<SolveFailure | null> {
  try {
    await solving
    return null
  } catch (error) {
    if (RETRIED.some((code) => isOnejarError(error, code))) throw new Error((error as OnejarError).code)
    if (!(error instanceof OnejarError)) throw new Error('unexpected')
    const { code, message, retryAfterMs } = error
    // The caller's error has the advice of its code again.
    const reason = message.replace(`. ${ERRORS[code].advice}`, '').slice(0, 2_000)
    return { code, reason, retryAfterMs: retryAfterMs ?? null }
  }
}
