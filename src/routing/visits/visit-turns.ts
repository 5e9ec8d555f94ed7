import { isOnejarError } from '../../core/index.ts'
import type { StoreLock } from '../../store/index.ts'

/** What the processes that share a session's store have in common. */
export interface SharedStore {
  /** Takes a lock in the session, or returns null when somebody holds it. @throws OnejarError ONEJAR_STORE_UNAVAILABLE */
  acquireLock(purpose: string, ttlMs: number): Promise<StoreLock | null>
  /** Calls back when another process has written the session or released a lock in it. Returns what ends it. */
  subscribe(onNews: () => void): Promise<() => Promise<void>>
  /** Reads into the record what others have written. */
  catchUp(): Promise<void>
  /** Resolves when the store holds the record. */
  flush(): Promise<void>
}

/** How long a process that died in mid-visit keeps the others waiting. */
const TTL_MS = 10_000
const EXTEND_EVERY_MS = 2_500
/** A lock that lapses is told to nobody: it is asked for again and again. */
const ASK_EVERY_MS = 1_000

/**
 * Lets one process at a time visit an origin for a session: the others wait until it is over, or until its process has been
 * dead for ten seconds. With the store away everybody visits for himself.
 */
export class VisitTurns {
  readonly #shared: SharedStore
  readonly #closing: AbortSignal

  /** @param closing - ends the waiting */
  constructor(shared: SharedStore, closing: AbortSignal) {
    this.#shared = shared
    this.#closing = closing
  }

  /**
   * Resolves when it is this process's turn, with what others wrote before in the record. Two round trips when nobody else
   * visits.
   *
   * @throws the reason of the closing signal
   */
  async take(origin: string): Promise<VisitTurn> {
    const shared = this.#shared
    const purpose = `visit ${origin}`
    const news = new News()
    let unsubscribe: (() => Promise<void>) | undefined
    try {
      for (;;) {
        this.#closing.throwIfAborted()
        const askedAt = performance.now()
        const lock = await shared.acquireLock(purpose, TTL_MS)
        if (lock) {
          await shared.catchUp().catch(ignore)
          return new VisitTurn(shared, lock, askedAt + TTL_MS)
        }
        // What was released between the question and the subscription is asked for once more.
        if (unsubscribe) await news.next(ASK_EVERY_MS, this.#closing)
        else unsubscribe = await shared.subscribe(() => news.came())
      }
    } catch (error) {
      if (!isOnejarError(error, 'ONEJAR_STORE_UNAVAILABLE')) throw error
      return new VisitTurn(shared, null, Number.POSITIVE_INFINITY)
    } finally {
      await unsubscribe?.().catch(ignore)
    }
  }
}

/** One process's turn at an origin: kept up while it lasts. */
export class VisitTurn {
  readonly #shared: SharedStore
  readonly #lock: StoreLock | null
  readonly #timer: NodeJS.Timeout | undefined
  /** On the clock of `performance.now()`: until then nobody else can have it. */
  #leaseEnd: number
  #lost = false
  readonly #onLoss = Promise.withResolvers<void>()

  constructor(shared: SharedStore, lock: StoreLock | null, leaseEnd: number) {
    this.#shared = shared
    this.#lock = lock
    this.#leaseEnd = leaseEnd
    if (lock) this.#timer = setInterval(() => void this.#extend(lock), EXTEND_EVERY_MS).unref()
  }

  /**
   * Whether nobody else can have taken the turn in the meantime: a process that was stopped for long does not know. Asks the
   * store only after such a stop, and once more where the first question was overtaken by its own time limit.
   */
  async holds(): Promise<boolean> {
    for (let attempt = 1; attempt <= 2 && this.#lock && !this.#lost && this.#lapsed; attempt++) {
      await this.#extend(this.#lock)
    }
    return !this.#lost && !this.#lapsed
  }

  get #lapsed(): boolean {
    return performance.now() >= this.#leaseEnd
  }

  /** Resolves when another process has taken over. */
  get lost(): Promise<void> {
    return this.#onLoss.promise
  }

  /** What others wrote is in the record afterwards. */
  catchUp(): Promise<void> {
    return this.#shared.catchUp().catch(ignore)
  }

  /** Hands what this process wrote to the store, and the turn to the next. */
  async end(): Promise<void> {
    clearInterval(this.#timer)
    if (!this.#lock) return
    await this.#shared.flush().catch(ignore)
    await this.#lock.release().catch(ignore)
  }

  async #extend(lock: StoreLock): Promise<void> {
    const askedAt = performance.now()
    try {
      if (await lock.extend(TTL_MS)) this.#leaseEnd = askedAt + TTL_MS
      else {
        this.#lost = true
        this.#onLoss.resolve()
      }
    } catch {
      // The store is away: the lease tells how long that does not matter.
    }
  }
}

/** Waits for news that may have come already. */
class News {
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

function ignore(): void {}
