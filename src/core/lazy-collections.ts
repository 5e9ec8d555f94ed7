/**
 * A Map that takes no memory while it is empty, for the many maps that most sessions never fill: a built-in Map takes
 * 200 bytes when empty.
 */
export class LazyMap<Key, Value> {
  #map: Map<Key, Value> | undefined

  get size(): number {
    return this.#map?.size ?? 0
  }

  get(key: Key): Value | undefined {
    return this.#map?.get(key)
  }

  has(key: Key): boolean {
    return this.#map?.has(key) ?? false
  }

  set(key: Key, value: Value): this {
    this.#map ??= new Map()
    this.#map.set(key, value)
    return this
  }

  delete(key: Key): boolean {
    const gone = this.#map?.delete(key) ?? false
    if (this.#map?.size === 0) this.#map = undefined
    return gone
  }

  clear(): void {
    this.#map = undefined
  }

  keys(): IterableIterator<Key> {
    return (this.#map ?? NOTHING).keys()
  }

  values(): IterableIterator<Value> {
    return (this.#map ?? NOTHING).values()
  }

  entries(): IterableIterator<[Key, Value]> {
    return (this.#map ?? NOTHING).entries()
  }

  [Symbol.iterator](): IterableIterator<[Key, Value]> {
    return this.entries()
  }
}

/** A Set that takes no memory while it is empty. */
export class LazySet<Value> {
  #set: Set<Value> | undefined

  get size(): number {
    return this.#set?.size ?? 0
  }

  has(value: Value): boolean {
    return this.#set?.has(value) ?? false
  }

  add(value: Value): this {
    this.#set ??= new Set()
    this.#set.add(value)
    return this
  }

  delete(value: Value): boolean {
    const gone = this.#set?.delete(value) ?? false
    if (this.#set?.size === 0) this.#set = undefined
    return gone
  }

  clear(): void {
    this.#set = undefined
  }

  [Symbol.iterator](): IterableIterator<Value> {
    return (this.#set ?? NOTHING).values()
  }
}

const NOTHING = new Map<never, never>()
