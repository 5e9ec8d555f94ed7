/** The two ways of a barrier: from the pages into the record, and back. */
export type Direction = 'pull' | 'push'

/**
 * What a context and a record do with each other, one after the other. Callers that want the same barrier while it waits for
 * its turn share it; one that has begun may have missed what the caller wrote, so the next is another.
 */
export class BarrierQueue {
  #last: Promise<void> = Promise.resolve()
  readonly #waiting = new Map<Direction, Promise<void>>()

  /** Runs after everything that was asked for before. A failure concerns only its own caller. */
  run(work: () => Promise<void>): Promise<void> {
    const mine = this.#last.then(work)
    this.#last = mine.catch(() => {})
    return mine
  }

  /** Joins the barrier of this direction that has not begun, or has this one run in turn. */
  share(direction: Direction, work: () => Promise<void>): Promise<void> {
    let waiting = this.#waiting.get(direction)
    if (waiting === undefined) {
      waiting = this.run(() => {
        this.#waiting.delete(direction)
        return work()
      })
      this.#waiting.set(direction, waiting)
    }
    return waiting
  }

  /** Resolves with the barrier of this direction that waits; where none does, when all that was asked for is done. */
  after(direction: Direction): Promise<void> {
    return this.#waiting.get(direction) ?? this.#last
  }
}
