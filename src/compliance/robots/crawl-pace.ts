/** The pace of requests to one origin. */
export class CrawlPace {
  #nextAt = 0

  /**
   * Reserves the next slot: `delayMs` after the last one, or now.
   *
   * @param delayMs - the pause between two requests
   * @param now - milliseconds on a monotonic clock
   * @returns when the request may be sent, on that clock; `now` or later
   */
  take(delayMs: number, now: number): number {
    const at = Math.max(now, this.#nextAt)
    this.#nextAt = at + delayMs
    return at
  }

  /** When the next request could be sent. */
  next(now: number): number {
    return Math.max(now, this.#nextAt)
  }

  /** Gives back a slot that was not used. Only the last reserved one becomes free again. */
  giveBack(at: number, delayMs: number): void {
    if (this.#nextAt === at + delayMs) this.#nextAt = at
  }
}
