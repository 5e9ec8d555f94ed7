import { randomUUID } from 'node:crypto'
import type { RowLock } from '../store/index.ts'
import { count, headKey, type Item, number, pulseOf, randomId, seconds } from './items.ts'
import { asExpected, type Requests } from './requests.ts'

const DAY_MS = 24 * 60 * 60_000

/**
 * Locks, each an item of its own. A lock ends by the clock of the process that asks for it. Taking a lock changes a mark in the
 * head of the session. A commit under an earlier holder's lock that has not seen the new mark is refused.
 */
export class Locks {
  readonly #db: Requests
  readonly #pk: string
  readonly #now: () => number

  constructor(db: Requests, pk: string, now: () => number) {
    this.#db = db
    this.#pk = pk
    this.#now = now
  }

  async fence(purpose: string): Promise<number> {
    return count((await this.#db.get(this.#key(purpose)))?.['fe']) ?? 0
  }

  async acquire(purpose: string, ttlMs: number): Promise<RowLock | null> {
    const key = this.#key(purpose)
    const held = await this.#db.get(key)
    const now = this.#now()
    const was = { tk: held?.['tk'] ?? null, un: held?.['un'] ?? null }
    const until = count(held?.['un']) ?? 0
    if (until > now) {
      // Where a clock was set back, the lock of a dead process must not last longer than its time to live.
      if (until > now + ttlMs) await this.#db.update(key, { un: number(now + ttlMs) }, was)
      return null
    }
    const token = randomUUID()
    const fence = Math.max((count(held?.['fe']) ?? 0) + 1, now)
    const lock = {
      tk: { S: token },
      fe: number(fence),
      un: number(now + ttlMs),
      ttl: seconds(now + ttlMs + DAY_MS),
    }
    if (!(await this.#db.put({ ...key, ...lock }, asExpected(was)))) return null
    await this.#db.mark(headKey(this.#pk), 'lk', randomId(), seconds(now + DAY_MS))
    return { fence, token }
  }

  async extend(purpose: string, token: string, ttlMs: number): Promise<boolean> {
    const until = await this.#heldUntil(purpose, token)
    if (until === null) return false
    const now = this.#now()
    const set = { un: number(now + Math.max(1, ttlMs)), ttl: seconds(now + ttlMs + DAY_MS) }
    return this.#db.update(this.#key(purpose), set, { tk: { S: token }, un: number(until) })
  }

  /** @returns the pulse before and after; null when the lock was lost */
  async release(purpose: string, token: string): Promise<{ before: string; after: string } | null> {
    const until = await this.#heldUntil(purpose, token)
    const expected = { tk: { S: token }, un: number(until ?? 0) }
    if (until === null || !(await this.#db.update(this.#key(purpose), { un: number(0) }, expected)))
      return null
    const mark = randomId()
    const was = await this.#db.mark(headKey(this.#pk), 'rl', mark, seconds(this.#now() + DAY_MS))
    return { before: pulseOf(was), after: pulseOf({ ...was, rl: { S: mark } }) }
  }

  async #heldUntil(purpose: string, token: string): Promise<number | null> {
    const held = await this.#db.get(this.#key(purpose))
    const until = count(held?.['un']) ?? 0
    return held?.['tk']?.S === token && until > this.#now() ? until : null
  }

  #key(purpose: string): Item {
    return { pk: { S: this.#pk }, sk: { S: `l/${purpose}` } }
  }
}
