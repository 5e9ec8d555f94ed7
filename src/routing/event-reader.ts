/** That a listener has lost the oldest events, as it did not keep up. */
export interface LostEvents {
  /** What kind of event it is. */
  readonly type: 'lost'
  /** Epoch milliseconds. */
  readonly at: number
  /** How many events were lost. */
  readonly count: number
}

const MAX_WAITING = 10_000

/** The events that one listener has yet to see. One that does not keep up loses the oldest, and gets their number. */
export class EventReader<Event> implements AsyncIterableIterator<Event | LostEvents> {
  readonly #waiting: Event[] = []
  readonly #onLeave: () => void
  #lost = 0
  #ended = false
  /** Those who wait for an event, the first first. */
  #sleepers: Array<() => void> = []

  constructor(onLeave: () => void) {
    this.#onLeave = onLeave
  }

  put(event: Event): void {
    if (this.#waiting.length >= MAX_WAITING) {
      this.#waiting.shift()
      this.#lost++
    }
    this.#waiting.push(event)
    this.#sleepers.shift()?.()
  }

  end(): void {
    this.#ended = true
    for (const wake of this.#sleepers.splice(0)) wake()
  }

  async next(): Promise<IteratorResult<Event | LostEvents>> {
    for (;;) {
      if (this.#lost > 0) {
        const count = this.#lost
        this.#lost = 0
        return { done: false, value: { type: 'lost', at: Date.now(), count } }
      }
      const value = this.#waiting.shift()
      if (value) return { done: false, value }
      if (this.#ended) return { done: true, value: undefined }
      await new Promise<void>((resolve) => {
        this.#sleepers.push(resolve)
      })
    }
  }

  async return(): Promise<IteratorResult<Event | LostEvents>> {
    this.#onLeave()
    this.end()
    this.#waiting.length = 0
    return { done: true, value: undefined }
  }

  [Symbol.asyncIterator](): this {
    return this
  }
}
