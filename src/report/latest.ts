/** The last of many things, and how many there were: bounded, however long it goes on. */
export class Latest<T> {
  readonly #max: number
  #items: T[] = []
  #count = 0

  /** @param max - how many are kept */
  constructor(max: number) {
    this.#max = max
  }

  add(item: T): void {
    this.#count++
    this.#items.push(item)
    // Twice as many are held before half of them go, so that most additions move nothing.
    if (this.#items.length >= 2 * this.#max) this.#items = this.#items.slice(-this.#max)
  }

  /** The ones that are kept, the oldest first. */
  get items(): readonly T[] {
    return this.#items.length > this.#max ? this.#items.slice(-this.#max) : [...this.#items]
  }

  /** How many there were. */
  get count(): number {
    return this.#count
  }

  /** How many there were that are not kept. */
  get left(): number {
    return Math.max(0, this.#count - this.#max)
  }
}
