import type { DocumentTokens } from '../../browser/index.ts'
import { LazyMap, LazySet } from '../../core/index.ts'

const MAX_ITEMS = 4096
const MAX_ITEMS_OF_ORIGIN = 512

export type DocumentItem = 'session' | 'meta'

/**
 * The sessionStorage items and metas of documents, as they were last seen, by origin. Of several documents that differ, the
 * value counts that came last.
 */
export class DocumentValues {
  readonly #origins = new LazyMap<string, Map<string, string>>()
  /** What the open documents showed the last time, by origin and key. */
  readonly #shown = new LazyMap<string, Map<string, readonly string[]>>()
  /** Origins of which a document was read. */
  readonly #read = new LazySet<string>()
  #size = 0

  /** Whether a document of the origin was read. */
  hasRead(origin: string): boolean {
    return this.#read.has(origin)
  }

  get(kind: DocumentItem, origin: string, name: string): string | undefined {
    return this.#origins.get(origin)?.get(`${kind} ${name}`)
  }

  *of(origin: string): Iterable<[kind: DocumentItem, name: string, value: string]> {
    for (const [key, value] of this.#origins.get(origin) ?? []) {
      const at = key.indexOf(' ')
      yield [key.slice(0, at) as DocumentItem, key.slice(at + 1), value]
    }
  }

  /**
   * Takes in what live documents hold. What an origin's open documents no longer hold is gone; of an origin without any the
   * last known holds on.
   */
  note(documents: readonly DocumentTokens[]): void {
    const origins = new Map<string, Map<string, string[]>>()
    for (const { origin, session, meta } of documents) {
      const values = origins.get(origin) ?? new Map<string, string[]>()
      origins.set(origin, values)
      const add = (key: string, value: string) => {
        const others = values.get(key)
        if (others) others.push(value)
        else if (values.size < MAX_ITEMS_OF_ORIGIN) values.set(key, [value])
      }
      for (const [name, value] of session) add(`session ${name}`, value)
      for (const [name, value] of meta) add(`meta ${name}`, value)
    }
    for (const [origin, values] of origins) this.#take(origin, values)
  }

  /** A document of the origin that no page shows had this. */
  set(kind: DocumentItem, origin: string, name: string, value: string): void {
    let values = this.#origins.get(origin)
    if (!values) {
      values = new Map()
      this.#origins.set(origin, values)
    }
    const key = `${kind} ${name}`
    if (!values.has(key)) {
      if (values.size >= MAX_ITEMS_OF_ORIGIN || this.#size >= MAX_ITEMS) return
      this.#size++
    }
    values.set(key, value)
  }

  #take(origin: string, values: ReadonlyMap<string, readonly string[]>): void {
    this.#read.add(origin)
    const before = this.#shown.get(origin)
    this.#shown.set(origin, new Map(values))
    const current = this.#origins.get(origin)
    for (const key of before?.keys() ?? []) {
      if (!values.has(key) && current?.delete(key)) this.#size--
    }
    for (const [key, now] of values) {
      const old = before?.get(key)
      const news = old ? now.filter((value) => !old.includes(value)) : now
      const at = key.indexOf(' ')
      const [kind, name] = [key.slice(0, at) as DocumentItem, key.slice(at + 1)]
      const held = this.get(kind, origin, name)
      // A document that was there before says nothing new: what came meanwhile, over HTTP, holds.
      const gone = old?.some((value) => value === held && !now.includes(value)) ?? false
      const value = news.at(-1) ?? (gone || held === undefined ? now.at(-1) : held)
      if (value !== undefined) this.set(kind, origin, name, value)
    }
  }
}
