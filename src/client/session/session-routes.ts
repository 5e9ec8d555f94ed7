import { type Clock, safeUrl } from '../../core/index.ts'
import { explainedRoute, isOfPattern, patternText } from '../../discovery/index.ts'
import type { DataRoutes } from '../../pipeline/index.ts'
import type { EventHub } from '../../routing/index.ts'
import { Input } from '../input/input.ts'

const EXPLAIN = new Input('session.routes.explain()')
const FORGET = new Input('session.routes.forget()')

/** How the fields of pages of one kind are read from data, without the page. */
export interface DataRouteInfo {
  /** The pages: `https://shop.example/products/*`. */
  readonly pattern: string
  /** The requests that bring the data: method, and URL without its query. */
  readonly requests: readonly { readonly method: string; readonly url: string }[]
  /** The names of the fields of `extract`. */
  readonly fields: readonly string[]
  /** When it was proven, in epoch milliseconds. */
  readonly learnedAt: number
  /** When it is learned again, in epoch milliseconds. */
  readonly until: number
  /** Answers of this process since a page was last rendered to check it. */
  readonly unchecked: number
}

/**
 * The data routes of a session: which fields of which pages come from data that the pages ask for themselves, over HTTP. They are learned
 * by `fetch(url, { extract })`, kept with the session, and shared by its processes.
 *
 * @example
 * ```ts
 * for (const { pattern, fields, requests } of session.routes.list()) console.log(pattern, fields, requests)
 * ```
 */
export class SessionRoutes {
  readonly #routes: DataRoutes | undefined
  readonly #events: EventHub
  readonly #clock: Clock
  readonly #assertOpen: () => void

  constructor(
    routes: DataRoutes | undefined,
    parts: { readonly events: EventHub; readonly clock: Clock; readonly assertOpen: () => void },
  ) {
    this.#routes = routes
    this.#events = parts.events
    this.#clock = parts.clock
    this.#assertOpen = parts.assertOpen
  }

  /**
   * The routes that are in use, in no order. They hold no values. Costs nothing.
   *
   * @throws OnejarError ONEJAR_CLOSED
   */
  list(): DataRouteInfo[] {
    this.#assertOpen()
    const routes = this.#routes
    if (routes === undefined) return []
    return routes.book.list().map((known) => {
      const { pattern, requests, fields, learnedAt, until } = known.route
      return {
        pattern: patternText(pattern),
        requests: requests.map(({ method, url, isPage }) => ({
          method,
          url: isPage ? patternText(pattern) : safeUrl(url),
        })),
        fields: fields.map(({ name }) => name),
        learnedAt,
        until,
        unchecked: routes.unchecked(known),
      }
    })
  }

  /**
   * The routes for a page, and for each where every field is in the data: `price: $.product.price of GET https://…`. Empty where
   * none is known, so that the page is fetched as it is.
   *
   * @throws OnejarError ONEJAR_BAD_URL, ONEJAR_CLOSED
   * @example
   * ```ts
   * for (const line of session.routes.explain('https://example.com/products/5')) console.log(line)
   * ```
   */
  explain(page: string | URL): string[] {
    this.#assertOpen()
    const url = EXPLAIN.url(page)
    return this.#of(url).flatMap(({ route }) => explainedRoute(route))
  }

  /**
   * Forgets the routes for a page, those of an origin, or all of them: they are learned again, and so is what was left to the page
   * of that origin.
   *
   * @param page - a page; an origin (`https://shop.example`) for all of its pages. Default: everything
   * @returns how many there were
   * @throws OnejarError ONEJAR_BAD_URL, ONEJAR_CLOSED
   * @example
   * ```ts
   * session.routes.forget('https://example.com')
   * ```
   */
  forget(page?: string | URL): number {
    this.#assertOpen()
    const routes = this.#routes
    if (routes === undefined) return 0
    const url = page === undefined ? undefined : FORGET.url(page)
    const isOrigin = url !== undefined && url.pathname === '/' && url.search === '' && url.hash === ''
    const gone = routes.book
      .list()
      .filter(
        ({ route: { pattern } }) =>
          url === undefined || (isOrigin ? pattern.origin === url.origin : isOfPattern(pattern, url)),
      )
    for (const { route } of gone) {
      this.#events.emit({
        type: 'data-route',
        at: this.#clock.now(),
        state: 'forgotten',
        origin: route.pattern.origin,
        pattern: patternText(route.pattern),
        fields: route.fields.map(({ name }) => name),
        unchecked: 0,
        reason: 'it was taken away',
      })
    }
    routes.views.retry(url?.origin)
    return routes.book.forget(gone.map(({ id }) => id))
  }

  #of(url: URL) {
    return this.#routes?.book.list().filter(({ route }) => isOfPattern(route.pattern, url)) ?? []
  }
}
