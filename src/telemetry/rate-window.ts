const SECONDS = 60

/** How often something happened per second over the last minute. Constant memory; no timer. */
export class RateWindow {
  readonly #now: () => number
  readonly #counts = new Float64Array(SECONDS)
  readonly #startedAt: number
  #second: number

  /** @param now - milliseconds on a monotonic clock */
  constructor(now: () => number) {
    this.#now = now
    this.#startedAt = now()
    this.#second = Math.floor(this.#startedAt / 1_000)
  }

  add(count: number): void {
    const slot = this.#advance() % SECONDS
    this.#counts[slot] = (this.#counts[slot] ?? 0) + count
  }

  /** Per second, over the last minute, or since the start if that is shorter. */
  rate(): number {
    this.#advance()
    const seconds = Math.min(SECONDS, Math.max(1, (this.#now() - this.#startedAt) / 1_000))
    return this.#counts.reduce((sum, count) => sum + count, 0) / seconds
  }

  /** Drops the seconds that are over a minute old; returns the current one. */
  #advance(): number {
    const second = Math.max(this.#second, Math.floor(this.#now() / 1_000))
    const passed = Math.min(SECONDS, second - this.#second)
    for (let i = 1; i <= passed; i++) this.#counts[(this.#second + i) % SECONDS] = 0
    this.#second = second
    return second
  }
}
