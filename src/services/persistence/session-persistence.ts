import type { IsolationDecision } from '../../compliance/index.ts'
import { type Clock, OnejarError } from '../../core/index.ts'
import {
  type ChangeSource,
  type Delta,
  type SessionRecord,
  timeToMs,
  type Write,
} from '../../record/index.ts'
import type { EventHub, SessionEvent, SharedStore } from '../../routing/index.ts'
import type {
  LinkHandlers,
  SessionKey,
  SessionLink,
  SessionMessages,
  StoredChanges,
  StoreLock,
  WriteBehind,
} from '../../store/index.ts'
import type { SessionIsolation } from '../session-isolation.ts'
import type { TrackingFilter } from './tracking-filter.ts'

/** What pages stored. */
const OF_PAGES: ReadonlySet<string> = new Set(['local', 'session-snapshot', 'indexeddb-snapshot'])

const DROPPED: ChangeSource = { name: 'tracking filter' }

/** Keeps a session's record and the store the same, in both directions. */
export class SessionPersistence implements SharedStore, LinkHandlers {
  readonly #record: SessionRecord
  readonly #source: ChangeSource
  readonly #events: EventHub
  readonly #clock: Clock
  readonly #link: SessionLink
  readonly #tracking: TrackingFilter | null
  readonly #queue: WriteBehind
  readonly #isolation: SessionIsolation | null
  readonly #persist: IsolationDecision
  #stored = false
  #room: Promise<void> | undefined
  #unsubscribe: (() => void) | undefined

  constructor(
    store: WriteBehind,
    key: SessionKey,
    parts: {
      readonly record: SessionRecord
      /** Who the changes of the store are by. */
      readonly source: ChangeSource
      readonly events: EventHub
      readonly clock: Clock
      /** Keeps trackers' cookies out of the store; null where they are stored. */
      readonly tracking: TrackingFilter | null
      /** What the tenant's policy says of the store; null where there is none. */
      readonly isolation?: SessionIsolation | null
    },
  ) {
    this.#record = parts.record
    this.#source = parts.source
    this.#events = parts.events
    this.#clock = parts.clock
    this.#tracking = parts.tracking
    this.#isolation = parts.isolation ?? null
    this.#persist = this.#isolation?.decide('persist') ?? 'allow'
    this.#queue = store
    this.#link = store.link(key, this)
  }

  /** What to wait for when the store's queue is full; undefined as a rule. */
  get room(): Promise<void> | undefined {
    return this.#room
  }

  /** Whether the store had something of the session when it was loaded. */
  get stored(): boolean {
    return this.#stored
  }

  /** Reads what the store has, and follows it from then on. A store that is away is no failure. */
  async load(): Promise<void> {
    if (this.#persist === 'deny') return
    try {
      const stored = await this.#link.load()
      this.#stored = stored.entries.length > 0
      for (const problem of stored.problems) this.#events.emitEarly(this.#problem(problem))
      this.#record.merge(stored.entries, this.#source)
      await this.#link.follow()
    } catch (error) {
      // The store is away: the session is kept in memory, and the store's entries come as changes when it is back.
      if (!(error instanceof OnejarError) || error.code !== 'ONEJAR_STORE_UNAVAILABLE') {
        await this.#link.close().catch(() => {})
        throw error
      }
    }
    this.#unsubscribe = this.#record.subscribe((delta, source) => {
      if (source === this.#source) return
      const storable = this.#storable(delta)
      const room = storable.length === 0 ? undefined : this.#link.push(storable)
      if (room === undefined) return
      const waited = room.finally(() => {
        if (this.#room === waited) this.#room = undefined
      })
      this.#room = waited
    })
    this.#dropStored()
    this.#dropOld()
  }

  /** Resolves when the store holds the record. @throws OnejarError ONEJAR_STORE_UNAVAILABLE */
  flush(): Promise<void> {
    if (this.#persist === 'deny') return Promise.resolve()
    return this.#link.flush()
  }

  /** Takes a lock in the session; null when another process has it. @throws OnejarError ONEJAR_STORE_UNAVAILABLE */
  async acquireLock(purpose: string, ttlMs: number): Promise<StoreLock | null> {
    // One that is known to be away is not waited for.
    if (this.#queue.health.state === 'away')
      throw new OnejarError('ONEJAR_STORE_UNAVAILABLE', 'The store is away')
    return this.#queue.store.acquireLock(this.#link.session, purpose, ttlMs)
  }

  /** From now on the session is written only while nobody else has taken this lock; see `SessionLink.fence`. */
  fence(lock: StoreLock): void {
    this.#link.fence(lock)
  }

  /** Calls back when another process has written the session or released a lock in it. Returns what ends it. */
  subscribe(onChange: () => void): Promise<() => Promise<void>> {
    return this.#queue.store.subscribe(this.#link.session, onChange)
  }

  /** Listens to messages of the other processes; null where there are none, or nothing of the session leaves this process. */
  async messages(onMessage: (text: string) => void): Promise<SessionMessages | null> {
    if (this.#persist === 'deny') return null
    return this.#queue.store.messages(this.#link.session, onMessage)
  }

  /** Reads into the record what others have written, after what waits here is written. @throws as `flush` */
  catchUp(): Promise<void> {
    if (this.#persist === 'deny') return Promise.resolve()
    return this.#link.catchUp()
  }

  /** The store is back: subscribe to its changes again. */
  follow(): void {
    if (this.#persist === 'deny') return
    this.#link.follow().catch(() => {})
  }

  /** Writes what is left, and ends the line. What changes afterwards stays in the record alone. */
  async close(): Promise<void> {
    this.#unsubscribe?.()
    await this.#link.close()
  }

  #storable(delta: Delta): Delta {
    const kept = this.#tracking?.storable(delta) ?? delta
    // Deletions go on: what was stored before the policy held has to be dropped.
    return this.#persist === 'transform'
      ? kept.filter(({ kind, value }) => value === null || !OF_PAGES.has(kind))
      : kept
  }

  /** What the tenant's policy says is too old, or not to be stored, goes. */
  #dropOld(): void {
    const isolation = this.#isolation
    if (isolation === null) return
    const isBounded = isolation.decide('retain') === 'transform'
    const oldest = this.#clock.now() - isolation.retainMs
    const over = [...this.#record.entries()].filter(({ kind, value, stamp }) => {
      if (value === null) return false
      return (
        (isBounded && timeToMs(stamp.time) < oldest) || (this.#persist === 'transform' && OF_PAGES.has(kind))
      )
    })
    const writes = over.map(({ kind, id }) => ({ kind, id, value: null }) as Write)
    if (writes.length > 0) this.#record.write(writes, DROPPED)
  }

  /** What was stored before it was to be withheld goes. */
  #dropStored(): void {
    const found = this.#tracking?.noteStored([...this.#record.entries()]) ?? []
    this.#record.write(
      found.map(({ id }) => ({ kind: 'cookie', id, value: null })),
      DROPPED,
    )
  }

  /** Called by the link. */
  recall(): Delta {
    return this.#storable([...this.#record.entries()])
  }

  /** Called by the link: others have written. */
  onChange(changes: StoredChanges): void {
    for (const problem of changes.problems) this.#events.emit(this.#problem(problem))
    this.#record.merge(changes.entries, this.#source)
  }

  #problem({ reason, payloadHash, stack }: StoredChanges['problems'][number]): SessionEvent {
    return { type: 'store', at: this.#clock.now(), state: 'problem', reason, payloadHash, stack }
  }
}
