import { createHash } from 'node:crypto'
import type { Redis } from 'ioredis'
import { type OrderOnce, type SolveReport, solveReportSchema } from './solve-job.ts'

/**
 * The orders that were carried out, and how each ended. A job that comes again is not carried out again by any worker: a copy, put
 * back into the queue by who can write it; or one whose lock lapsed on a busy machine while its solve went on. It ends as it did
 * the first time. Each is remembered until nobody would take it any more.
 */
export class FinishedOrders {
  readonly #redis: Redis
  readonly #prefix: string
  /** What this process made, until when: that nobody can take away. */
  readonly #own = new Map<string, { readonly until: number; readonly report: SolveReport }>()

  constructor(redis: Redis, prefix: string) {
    this.#redis = redis
    this.#prefix = prefix
  }

  /** How an order ended; null when it was carried out and that is not known; undefined when it was not. */
  async reportOf({ nonce }: OrderOnce): Promise<SolveReport | null | undefined> {
    const own = this.#own.get(nonce)
    if (own !== undefined) return own.report
    const text = await this.#redis.get(this.#key(nonce))
    return text === null ? undefined : read(text)
  }

  /** Remembers how an order ended, with any result. One that is to be tried again has not. */
  async add({ nonce, until }: OrderOnce, report: SolveReport): Promise<void> {
    const now = Date.now()
    for (const [old, own] of this.#own) if (own.until <= now) this.#own.delete(old)
    this.#own.set(nonce, { until, report })
    await this.#redis.set(this.#key(nonce), JSON.stringify(report), 'PX', Math.max(1, until - now))
  }

  #key(nonce: string): string {
    return `${this.#prefix}:made:${createHash('sha256').update(nonce).digest('hex')}`
  }
}

/** Whoever can write to Redis may have written it. */
function read(text: string): SolveReport | null {
  try {
    return solveReportSchema.safeParse(JSON.parse(text)).data ?? null
  } catch {
    return null
  }
}
