import { LazyMap } from '../core/index.ts'
import { splitLocalId } from './entry.ts'
import type { Stamp } from './stamp.ts'
import { ownText, sharedName } from './texts.ts'

/** Texts up to this length are copied, so that they do not keep the longer text alive that they are part of. */
const OWN_CHARS = 1_024

/** One item, without what it shares with its neighbours. */
class LocalItem {
  readonly value: string
  readonly #time: number
  readonly #writer: string

  constructor(value: string, stamp: Stamp) {
    this.value = value
    this.#time = stamp.time
    this.#writer = stamp.writer
  }

  get stamp(): Stamp {
    return { time: this.#time, writer: this.#writer }
  }
}

/** The live localStorage items of a record with their stamps, by origin. */
export class LocalItems {
  readonly #origins = new LazyMap<string, Map<string, LocalItem>>()

  get(origin: string, key: string): string | undefined {
    return this.#origins.get(origin)?.get(key)?.value
  }

  /** What is under this id (see `localId`), and since when. */
  find(id: string): { readonly value: string; readonly stamp: Stamp } | undefined {
    const { origin, key } = splitLocalId(id)
    return this.#origins.get(origin)?.get(key)
  }

  /** The items of an origin, in the order they were first written; empty when there are none. Made afresh. */
  of(origin: string): ReadonlyMap<string, string> {
    const items = new Map<string, string>()
    for (const [key, { value }] of this.#origins.get(origin) ?? []) items.set(key, value)
    return items
  }

  origins(): string[] {
    return [...this.#origins.keys()]
  }

  /** Every item with its stamp. */
  *all(): IterableIterator<{ origin: string; key: string; value: string; stamp: Stamp }> {
    for (const [origin, items] of this.#origins) {
      for (const [key, { value, stamp }] of items) yield { origin, key, value, stamp }
    }
  }

  set(id: string, text: string, stamp: Stamp): void {
    const { origin, key } = splitLocalId(id)
    const value = text.length <= OWN_CHARS ? ownText(text) : text
    let items = this.#origins.get(origin)
    if (!items) {
      items = new Map()
      this.#origins.set(sharedName(origin), items)
    }
    items.set(sharedName(key), new LocalItem(value, stamp))
  }

  delete(id: string): void {
    const { origin, key } = splitLocalId(id)
    const items = this.#origins.get(origin)
    if (!items?.delete(key)) return
    if (items.size === 0) this.#origins.delete(origin)
  }
}
