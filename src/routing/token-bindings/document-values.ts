import type { DocumentTokens } from '../../browser/index.ts'
import { LazyMap, LazySet } from '../../core/index.ts'

const MAX_ITEMS = 4096
const MAX_ITEMS_OF_ORIGIN = 512

export type DocumentItem = 'session' | 'meta'

/** The values that documents have under one key, and the tabs that they are in. */
interface Shown {
  readonly values: string[]
  readonly tabs: Set<string>
}

/**
 * The sessionStorage items and metas of documents, as they were last seen, by origin. Of several documents that differ, the
 * value counts that came last.
 */
export class DocumentValues {
  readonly #origins = new LazyMap<string, Map<string, string>>()
  /** What the open documents showed the last time, by origin and key. */
  readonly #shown = new LazyMap<string, ReadonlyMap<string, Shown>>()
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
   * Takes in what live documents hold. What a tab no longer shows of an origin that it still shows is gone; of a tab that was
   * closed, or has left the origin, the last known holds on: another one never had it.
   */
  note(documents: readonly DocumentTokens[]): void {
    const origins = new Map<string, { readonly items: Map<string, Shown>; readonly tabs: Set<string> }>()
    for (const { origin, tab, session, meta } of documents) {
      const known = origins.get(origin) ?? { items: new Map<string, Shown>(), tabs: new Set<string>() }
      origins.set(origin, known)
      known.tabs.add(tab)
      const add = (key: string, value: string) => {
        const others = known.items.get(key)
        if (others) {
          others.values.push(value)
          others.tabs.add(tab)
        } else if (known.items.size < MAX_ITEMS_OF_ORIGIN) {
          known.items.set(key, { values: [value], tabs: new Set([tab]) })
        }
      }
      for (const [name, value] of session) add(`session ${name}`, value)
      for (const [name, value] of meta) add(`meta ${name}`, value)
    }
    for (const [origin, { items, tabs }] of origins) this.#take(origin, items, tabs)
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

  #take(origin: string, items: Map<string, Shown>, tabs: ReadonlySet<string>): void {
    this.#read.add(origin)
    const before = this.#shown.get(origin)
    const current = this.#origins.get(origin)
    const left: [string, Shown][] = []
    for (const [key, shown] of before ?? []) {
      if (items.has(key)) continue
      if (![...shown.tabs].some((tab) => tabs.has(tab))) left.push([key, shown])
      else if (current?.delete(key)) this.#size--
    }
    for (const [key, { values: now }] of items) {
      const old = before?.get(key)?.values
      const fresh = old ? now.filter((value) => !old.includes(value)) : now
      const at = key.indexOf(' ')
      const [kind, name] = [key.slice(0, at) as DocumentItem, key.slice(at + 1)]
      const held = this.get(kind, origin, name)
      // A document that was there before says nothing new: what came meanwhile, over HTTP, holds.
      const gone = old?.some((value) => value === held && !now.includes(value)) ?? false
      const value = fresh.at(-1) ?? (gone || held === undefined ? now.at(-1) : held)
      if (value !== undefined) this.set(kind, origin, name, value)
    }
    for (const [key, shown] of left) if (items.size < MAX_ITEMS_OF_ORIGIN) items.set(key, shown)
    this.#shown.set(origin, items)
  }
}
