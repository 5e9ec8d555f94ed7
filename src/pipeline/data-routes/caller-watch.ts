import { LazyMap } from '../../core/index.ts'
import { digest } from '../../discovery/index.ts'
import { type CallerEvidence, type SessionRecord, siteOfText } from '../../record/index.ts'
import type { KnownRoute } from './route-book.ts'

/** What changes so often while pages show what the data says has no say in it. */
const SAYS_NOTHING = 2
/** What is kept of one route; all else counts as one. */
const MAX_HELD = 200
const MAX_ORIGINS = 16
const REST = 'all else'

/** The sessionStorage that a page starts with which is opened for a request. */
export interface SessionItems {
  /** Reads what tabs that are open hold now. */
  read(): Promise<void>
  /** What was last read of an origin. */
  of(origin: string): Iterable<readonly [key: string, value: string]>
}

const NO_ITEMS: SessionItems = { read: async () => {}, of: () => [] }

/**
 * Whether the session is still who it was when a page last showed what a route gives: a login, another region, another variant of a test.
 * Of such things a page can make another request than the one that was learned, or show something else of the same answer. What was held
 * then is kept with the route, as digests: another process of the session sees it, too.
 */
export class CallerWatch {
  readonly #record: SessionRecord
  readonly #sessionItems: SessionItems
  /** Digests of items by origin, until one of them changes. */
  readonly #items = new LazyMap<string, readonly (readonly [name: string, value: string])[]>()

  /** @param sessionItems - the sessionStorage that a page opened for a request starts with */
  constructor(record: SessionRecord, sessionItems: SessionItems = NO_ITEMS) {
    this.#record = record
    this.#sessionItems = sessionItems
    record.follow((delta) => {
      if (delta.some(({ kind }) => kind === 'local')) this.#items.clear()
    })
  }

  /** Takes in what tabs that are open have written. */
  read(): Promise<void> {
    return this.#sessionItems.read()
  }

  /** Whether a cookie or an item of storage is another one than when a page was last looked at. */
  hasChanged({ route }: KnownRoute, page: URL): boolean {
    const before = route.evidence?.caller
    return before === undefined || changes(before, this.#heldBy(route, page)).length > 0
  }

  /**
   * What is kept once a page was looked at.
   *
   * @param isSame - whether it shows what the data said before anything was learned from it
   */
  looked({ route }: KnownRoute, page: URL, isSame: boolean): CallerEvidence {
    const held = this.#heldBy(route, page)
    const before = route.evidence?.caller
    const idle = new Map(before?.idle)
    if (before && isSame) for (const name of changes(before, held)) idle.set(name, (idle.get(name) ?? 0) + 1)
    return { held: [...held], idle: [...idle].slice(-MAX_HELD) }
  }

  /** By digests of names, in which numbers are of no account. */
  #heldBy({ requests, pattern }: KnownRoute['route'], page: URL): Map<string, string> {
    const urls = [page, ...requests.filter(({ isPage }) => !isPage).map(({ url }) => new URL(url))]
    const found: (readonly [name: string, value: string])[] = []
    for (const url of urls) {
      for (const { name, value } of this.#record.matchingCookies(url))
        found.push(named(`cookie ${url.host} ${name}`, value))
    }
    for (const origin of this.#originsOf(urls)) {
      found.push(...this.#itemsOf(origin))
      for (const [key, value] of this.#sessionItems.of(origin))
        found.push(named(`session ${origin} ${key}`, value))
    }
    const held = new Map<string, string>()
    for (const [name, value] of found) {
      const key = held.size < MAX_HELD || held.has(name) ? name : digest(REST)
      const others = held.get(key)
      held.set(key, digest(`${pattern.origin} ${others ?? ''} ${value}`))
    }
    return held
  }

  /** The origins of the page and of its data, and others that hold something: of their sites first. */
  #originsOf(urls: readonly URL[]): string[] {
    const own = [...new Set(urls.map(({ origin }) => origin))]
    const sites = new Set(own.map(siteOfText))
    const others = this.#record.localOrigins().filter((origin) => !own.includes(origin))
    const isNear = (origin: string) => sites.has(siteOfText(origin))
    return [...own, ...others.filter(isNear), ...others.filter((one) => !isNear(one))].slice(0, MAX_ORIGINS)
  }

  #itemsOf(origin: string): readonly (readonly [name: string, value: string])[] {
    let items = this.#items.get(origin)
    if (items === undefined) {
      items = [...this.#record.localItems(origin)].map(([key, value]) =>
        named(`item ${origin} ${key}`, value),
      )
      this.#items.set(origin, items)
    }
    return items
  }
}

function named(name: string, value: string): readonly [name: string, value: string] {
  return [digest(name.replace(/\d+/g, '#')), digest(`${name} ${value}`)]
}

/** The names of what is another one, is new, or is gone; without what has no say. */
function changes({ held, idle }: CallerEvidence, now: ReadonlyMap<string, string>): string[] {
  const before = new Map(held)
  const often = new Map(idle)
  return [...new Set([...before.keys(), ...now.keys()])].filter(
    (name) => before.get(name) !== now.get(name) && (often.get(name) ?? 0) < SAYS_NOTHING,
  )
}
