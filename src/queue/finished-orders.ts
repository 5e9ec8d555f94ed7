import { createHash } from 'node:crypto'
import type { Redis } from 'ioredis'
import type { OrderOnce } from './solve-job.ts'

/**
 * The orders that were carried out, so that a copy of a job, put back into the queue by who can write it, is not carried out
 * again by any worker. Each is remembered until nobody would take it any more.
 */
export class FinishedOrders {
  readonly #redis: Redis
  readonly #prefix: string
  /** What this process made, until when: that nobody can take away. */
  readonly #own = new Map<string, number>()

  constructor(redis: Redis, prefix: string) {
    this.#redis = redis
    this.#prefix = prefix
  }

  /** Whether an order was carried out, or is too old to be. */
  async has({ nonce, until }: OrderOnce): Promise<boolean> {
    if (until <= Date.now()) return true
    return this.#own.has(nonce) || (await this.#redis.exists(this.#key(nonce))) === 1
  }

  /** Remembers that an order was carried out, with any result. One that is to be tried again was not. */
  async add({ nonce, until }: OrderOnce): Promise<void> {
    const now = Date.now()
    for (const [old, end] of this.#own) if (end <= now) this.#own.delete(old)
    this.#own.set(nonce, until)
    await this.#redis.set(this.#key(nonce), '1', 'PX', Math.max(1, until - now))
  }

  #key(nonce: string): string {
    return `${this.#prefix}:made:${createHash('sha256').update(nonce).digest('hex')}`
  }
}
