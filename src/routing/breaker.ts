import { type Clock, OnejarError } from '../core/index.ts'

const FIRST_PAUSE_MS = 1_000
const MAX_PAUSE_MS = 5 * 60_000

/** As many origins are watched; then the one that failed first is forgotten. */
const MAX_ORIGINS = 10_000

interface Trouble {
  readonly failures: number
  /** Epoch milliseconds; before it no new attempt is made. */
  readonly until: number
  readonly error: OnejarError
}

/**
 * Keeps a costly thing that has just failed from being tried again at once: after each failure in a row the pause is twice
 * as long, up to five minutes.
 *
 * States per key: closed -> (fails) -> open until its pause is over -> half-open: one attempt -> closed or open.
 */
export class Breaker {
  readonly #clock: Clock
  readonly #troubles = new Map<string, Trouble>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** @throws OnejarError the code of the last failure, with `retryAfterMs`, while the pause lasts */
  check(key: string): void {
    const trouble = this.#troubles.get(key)
    if (trouble === undefined) return
    const retryAfterMs = trouble.until - this.#clock.now()
    if (retryAfterMs <= 0) return
    const { error, failures } = trouble
    throw new OnejarError(
      error.code,
      `${key} is not tried again for ${retryAfterMs} ms: the last visit failed`,
      {
        cause: error,
        retryAfterMs,
        details: { ...error.details, origin: key, failures, retryAfterMs },
      },
    )
  }

  /** @param atLeastMs - a pause that the other side asked for */
  failed(key: string, error: OnejarError, atLeastMs = 0): void {
    const failures = (this.#troubles.get(key)?.failures ?? 0) + 1
    const pauseMs = Math.max(atLeastMs, Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (failures - 1)))
    this.#troubles.delete(key)
    this.#troubles.set(key, { failures, until: this.#clock.now() + pauseMs, error })
    if (this.#troubles.size <= MAX_ORIGINS) return
    const [oldest] = this.#troubles.keys()
    this.#troubles.delete(oldest as string)
  }

  succeeded(key: string): void {
    this.#troubles.delete(key)
  }
}
