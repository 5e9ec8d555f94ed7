/** The live localStorage items of a record, by origin. An index: the entries with their stamps are the truth. */
export class LocalItems {
  readonly #origins = new Map<string, Map<string, string>>()

  get(origin: string, key: string): string | undefined {
    return this.#origins.get(origin)?.get(key)
  }

  /** The items of an origin, in the order they were first written; empty when there are none. */
  of(origin: string): ReadonlyMap<string, string> {
    return this.#origins.get(origin) ?? NONE
  }

  origins(): string[] {
    return [...this.#origins.keys()]
  }

  set(origin: string, key: string, value: string): void {
    let items = this.#origins.get(origin)
    if (!items) {
      items = new Map()
      this.#origins.set(origin, items)
    }
    items.set(key, value)
  }

  delete(origin: string, key: string): void {
    const items = this.#origins.get(origin)
    if (!items?.delete(key)) return
    if (items.size === 0) this.#origins.delete(origin)
  }
}

const NONE: ReadonlyMap<string, string> = new Map()
