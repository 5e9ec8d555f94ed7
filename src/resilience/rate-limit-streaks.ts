import { LazyMap } from '../core/index.ts'

/** As many origins are remembered; then the one that was met first goes. */
const MAX_ORIGINS = 1_000

/**
 * How often in a row an origin has answered 429. Requests that were on their way together count once: only one that was sent
 * after the last refusal had come was sent in spite of it.
 */
export class RateLimitStreaks {
  readonly #streaks = new LazyMap<string, { count: number; refusedAt: number }>()

  /** How many origins have refused last; none, as a rule. */
  get size(): number {
    return this.#streaks.size
  }

  /**
   * A 429 has come. Both instants are on one clock.
   *
   * @returns how many there were in a row; 0 for one that does not count
   */
  refused(origin: string, sentAt: number, now: number): number {
    const streak = this.#streaks.get(origin)
    if (streak === undefined) {
      if (this.#streaks.size >= MAX_ORIGINS) this.#streaks.delete(this.#streaks.keys().next().value as string)
      this.#streaks.set(origin, { count: 1, refusedAt: now })
      return 1
    }
    if (sentAt < streak.refusedAt) return 0
    streak.refusedAt = now
    return ++streak.count
  }

  /** The origin has answered otherwise, or a person has taken care of it. */
  end(origin: string): void {
    this.#streaks.delete(origin)
  }
}
