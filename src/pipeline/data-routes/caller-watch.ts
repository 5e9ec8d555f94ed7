import { LazyMap } from '../../core/index.ts'
import type { SessionRecord } from '../../record/index.ts'
import type { KnownRoute } from './route-book.ts'

/** What changes so often while pages show what the data says has no say in it. */
const SAYS_NOTHING = 2
const MAX_ROUTES = 1_000

interface Seen {
  /** What the session held when a page was last looked at, by what it is called. */
  readonly held: ReadonlyMap<string, string>
  /** How often each has changed, and the page showed the same as the data. */
  readonly idle: Map<string, number>
}

/**
 * Whether the session is still who it was when a page last showed what a route gives: a login, another region, another variant of a test.
 * Of such things a page can make another request than the one that was learned, or show something else of the same answer.
 */
export class CallerWatch {
  readonly #record: SessionRecord
  readonly #seen = new LazyMap<string, Seen>()

  constructor(record: SessionRecord) {
    this.#record = record
  }

  /** Whether a cookie or an item of localStorage is another one. What is first asked about is taken as it is. */
  hasChanged({ id, route }: KnownRoute, page: URL): boolean {
    const seen = this.#seen.get(id)
    const held = this.#heldBy(route, page)
    if (seen === undefined) this.#note(id, held, new Map())
    return seen !== undefined && changes(seen, held).length > 0
  }

  /**
   * A page was looked at.
   *
   * @param isSame - whether it shows what the data said before anything was learned from it
   */
  looked({ id, route }: KnownRoute, page: URL, isSame: boolean): void {
    const held = this.#heldBy(route, page)
    const seen = this.#seen.get(id)
    const idle = new Map(seen?.idle)
    if (seen && isSame) for (const name of changes(seen, held)) idle.set(name, (idle.get(name) ?? 0) + 1)
    this.#note(id, held, idle)
  }

  #note(id: string, held: Seen['held'], idle: Seen['idle']): void {
    this.#seen.delete(id)
    this.#seen.set(id, { held, idle })
    const [oldest] = this.#seen.keys()
    if (this.#seen.size > MAX_ROUTES) this.#seen.delete(oldest as string)
  }

  #heldBy({ requests }: KnownRoute['route'], page: URL): Map<string, string> {
    const held = new Map<string, string>()
    for (const [key, value] of this.#record.localItems(page.origin)) held.set(`item ${key}`, value)
    const urls = [page, ...requests.filter(({ isPage }) => !isPage).map(({ url }) => new URL(url))]
    for (const url of urls) {
      for (const { name, value } of this.#record.matchingCookies(url))
        held.set(`cookie ${url.host} ${name}`, value)
    }
    return held
  }
}

/** The names of what is another one, is new, or is gone; without what has no say. Numbers in names are of no account. */
function changes({ held, idle }: Seen, now: ReadonlyMap<string, string>): string[] {
  const names = [...new Set([...held.keys(), ...now.keys()])].filter(
    (name) => held.get(name) !== now.get(name),
  )
  return [...new Set(names.map((name) => name.replace(/\d+/g, '#')))].filter(
    (name) => (idle.get(name) ?? 0) < SAYS_NOTHING,
  )
}
