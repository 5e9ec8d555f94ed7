import { randomUUID } from 'node:crypto'
import type { RowLock } from '../store/index.ts'
import { count, HEAD, headKey, type Item, lastFenceOf, number, pulseOf, randomId, seconds } from './items.ts'
import { asExpected, type Requests } from './requests.ts'

const DAY_MS = 24 * 60 * 60_000

/**
 * Locks, each an item of its own while it is held. A lock ends by the clock of the process that asks for it. Taking a lock changes
 * a mark in the head of the session. A commit under an earlier holder's lock that has not seen the new mark is refused.
 *
 * The item goes when the lock is given back. The greatest fence of all locks of the session stands in the head and takes its
 * place: each fence is greater than that one, and a commit under a smaller one, whose lock has no item, is refused. It is raised by
 * whoever takes a lock, and only ever upwards: of two who read the same one, the second takes a greater fence.
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

  /**
   * The fence of the lock's last holder, or one that is no smaller where its item is gone.
   *
   * @param ofAll - the greatest fence of all locks, as the head has it
   */
  async fence(purpose: string, ofAll: number): Promise<number> {
    const held = await this.#db.get(this.#key(purpose))
    return held === undefined ? ofAll : (count(held['fe']) ?? 0)
  }

  async acquire(purpose: string, ttlMs: number): Promise<RowLock | null> {
    const key = this.#key(purpose)
    const head = headKey(this.#pk)
    const items = await this.#db.getAll([key, head])
    const held = items.find(({ sk }) => sk?.S === key['sk']?.S)
    const now = this.#now()
    const was = { tk: held?.['tk'] ?? null, un: held?.['un'] ?? null }
    const until = count(held?.['un']) ?? 0
    if (until > now) {
      // Where a clock was set back, the lock of a dead process must not last longer than its time to live.
      if (until > now + ttlMs) await this.#db.update(key, { un: number(now + ttlMs) }, was)
      return null
    }
    const token = randomUUID()
    const ofAll = lastFenceOf(items.find(({ sk }) => sk?.S === HEAD))
    let fence = Math.max(ofAll + 1, (count(held?.['fe']) ?? 0) + 1, now)
    const lock = {
      tk: { S: token },
      fe: number(fence),
      un: number(now + ttlMs),
      ttl: seconds(now + ttlMs + DAY_MS),
    }
    // A request whose answer was lost is made again, and finds what it has done itself.
    const isTaken =
      (await this.#db.put({ ...key, ...lock }, asExpected(was))) || (await this.#has(token, key))
    if (!isTaken) return null
    const mark = () => this.#db.raise(head, { lk: { S: randomId() } }, 'lf', fence, seconds(now + DAY_MS))
    while (!(await mark())) {
      // Somebody has taken and perhaps given back a lock with this fence or a greater one since the head was read.
      fence = Math.max(fence, lastFenceOf(await this.#db.get(head))) + 1
      if (!(await this.#db.update(key, { fe: number(fence) }, { tk: lock.tk }))) return null
      await this.#db.backOff('others keep taking locks of the session')
    }
    return { fence, token }
  }

  async extend(purpose: string, token: string, ttlMs: number): Promise<boolean> {
    if ((await this.#heldUntil(purpose, token)) === null) return false
    const now = this.#now()
    const set = { un: number(now + Math.max(1, ttlMs)), ttl: seconds(now + ttlMs + DAY_MS) }
    return this.#db.update(this.#key(purpose), set, { tk: { S: token } })
  }

  /** @returns the pulse before and after; null when the lock was lost */
  async release(purpose: string, token: string): Promise<{ before: string; after: string } | null> {
    const until = await this.#heldUntil(purpose, token)
    const expected = { tk: { S: token }, un: number(until ?? 0) }
    if (until === null || !(await this.#db.delete(this.#key(purpose), asExpected(expected)))) return null
    const mark = randomId()
    const was = await this.#db.mark(headKey(this.#pk), 'rl', mark, seconds(this.#now() + DAY_MS))
    return { before: pulseOf(was), after: pulseOf({ ...was, rl: { S: mark } }) }
  }

  async #has(token: string, key: Item): Promise<boolean> {
    return (await this.#db.get(key))?.['tk']?.S === token
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
