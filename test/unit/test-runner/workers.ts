import type { Session } from '../../../src/client/index.ts'
import { setInternals } from '../../../src/client/internals.ts'
import type { SessionInternals } from '../../../src/client/session/session-internals.ts'
import { OnejarError } from '../../../src/core/index.ts'
import { SessionRecord } from '../../../src/record/index.ts'

const STORE = { name: 'store' }
const key = { tenant: 'default', id: 'alice' }

/** A store that the workers of a run share: what it holds, who has its locks, and which calls it fails. */
export class WorkersStore {
  readonly #held = new SessionRecord({ writer: 'store', clock: { now: () => Date.now() } })
  readonly #locks = new Set<string>()
  /** What was asked of it, in order. */
  readonly log: string[] = []
  /** How many of the next calls of a kind find it away. */
  readonly away = { lock: 0, read: 0, write: 0 }

  get locked(): ReadonlySet<string> {
    return this.#locks
  }

  /** A worker's session on it. */
  worker(name: string): Session & { readonly record: SessionRecord } {
    const record = new SessionRecord({ writer: name, clock: { now: () => Date.now() } })
    const internals = {
      record,
      config: { key },
      services: {
        store: { store: { acquireLock: async (_: unknown, purpose: string) => this.#lock(name, purpose) } },
      },
      cookieSource: {
        receive: (lines: string[], url: URL) => record.receive(lines, url, undefined, { name: 'http' }),
      },
      persistence: {
        catchUp: async () => {
          this.#call('read', `${name} reads`)
          record.merge([...this.#held.entries()], STORE)
        },
        flush: async () => {
          this.#call('write', `${name} writes`)
          this.#held.merge([...record.entries()], STORE)
        },
      },
    }
    const session = { record }
    setInternals(session, internals as unknown as SessionInternals)
    return session as Session & { record: SessionRecord }
  }

  #lock(name: string, purpose: string) {
    this.#call('lock', `${name} asks for ${purpose}`)
    if (this.#locks.has(purpose)) return null
    this.#locks.add(purpose)
    return { extend: async () => true, release: async () => void this.#locks.delete(purpose) }
  }

  #call(kind: keyof WorkersStore['away'], what: string): void {
    this.log.push(what)
    if (this.away[kind] === 0) return
    this.away[kind]--
    throw new OnejarError('ONEJAR_STORE_UNAVAILABLE', 'The store is away')
  }
}
