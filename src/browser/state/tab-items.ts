import type { CdpLink } from '../devtools/cdp-link.ts'
import type { DocumentView } from '../targets/document-view.ts'

type Items = Map<string, string>

/** What a tab holds of one origin, as far as it is known. */
interface Area {
  items: Items
  /** False until it was read: a popup starts with what its opener had. */
  known: boolean
}

/** A change of sessionStorage, as the browser reports it. */
export interface ItemChange {
  readonly origin: string
  /** Null for all items. */
  readonly key: string | null
  /** Null where it was removed. */
  readonly value: string | null
}

/**
 * Follows the sessionStorage of several tabs, and knows for each origin which tab wrote last and what it has held since.
 * That outlives the tab.
 */
export class TabItems<Tab extends object> {
  readonly #areas = new WeakMap<Tab, Map<string, Area>>()
  /** Tabs that started with what they were given and nothing else. */
  readonly #fresh = new WeakSet<Tab>()
  readonly #latest = new Map<string, Area>()

  /** A tab starts with these items, and nothing else. */
  start(tab: Tab, given: ReadonlyMap<string, ReadonlyMap<string, string>>): void {
    this.#fresh.add(tab)
    for (const [origin, items] of given) this.#of(tab).set(origin, { items: new Map(items), known: true })
  }

  /**
   * A tab changed an item.
   *
   * @returns false where the tab has to be looked at: what it held before is not known
   */
  changed(tab: Tab, { origin, key, value }: ItemChange): boolean {
    const area = this.#area(tab, origin)
    const before = key === null ? (area.items.size > 0 ? '' : null) : (area.items.get(key) ?? null)
    // Changes that a read has found already are reported afterwards.
    if (area.known && before === value) return true
    if (key === null) area.items.clear()
    else if (value === null) area.items.delete(key)
    else area.items.set(key, value)
    this.#note(origin, area)
    return area.known
  }

  /**
   * What a tab's documents hold: what differs from what is known was written since.
   *
   * @param young - it was opened just now: what it has and its opener has not, its script wrote
   */
  seen(tab: Tab, views: readonly DocumentView[], young = false): void {
    for (const { origin, items } of views) {
      if (items === null || !/^https?:/.test(origin)) continue
      const area = this.#area(tab, origin)
      const wrote = (area.known || (young && items.size > 0)) && !equalItems(area.items, items)
      area.items = new Map(items)
      area.known = true
      if (wrote || (items.size > 0 && !this.#latest.has(origin))) this.#note(origin, area)
    }
  }

  #note(origin: string, area: Area): void {
    this.#latest.delete(origin)
    this.#latest.set(origin, area)
  }

  /** What was written last, by origin, the oldest first; without those that no tab has written to. */
  *latest(): Iterable<[origin: string, items: ReadonlyMap<string, string>]> {
    for (const [origin, { items }] of this.#latest) yield [origin, items]
  }

  /** What a tab holds of an origin; undefined where it was not read. */
  of(tab: Tab, origin: string): ReadonlyMap<string, string> | undefined {
    const area = this.#areas.get(tab)?.get(origin)
    return area?.known ? area.items : undefined
  }

  #of(tab: Tab): Map<string, Area> {
    let areas = this.#areas.get(tab)
    if (!areas) {
      areas = new Map()
      this.#areas.set(tab, areas)
    }
    return areas
  }

  #area(tab: Tab, origin: string): Area {
    const areas = this.#of(tab)
    let area = areas.get(origin)
    if (!area) {
      const known = this.#fresh.has(tab)
      area = { items: new Map(known ? [] : this.#latest.get(origin)?.items), known }
      areas.set(origin, area)
    }
    return area
  }
}

/** Has the browser report each change of sessionStorage in a page's own documents, those of other sites' frames left out. */
export async function watchItems(link: CdpLink, onChange: (change: ItemChange) => void): Promise<void> {
  const on = (event: string, changeOf: (event: StorageEvent) => Omit<ItemChange, 'origin'>) => {
    link.on(`DOMStorage.${event}`, (params) => {
      const change = params as unknown as StorageEvent
      const { isLocalStorage, storageKey = '', securityOrigin = '' } = change.storageId
      const origin = (storageKey || securityOrigin).replace(/\/$/, '')
      if (!isLocalStorage && /^https?:\/\/[^/^]+$/.test(origin)) onChange({ origin, ...changeOf(change) })
    })
  }
  on('domStorageItemAdded', ({ key = '', newValue = '' }) => ({ key, value: newValue }))
  on('domStorageItemUpdated', ({ key = '', newValue = '' }) => ({ key, value: newValue }))
  on('domStorageItemRemoved', ({ key = '' }) => ({ key, value: null }))
  on('domStorageItemsCleared', () => ({ key: null, value: null }))
  await link.send('DOMStorage.enable')
}

/** Whether two areas hold the same. */
export function equalItems(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean {
  if (a.size !== b.size) return false
  for (const [key, value] of a) if (b.get(key) !== value) return false
  return true
}

interface StorageEvent {
  readonly storageId: {
    readonly isLocalStorage: boolean
    readonly storageKey?: string
    readonly securityOrigin?: string
  }
  readonly key?: string
  readonly newValue?: string
}
