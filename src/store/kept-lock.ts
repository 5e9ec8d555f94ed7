import type { StoreLock } from './port.ts'

/** So often a lock is extended within the time that it lasts. */
const EXTENSIONS = 4

/**
 * Takes a lock, and keeps it until it is released.
 *
 * @param acquire - asks for it; null where somebody holds it
 * @param ttlMs - how long the lock lasts when its holder dies
 * @returns null where somebody holds it
 * @throws what `acquire` throws
 */
export async function keepLock(
  acquire: (ttlMs: number) => Promise<StoreLock | null>,
  ttlMs: number,
): Promise<KeptLock | null> {
  const askedAt = performance.now()
  const lock = await acquire(ttlMs)
  return lock && new KeptLock(lock, ttlMs, askedAt + ttlMs)
}

/** A lock that is extended while it is held: the one way in which a lock is kept alive. Its timer keeps no process alive. */
export class KeptLock {
  readonly #lock: StoreLock
  readonly #ttlMs: number
  readonly #timer: NodeJS.Timeout
  readonly #onLoss = Promise.withResolvers<void>()
  /** On the clock of `performance.now()`: until then nobody else can have it. */
  #leaseEnd: number
  #lost = false

  constructor(lock: StoreLock, ttlMs: number, leaseEnd: number) {
    this.#lock = lock
    this.#ttlMs = ttlMs
    this.#leaseEnd = leaseEnd
    this.#timer = setInterval(() => void this.#extend(), ttlMs / EXTENSIONS).unref()
  }

  /** The lock that is kept. */
  get lock(): StoreLock {
    return this.#lock
  }

  /**
   * Whether nobody else can have acquired the lock in the meantime: a process that was stopped for long does not know. Asks the
   * store only after such a stop, and once more where the first question was overtaken by its own time limit.
   */
  async holds(): Promise<boolean> {
    for (let attempt = 1; attempt <= 2 && !this.#lost && this.#lapsed; attempt++) await this.#extend()
    return !this.#lost && !this.#lapsed
  }

  /** Resolves when somebody else has acquired the lock. */
  get lost(): Promise<void> {
    return this.#onLoss.promise
  }

  /** Lets it lapse: it is not extended any more, and not given back yet. */
  stop(): void {
    clearInterval(this.#timer)
  }

  /** Gives it back. While the store is away it lapses by itself. */
  async release(): Promise<void> {
    this.stop()
    await this.#lock.release().catch(() => {})
  }

  get #lapsed(): boolean {
    return performance.now() >= this.#leaseEnd
  }

  async #extend(): Promise<void> {
    const askedAt = performance.now()
    try {
      if (await this.#lock.extend(this.#ttlMs)) this.#leaseEnd = askedAt + this.#ttlMs
      else {
        this.#lost = true
        this.#onLoss.resolve()
      }
    } catch {
      // The store is away: that does not matter until the lease ends.
    }
  }
}
