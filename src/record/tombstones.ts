import { siteOfHost } from './cookies/index.ts'
import { type Entry, entryKey, splitLocalId } from './entry.ts'

/** The limit of remembered deletions for one site's cookies, one origin's items, and each other kind of entry. */
const MAX_OF_ONE = 1_000
/** The limit for a whole record. */
const MAX_OF_ALL = 20_000

/**
 * Which deletions are remembered, by where they belong: a site that sets and drops cookies without end must neither fill the
 * memory nor push out what other sites deleted. The oldest ones of the same place go first.
 */
export class Tombstones {
  readonly #places = new Map<string, Set<string>>()
  #count = 0

  /**
   * Remembers a deletion.
   *
   * @returns the keys (see `entryKey`) of those that are to be forgotten for it
   */
  add(entry: Entry): string[] {
    const place = placeOf(entry)
    const key = entryKey(entry)
    const keys = this.#places.get(place) ?? new Set<string>()
    if (!keys.delete(key)) this.#count++
    keys.add(key)
    this.#places.set(place, keys)
    const gone: string[] = []
    if (keys.size > MAX_OF_ONE) gone.push(this.#dropFirst(place, keys))
    if (this.#count > MAX_OF_ALL) {
      const [first] = this.#places
      if (first) gone.push(this.#dropFirst(...first))
    }
    return gone
  }

  /** Drops a deletion that was superseded or forgotten. */
  delete(entry: Pick<Entry, 'kind' | 'id'>): void {
    const place = placeOf(entry)
    const keys = this.#places.get(place)
    if (keys?.delete(entryKey(entry))) this.#count--
    if (keys?.size === 0) this.#places.delete(place)
  }

  #dropFirst(place: string, keys: Set<string>): string {
    const [key = ''] = keys
    keys.delete(key)
    this.#count--
    if (keys.size === 0) this.#places.delete(place)
    return key
  }
}

function placeOf({ kind, id }: Pick<Entry, 'kind' | 'id'>): string {
  if (kind === 'cookie') {
    const [domain = ''] = id.split('\n', 1)
    return `cookie ${siteOfHost(domain.startsWith('.') ? domain.slice(1) : domain)}`
  }
  return kind === 'local' ? `local ${splitLocalId(id).origin}` : kind
}
