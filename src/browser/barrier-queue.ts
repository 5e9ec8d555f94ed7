import { setImmediate } from 'node:timers/promises'

/** The two ways of a barrier: from the pages into the record, and back. */
export type Direction = 'pull' | 'push'

interface Waiting {
  readonly promise: Promise<void>
  done(): void
}

/**
 * What a context and a record do with each other, one after the other. Callers that want the same barrier while it waits for
 * its turn share it; one that has begun may have missed what the caller wrote, so the next is another.
 */
export class BarrierQueue {
  #last: Promise<void> = Promise.resolve()
  readonly #waiting = new Map<Direction, Waiting>()

  /** Runs after everything that was asked for before. A failure concerns only its own caller. */
  run(work: () => Promise<void>): Promise<void> {
    const mine = this.#last.then(work)
    this.#last = mine.catch(() => {})
    return mine
  }

  /** Joins the barrier of this direction that has not begun, or has this one run in turn. */
  share(direction: Direction, work: () => Promise<void>): Promise<void> {
    const waiting = this.#waiting.get(direction)
    if (waiting !== undefined) return waiting.promise
    let isDone = false
    const promise = this.run(async () => {
      if (isDone) return
      // Who asks in the same turn of the event loop, as requests do whose responses came together, joins.
      await setImmediate()
      if (this.#waiting.get(direction)?.promise === promise) this.#waiting.delete(direction)
      await work()
    })
    const done = () => {
      isDone = true
    }
    this.#waiting.set(direction, { promise, done })
    return promise
  }

  /**
   * Has what runs now do the barrier of this direction that has not begun, too; who wants that barrier from now on gets
   * another.
   *
   * @returns to be called once it is done: otherwise it runs later, as it would have; undefined where none waits
   */
  absorb(direction: Direction): (() => void) | undefined {
    const waiting = this.#waiting.get(direction)
    this.#waiting.delete(direction)
    return waiting?.done
  }

  /** Resolves with the barrier of this direction that waits; where none does, when all that was asked for is done. */
  after(direction: Direction): Promise<void> {
    return this.#waiting.get(direction)?.promise ?? this.#last
  }
}
