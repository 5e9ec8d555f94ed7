import { type Clock, LazyMap, steadyMs } from '../core/index.ts'

/** As many origins are remembered; then the one that was held first is forgotten. */
const MAX_ORIGINS = 1_000

/** The origins that asked to be left alone for a while (Retry-After), until when on the steady clock. */
export class Holds {
  readonly #clock: Clock
  readonly #until = new LazyMap<string, number>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** How many origins are held, at most: none, as a rule. */
  get size(): number {
    return this.#until.size
  }

  /** The origin asked to be left alone; a longer wait that it asked for before still holds. */
  hold(origin: string, forMs: number): void {
    const until = Math.max(this.#until.get(origin) ?? 0, steadyMs(this.#clock) + forMs)
    this.#until.delete(origin)
    this.#until.set(origin, until)
    if (this.#until.size > MAX_ORIGINS) this.#until.delete(this.#until.keys().next().value as string)
  }

  /** What is left of the wait, in milliseconds; 0 when there is none. */
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
