import { ignore, isOnejarError } from '../../core/index.ts'
import { type KeptLock, keepLock, type StoreLock } from '../../store/index.ts'

/** What the processes that share a session's store have in common. */
export interface SharedStore {
  /** Takes a lock in the session, or returns null when somebody holds it. @throws OnejarError ONEJAR_STORE_UNAVAILABLE */
  acquireLock(purpose: string, ttlMs: number): Promise<StoreLock | null>
  /** Calls back when another process has written the session or released a lock in it. Returns what ends it. */
  subscribe(onChange: () => void): Promise<() => Promise<void>>
  /** Reads into the record what others have written. */
  catchUp(): Promise<void>
  /** Resolves when the store holds the record. */
  flush(): Promise<void>
}

/** How long a process that died during a solve keeps the others waiting. */
const TTL_MS = 10_000
/** No event says that a lock has lapsed: it is asked for again and again. */
const ASK_EVERY_MS = 1_000

/**
 * A lock for each origin of a session: one process at a time solves a challenge there. The others wait until it is released, or
 * until its process has been dead for ten seconds. While the store is away, each process solves on its own.
 */
export class SolveLocks {
  readonly #shared: SharedStore
  readonly #closing: AbortSignal

  /** @param closing - ends the waiting */
  constructor(shared: SharedStore, closing: AbortSignal) {
    this.#shared = shared
    this.#closing = closing
  }

  /**
   * Resolves when this process holds the lock, with what others wrote before in the record. Two round trips when no other
   * process solves.
   *
   * @throws the reason of the closing signal
   */
  async acquire(origin: string): Promise<SolveLock> {
    const shared = this.#shared
    const purpose = `visit ${origin}`
    const change = new Change()
    let unsubscribe: (() => Promise<void>) | undefined
    try {
      for (;;) {
        this.#closing.throwIfAborted()
        const held = await keepLock((ttlMs) => shared.acquireLock(purpose, ttlMs), TTL_MS)
        if (held) {
          await shared.catchUp().catch(ignore)
          return new SolveLock(shared, held)
        }
        // What was released between the question and the subscription is asked for once more.
        if (unsubscribe) await change.next(ASK_EVERY_MS, this.#closing)
        else unsubscribe = await shared.subscribe(() => change.came())
      }
    } catch (error) {
      if (!isOnejarError(error, 'ONEJAR_STORE_UNAVAILABLE')) throw error
      return new SolveLock(shared, null)
    } finally {
      await unsubscribe?.().catch(ignore)
    }
  }
}

/** The lock of one origin, kept while it is held. While the store is away there is none, and nobody to lose it to. */
export class SolveLock {
  readonly #shared: SharedStore
  readonly #lock: KeptLock | null

  constructor(shared: SharedStore, lock: KeptLock | null) {
    this.#shared = shared
    this.#lock = lock
  }

  /** Whether no other process can have acquired the lock in the meantime; see `KeptLock.holds`. */
  holds(): Promise<boolean> {
    return this.#lock?.holds() ?? Promise.resolve(true)
  }

  /** Resolves when another process has acquired the lock. */
  get lost(): Promise<void> {
    return this.#lock?.lost ?? new Promise(() => {})
  }

  /** What others wrote is in the record afterwards. */
  catchUp(): Promise<void> {
    return this.#shared.catchUp().catch(ignore)
  }

  /** Stores what this process wrote, and releases the lock. */
  async release(): Promise<void> {
    if (!this.#lock) return
    this.#lock.stop()
    await this.#shared.flush().catch(ignore)
    await this.#lock.release()
  }
}

/** Waits for a change that may have come already. */
class Change {
  #has = false
  #wake: (() => void) | undefined

  came(): void {
    this.#has = true
    this.#wake?.()
  }

  async next(timeoutMs: number, signal: AbortSignal): Promise<void> {
    if (!this.#has) {
      const { promise, resolve } = Promise.withResolvers<void>()
      const wake = () => resolve()
      this.#wake = wake
      const timer = setTimeout(wake, timeoutMs)
      signal.addEventListener('abort', wake)
      await promise
      clearTimeout(timer)
      signal.removeEventListener('abort', wake)
    }
    this.#has = false
    this.#wake = undefined
  }
}
