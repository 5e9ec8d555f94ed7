import { isOnejarError, LazyMap, OnejarError } from '../core/index.ts'
import { type Delta, type Entry, entryKey, mergeInto } from '../record/index.ts'
import type { SessionKey, Store, StoredChanges, StoreLock, StoreVersion } from './port.ts'

/** What a session has to do with its link to the store. */
export interface LinkHandlers {
  /**
   * Others have written; see `StoredChanges.extent`. What a snapshot lacks of `recall` is among its entries as deletions,
   * each with the stamp of what it deletes: whatever anybody writes after that wins. Must not throw.
   */
  readonly onChange: (changes: StoredChanges) => void
  /** All that the session holds: asked for when the store lost its history, or when the queue overflowed. */
  readonly recall: () => Delta
}

/**
 * One session's line to the store: what is still to be written, the version up to which it is read, and the subscriber to changes.
 * Made by `WriteBehind.link`.
 */
export interface SessionLink {
  readonly session: SessionKey
  /** Up to where the session knows the store. */
  readonly version: StoreVersion

  /**
   * Reads the session from the store. One round trip.
   *
   * @throws OnejarError ONEJAR_STORE_UNAVAILABLE; the session may go on without: it gets the entries as changes later
   */
  load(): Promise<StoredChanges>

  /**
   * Subscribes to writes of others, and reads what they wrote since the last read. A subscription that fails is tried again
   * when the store next answers.
   *
   * @throws OnejarError ONEJAR_STORE_UNAVAILABLE
   */
  follow(): Promise<void>

  /**
   * Has entries written, soon and together with others; of several for the same thing the latest is.
   *
   * @returns nothing as a rule; a promise for room when the queue is full
   */
  push(delta: Delta): Promise<void> | undefined

  /**
   * Resolves when all that was pushed so far is in the store.
   *
   * @throws OnejarError ONEJAR_STORE_UNAVAILABLE after one attempt; the entries stay in the queue
   */
  flush(): Promise<void>

  /** Like `flush`, and reads what others have written; it is given to `onChange` before this resolves. */
  catchUp(): Promise<void>

  /**
   * From now on entries are written only while nobody else has taken this lock: what is refused for that, and all that comes after
   * it, is dropped. Whoever has the lock writes the session.
   */
  fence(lock: StoreLock): void

  /** What is not in the store yet: what a snapshot lacks only for that reason. */
  unsaved(): readonly Entry[]

  /** Flushes and ends the link, even when the flush fails. */
  close(): Promise<void>
}

/** What a link needs of the queue it belongs to. */
export interface LinkQueue {
  readonly store: Store
  /** There is something to be done for this link: soon, or at once. */
  wake(link: QueuedLink, urgent: boolean): void
  /** `count` more entries wait than before (or fewer); returns what to wait for when that is too many. */
  weigh(link: QueuedLink, count: number): Promise<void> | undefined
  /** Runs what the link has to do now. Rejects with what the store said. */
  settle(link: QueuedLink): Promise<void>
  /** What came of asking the store: whether it is away is known here. */
  succeeded(link: QueuedLink): void
  failed(error: OnejarError, link: QueuedLink): void
  /** The link was closed with entries that the store did not take. */
  lost(session: SessionKey, entries: number): void
  /** The link was closed; `count` entries of it no longer count. */
  forget(link: QueuedLink, count: number): void
}

/** A batch that was taken out of the queue. */
export interface Batch {
  readonly delta: readonly Entry[]
  readonly whole: boolean
}

/** After so many subscriptions that failed in a row the next is tried when something is written. */
const MAX_UNHEARD = 20

/** One for all the links that wait for nothing. */
const NONE: readonly Entry[] = []

/** The link as its queue knows it. */
export class QueuedLink implements SessionLink {
  readonly session: SessionKey
  readonly #queue: LinkQueue
  readonly #handlers: LinkHandlers
  readonly #pending = new LazyMap<string, Entry>()
  #taken: readonly Entry[] = NONE
  #weight = 0
  #whole = false
  #behind = false
  #closed = false
  #version: StoreVersion = ''
  #following: Promise<() => Promise<void>> | undefined
  #deaf = false
  /** Subscriptions that failed in a row. */
  #unheard = 0
  #lock: StoreLock | undefined
  #fencedOff = false

  constructor(session: SessionKey, queue: LinkQueue, handlers: LinkHandlers) {
    this.session = session
    this.#queue = queue
    this.#handlers = handlers
  }

  get version(): StoreVersion {
    return this.#version
  }

  /** The lock without which nothing of this link is written. */
  get lock(): StoreLock | undefined {
    return this.#lock
  }

  fence(lock: StoreLock): void {
    this.#lock = lock
  }

  /** Somebody else has the lock: nothing of this link is written any more. */
  fenceOff(): void {
    this.#fencedOff = true
    this.#pending.clear()
    this.#taken = NONE
    this.#whole = false
    this.#behind = false
    this.#weigh()
  }

  async load(): Promise<StoredChanges> {
    try {
      const loaded = await this.#queue.store.load(this.session)
      this.#version = loaded.version
      this.#queue.succeeded(this)
      return loaded
    } catch (error) {
      this.#behind = true
      if (isOnejarError(error, 'ONEJAR_STORE_UNAVAILABLE')) this.#queue.failed(error, this)
      this.#queue.wake(this, false)
      throw error
    }
  }

