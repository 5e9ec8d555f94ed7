import { type Clock, LazyMap, steadyMs } from '../core/index.ts'

/** At most this many origins are remembered; then the one that was paused first is dropped. */
const MAX_ORIGINS = 1_000

/** The origins that asked for a pause (Retry-After), and its end on the steady clock. */
export class RateLimitPauses {
  readonly #clock: Clock
  readonly #until = new LazyMap<string, number>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** How many origins may be paused; usually 0. */
  get size(): number {
    return this.#until.size
  }

  /** Pauses requests to an origin; a longer pause that it asked for before stays. */
  pause(origin: string, forMs: number): void {
    const until = Math.max(this.#until.get(origin) ?? 0, steadyMs(this.#clock) + forMs)
    this.#until.delete(origin)
    this.#until.set(origin, until)
    if (this.#until.size > MAX_ORIGINS) this.#until.delete(this.#until.keys().next().value as string)
  }

  /** The rest of the pause, in milliseconds; 0 when there is none. */
  leftMs(origin: string): number {
    const until = this.#until.get(origin)
    if (until === undefined) return 0
    const left = until - steadyMs(this.#clock)
    if (left <= 0) this.#until.delete(origin)
    return Math.max(0, left)
  }

  lift(origin: string): void {
    this.#until.delete(origin)
  }
}
