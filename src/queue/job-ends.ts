import type { Queue, QueueEvents } from 'bullmq'

/**
 * How jobs end, for those who wait for it: one pair of listeners for all of them. BullMQ's own `Job.waitUntilFinished` adds listeners
 * for each job, keeps the process alive for as long as it would wait, and ends it where the connection is lost at the wrong moment.
 */
export class JobEnds {
  readonly #queue: Queue
  readonly #waiting = new Map<string, Set<PromiseWithResolvers<unknown>>>()
  #closed = false

  constructor(queue: Queue, events: QueueEvents) {
    this.#queue = queue
    events.on('completed', ({ jobId, returnvalue }) => {
      for (const { resolve } of this.#waiting.get(jobId) ?? []) resolve(returnvalue)
    })
    events.on('failed', ({ jobId, failedReason }) => {
      for (const { reject } of this.#waiting.get(jobId) ?? []) reject(new Error(failedReason))
    })
  }

  /**
   * Waits for the end of a job. The listening has to have begun.
   *
   * @param ms - how long
   * @returns what its worker says; hostile
   * @throws Error with why it failed; when it is gone, the time is over, or the queue cannot be asked
   */
  async of(jobId: string, ms: number): Promise<unknown> {
    if (this.#closed) throw new Error(CLOSED)
    const end = Promise.withResolvers<unknown>()
    const waiting = this.#waiting.get(jobId) ?? new Set()
    this.#waiting.set(jobId, waiting.add(end))
    const timer = setTimeout(() => end.reject(new Error('The job timed out')), Math.max(1, ms)).unref()
    // It may have ended before anybody waited.
    this.#look(jobId).then((ended) => ended && end.resolve(ended.result), end.reject)
    try {
      return await end.promise
    } finally {
      clearTimeout(timer)
      waiting.delete(end)
      if (waiting.size === 0 && this.#waiting.get(jobId) === waiting) this.#waiting.delete(jobId)
    }
  }

  /** Ends all waits with an error. */
  close(): void {
    this.#closed = true
    for (const waiting of this.#waiting.values()) for (const { reject } of waiting) reject(new Error(CLOSED))
  }

  /** How it ended; null while it has not. @throws Error with why it failed, or when it is gone */
  async #look(jobId: string): Promise<{ readonly result: unknown } | null> {
    const state = await this.#queue.getJobState(jobId)
    if (state !== 'completed' && state !== 'failed' && state !== 'unknown') return null
    const job = state === 'unknown' ? undefined : await this.#queue.getJob(jobId)
    if (job === undefined) throw new Error('The job is gone')
    if (state === 'failed') throw new Error(job.failedReason)
    return { result: job.returnvalue }
  }
}

const CLOSED = 'The queue was closed'