  async follow(): Promise<void> {
    try {
      this.#following ??= this.#subscribe()
      await this.#following
      this.#unheard = 0
    } catch (error) {
      this.#following = undefined
      this.#deaf = true
      // A store that is just back may take writes before it takes subscriptions: what is read next has it asked again.
      if (++this.#unheard < MAX_UNHEARD && !this.#closed) {
        this.#behind = true
        this.#queue.wake(this, false)
      }
      throw error
    }
  }

  push(delta: Delta): Promise<void> | undefined {
    if (this.#closed)
      throw new OnejarError('ONEJAR_CLOSED', 'The link to the store was closed before the call')
    if (this.#fencedOff) return undefined
    mergeInto(this.#pending, delta)
    if (this.#pending.size > 0) this.#queue.wake(this, false)
    return this.#weigh()
  }

  async flush(): Promise<void> {
    await this.#queue.settle(this)
  }

  async catchUp(): Promise<void> {
    if (this.#fencedOff) return
    this.#behind = true
    await this.#queue.settle(this)
  }

  unsaved(): readonly Entry[] {
    if (this.#fencedOff) return NONE
    return this.#whole ? this.#handlers.recall() : [...this.#taken, ...this.#pending.values()]
  }

  async close(): Promise<void> {
    try {
      await this.#queue.settle(this)
    } catch (error) {
      const unsaved = this.unsaved().length
      if (unsaved > 0) {
        this.#queue.lost(this.session, unsaved)
        throw error
      }
    } finally {
      await this.end()
    }
  }

  /** Ends the link without writing; of use to the queue only, as all that follows. */
  async end(): Promise<void> {
    this.#closed = true
    this.#queue.forget(this, this.#weight)
    this.#weight = 0
    const unfollow = await this.#following?.catch(() => undefined)
    await unfollow?.()
  }

  /** How many entries wait. */
  get size(): number {
    return this.#pending.size
  }

  get hasWork(): boolean {
    return this.#pending.size > 0 || this.#whole || this.#behind
  }

  get isUrgent(): boolean {
    return this.#whole || this.#behind
  }

  /** Takes what is to be written out of the queue. */
  take(): Batch {
    const whole = this.#whole
    const entries = new Map<string, Entry>()
    if (whole) mergeInto(entries, this.#handlers.recall())
    mergeInto(entries, this.#pending.values())
    this.#pending.clear()
    this.#whole = false
    this.#behind = false
    this.#taken = [...entries.values()]
    return { delta: this.#taken, whole }
  }

  /** These are in the store (or were refused for good). */
  taken(delta: readonly Entry[], version: StoreVersion, changes: StoredChanges | null): void {
    const done = new Set(delta)
    const left = this.#taken.filter((entry) => !done.has(entry))
    this.#taken = left.length === 0 ? NONE : left
    this.#weigh()
    this.#version = version
    if (this.#deaf && !this.#closed) {
      this.#deaf = false
      this.follow().catch(() => {})
    }
    if (changes === null) return
    if (changes.extent === 'reset') {
      this.#whole = true
      this.#queue.wake(this, true)
    }
    this.#handlers.onChange(changes.extent === 'snapshot' ? this.#withDeletions(changes) : changes)
  }

  /** The batch could not be written: back into the queue, beneath what has come since. */
  putBack(batch: Batch): void {
    this.#taken = NONE
    if (this.#fencedOff) return
    this.#behind = true
    if (batch.whole) this.#whole = true
    else mergeInto(this.#pending, batch.delta)
    this.#weigh()
  }

  /** Frees the queue of the entries; the session recalls all it holds when the time comes. */
  overflow(): void {
    if (this.#fencedOff) return
    this.#pending.clear()
    this.#whole = true
    this.#weigh()
  }

  async #subscribe(): Promise<() => Promise<void>> {
    const unfollow = await this.#queue.store.subscribe(this.session, (version) => {
      if (version === null || version !== this.#version) this.#fallBehind()
    })
    // No notification comes for writes before the subscription began.
    this.#fallBehind()
    return unfollow
  }

  #fallBehind(): void {
    if (this.#fencedOff) return
    this.#behind = true
    this.#queue.wake(this, true)
  }

  /**
   * Deletions with new stamps, which would be known here alone, would win here against what others wrote before them and
   * have yet to commit.
   */
  #withDeletions(snapshot: StoredChanges): StoredChanges {
    const kept = new Set([...snapshot.entries, ...this.unsaved()].map(entryKey))
    const gone = this.#handlers.recall().filter((entry) => entry.value !== null && !kept.has(entryKey(entry)))
    return {
      ...snapshot,
      entries: [...snapshot.entries, ...gone.map((entry) => ({ ...entry, value: null }))],
    }
  }

  /** Adds to the number of entries that the queue is responsible for; those under way count. */
  #weigh(): Promise<void> | undefined {
    if (this.#closed) return undefined
    const weight = this.#pending.size + this.#taken.length
    const change = weight - this.#weight
    this.#weight = weight
    return this.#queue.weigh(this, change)
  }
}
