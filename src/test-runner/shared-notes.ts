import { createHash } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { internalsOf, type Session } from '../client/index.ts'
import { growingPause, isOnejarError, OnejarError } from '../core/index.ts'
import type { ChangeSource, EntryValues } from '../record/index.ts'
import { type HeldLock, holdLock } from '../services/index.ts'

type Note = EntryValues['idempotency']

const SOURCE: ChangeSource = { name: 'test runner' }
/** A note has the form of a request that was answered. */
const NO_ANSWER = { status: 204, url: 'http://localhost/', headers: [], bodyBase64: null }
const KEPT_MS = 24 * 3_600_000
/** How long somebody else's login or refresh is waited for, and a store that is away. */
const WAIT_MS = 60_000
/** How often a store that is away is asked again. */
const ASK_EVERY = { firstMs: 50, longestMs: 1_000 }

/** What the workers of a run say to each other through a session that they share: that something was done, and its answer. */
export class SharedNotes {
  readonly #session: Session
  readonly #waitMs: number

  /** @param waitMs - how long others are waited for, and the store. Default: 60,000 */
  constructor(session: Session, waitMs: number = WAIT_MS) {
    this.#session = session
    this.#waitMs = waitMs
  }

  /** What was noted under a name; undefined where nothing was, or where it is too old. */
  get(name: string): Note | undefined {
    const note = internalsOf(this.#session).record.value('idempotency', hashOf(name))
    return note !== undefined && note.expiresAt > Date.now() ? note : undefined
  }

  /**
   * @param group - notes of one group beyond the last 100 are forgotten
   * @param response - what others are to be answered, its body in base64. Default: nothing
   */
  put(name: string, group: string, response: Note['response'] = NO_ANSWER): void {
    const { record } = internalsOf(this.#session)
    const startedAt = Date.now()
    const [id, fingerprint] = [hashOf(name), hashOf(group)]
    const value: Note = { fingerprint, startedAt, expiresAt: startedAt + KEPT_MS, state: 'done', response }
    const others = [...record.valuesOf('idempotency')].filter(
      ([other, note]) => other !== id && note.fingerprint === fingerprint,
    )
    others.sort(([, a], [, b]) => b.startedAt - a.startedAt)
    const old = others.slice(100).map(([other]) => ({ kind: 'idempotency' as const, id: other, value: null }))
    record.write([{ kind: 'idempotency', id, value }, ...old], SOURCE)
  }

  /** Has what others have put by now; what there was before where the store is away. */
  async catchUp(): Promise<void> {
    await internalsOf(this.#session).persistence.catchUp().catch(unlessAway)
  }

  /** Calls back with the names, hashed, of the notes of a group that somebody has put; here or elsewhere. */
  onPut(group: string, callback: (hashes: readonly string[]) => void): () => void {
    const fingerprint = hashOf(group)
    return internalsOf(this.#session).record.subscribe((delta) => {
      const put = delta.flatMap(({ kind, id, value }) =>
        kind === 'idempotency' && value?.fingerprint === fingerprint ? [id] : [],
      )
      if (put.length > 0) callback(put)
    })
  }

  /**
   * Does something while no other process of the session does something for this purpose, on the newest that the store has; it
   * is in the store before the next one begins, and before this resolves. A store that is away is waited for: on its own, each
   * process would do what is to be done once.
   *
   * @param given - ends the waiting for others. What has begun goes on to its end
   * @throws OnejarError ONEJAR_STORE_UNAVAILABLE where the store stays away, ONEJAR_TIMEOUT where somebody else does not
   * end; what the signal fires with; what the work throws
   */
  async alone<T>(purpose: string, work: () => Promise<T>, given?: AbortSignal): Promise<T> {
    const { persistence } = internalsOf(this.#session)
    const lock = await this.#lock(purpose, given)
    try {
      await patiently(this.#waitMs, given, () => persistence.catchUp())
      return await work()
    } finally {
      const written = patiently(this.#waitMs, undefined, () => persistence.flush())
      await written.finally(() => lock.release())
    }
  }

  async #lock(purpose: string, given: AbortSignal | undefined): Promise<HeldLock> {
    const { services, config } = internalsOf(this.#session)
    const limit = AbortSignal.timeout(this.#waitMs)
    const signal = given === undefined ? limit : AbortSignal.any([given, limit])
    try {
      return await patiently(this.#waitMs, signal, async () => {
        const lock = await holdLock(services.store.store, config.key, purpose, { signal, over: () => false })
        if (lock !== null) return lock
        throw new OnejarError(
          'ONEJAR_STORE_UNAVAILABLE',
          `The store is away, and with it the lock for a ${purpose}`,
        )
      })
    } catch (error) {
      if (!limit.aborted || error !== limit.reason) throw error
      const what = `Somebody else's ${purpose} has not ended within ${this.#waitMs} ms`
      throw new OnejarError('ONEJAR_TIMEOUT', what, { cause: error })
    }
  }
}

/** Tries again, with growing pauses, while the store is away. */
async function patiently<T>(
  waitMs: number,
  signal: AbortSignal | undefined,
  attempt: () => Promise<T>,
): Promise<T> {
  const until = performance.now() + waitMs
  for (let tries = 1; ; tries++) {
    try {
      return await attempt()
    } catch (error) {
      if (!isOnejarError(error, 'ONEJAR_STORE_UNAVAILABLE') || performance.now() > until) throw error
    }
    await wait(growingPause(ASK_EVERY, tries), undefined, signal && { signal }).catch(() =>
      signal?.throwIfAborted(),
    )
  }
}

function unlessAway(error: unknown): void {
  if (!isOnejarError(error, 'ONEJAR_STORE_UNAVAILABLE')) throw error
}

/** What a note is kept under. */
export function hashOf(name: string): string {
  return createHash('sha256').update(`onejar/test ${name}`).digest('base64url')
}
