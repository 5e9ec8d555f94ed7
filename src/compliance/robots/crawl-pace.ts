/** When an origin may be asked next; one per origin. */
export class CrawlPace {
  #nextAt = 0

  /**
   * Takes the next free place.
   *
   * @param delayMs - what lies between two requests
   * @param now - on a clock that nobody sets
   * @returns when the request may go, on that clock; `now` or later
   */
  take(delayMs: number, now: number): number {
    const at = Math.max(now, this.#nextAt)
    this.#nextAt = at + delayMs
    return at
  }

  /** When the next request could go. */
  next(now: number): number {
    return Math.max(now, this.#nextAt)
  }

  /** Gives a place back that is not used; it is free for others only when it was the last. */
  giveBack(at: number, delayMs: number): void {
    if (this.#nextAt === at + delayMs) this.#nextAt = at
  }
}
