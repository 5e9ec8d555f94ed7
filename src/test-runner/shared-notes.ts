import { createHash } from 'node:crypto'
import { internalsOf, type Session } from '../client/index.ts'
import type { ChangeSource, EntryValues } from '../record/index.ts'
import { holdLock } from '../services/index.ts'

type Note = EntryValues['idempotency']

const SOURCE: ChangeSource = { name: 'test runner' }
/** A note has the form of a request that was answered. */
const NO_ANSWER = { status: 204, url: 'http://localhost/', headers: [], bodyBase64: null }
const KEPT_MS = 24 * 3_600_000
/** How long somebody else's login or refresh is waited for. */
const WAIT_MS = 60_000

/** What the workers of a run say to each other through a session that they share: that something was done, and its answer. */
export class SharedNotes {
  readonly #session: Session

  constructor(session: Session) {
    this.#session = session
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
   * is in the store before the next one begins.
   *
   * @throws what the work throws
   */
  async alone<T>(purpose: string, work: () => Promise<T>): Promise<T> {
    const { services, config, persistence } = internalsOf(this.#session)
    const signal = AbortSignal.timeout(WAIT_MS)
    const lock = await holdLock(services.store.store, config.key, purpose, { signal, over: () => false })
    try {
      if (lock !== null) await persistence.catchUp()
      return await work()
    } finally {
      await persistence.flush().catch(() => {})
      await lock?.release()
    }
  }
}

/** What a note is kept under. */
export function hashOf(name: string): string {
  return createHash('sha256').update(`onejar/test ${name}`).digest('base64url')
}
