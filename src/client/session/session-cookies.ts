import {
  type ChangeSource,
  type Cookie,
  cookieId,
  type RejectReason,
  type RequestContext,
  type SessionRecord,
} from '../../record/index.ts'
import { Input } from '../input/input.ts'
import { takeContext } from '../input/take-context.ts'

const SET = new Input('cookies.set()')
const SET_SYNC = new Input('cookies.setSync()')
const HEADER = new Input('cookies.header()')
const MATCHING = new Input('cookies.matching()')
const CLEAR = new Input('cookies.clear()')

/**
 * What the cookie rules made of a `Set-Cookie` line: accepted, or refused with the rule as a word (`reason`) and in a
 * sentence (`detail`).
 */
export type SetCookieResult =
  | { readonly accepted: true }
  | { readonly accepted: false; readonly reason: RejectReason; readonly detail: string }

/**
 * The same, with the cookie that the record then holds; null where the line deletes a cookie, or where the cookie was
 * evicted at once.
 */
export type AppliedCookie =
  | { readonly accepted: true; readonly cookie: Cookie | null }
  | Extract<SetCookieResult, { accepted: false }>

/** Which cookies are meant. What is left out matches every cookie. */
export interface CookieFilter {
  /** The exact name. */
  readonly name?: string
  /** The exact domain, with or without a leading dot: subdomains are not meant. */
  readonly domain?: string
  /** The exact path. */
  readonly path?: string
}

export interface CookieBarriers {
  /** @throws OnejarError ONEJAR_CLOSED */
  readonly writable: () => void
  /** Makes a write that changed nothing win over what open pages wrote and nobody has read yet (see conflict check). */
  readonly claim: (what: { id: string } | { matches: (cookie: Cookie) => boolean }) => void
  /** Brings what open pages wrote into the record. */
  readonly pull: () => Promise<void>
  /** Resolves when open pages see what the record holds. */
  readonly settled: () => Promise<void>
}

/**
 * The cookies of a session. Everything here works on the record as it stands: it needs no browser and no request. Names and
 * values are byte strings (one character is one byte), as they travel in a header.
 *
 * @example
 * ```ts
 * await session.cookies.set('sid=31d4; Path=/; Secure; HttpOnly', 'https://example.com/')
 * console.log(session.cookies.header('https://example.com/account')) // sid=31d4
 * ```
 */
export class SessionCookies {
  readonly #record: SessionRecord
  readonly #source: ChangeSource
  readonly #barriers: CookieBarriers

  constructor(record: SessionRecord, source: ChangeSource, barriers: CookieBarriers) {
    this.#record = record
    this.#source = source
    this.#barriers = barriers
  }

  /**
   * Applies one `Set-Cookie` line as if a response from `url` had brought it, by Chromium's rules. The record holds the
   * cookie when the call returns; the promise resolves when open pages see it too. A line that the rules refuse resolves
   * with the reason.
   *
   * @param context - default: a typed-in navigation
   * @throws OnejarError ONEJAR_BAD_URL, ONEJAR_BAD_OPTIONS, ONEJAR_CLOSED: all of them at the call, so the promise never
   * rejects
   * @example
   * ```ts
   * const result = await session.cookies.set('sid=31d4; Path=/; Secure', 'https://example.com/')
   * if (!result.accepted) console.warn(result.reason, result.detail)
   * ```
   */
  set(line: string, url: string | URL, context?: RequestContext): Promise<SetCookieResult> {
    const applied = this.#apply(line, url, context, SET)
    const result: SetCookieResult = applied.accepted ? { accepted: true } : applied
    return this.#barriers.settled().then(
      () => result,
      () => result,
    )
  }

  /**
   * The same as `set`, for callers that cannot wait. Open pages see the cookie a moment later, and in any case before the
   * session's next request has its response (see `settled`).
   *
   * @throws OnejarError ONEJAR_BAD_URL, ONEJAR_BAD_OPTIONS, ONEJAR_CLOSED
   * @example
   * ```ts
   * const applied = session.cookies.setSync('theme=dark; Path=/', 'https://example.com/')
   * console.log(applied.accepted && applied.cookie?.domain) // example.com
   * ```
   */
  setSync(line: string, url: string | URL, context?: RequestContext): AppliedCookie {
    return this.#apply(line, url, context, SET_SYNC)
  }

  /**
   * Resolves when both sides agree: the record holds what open pages have written until now, and they see what it holds.
   * Costs a round trip to each open page; without an open page it resolves at once.
   *
   * @throws OnejarError ONEJAR_CLOSED, ONEJAR_BROWSER_FAILED
   * @example
   * ```ts
   * await session.cookies.settled()
   * console.log(session.cookies.all().length)
   * ```
   */
  async settled(): Promise<void> {
    this.#barriers.writable()
    await this.#barriers.pull()
    await this.#barriers.settled()
  }

  #apply(line: string, url: string | URL, context: RequestContext | undefined, input: Input): AppliedCookie {
    this.#barriers.writable()
    const text = input.text(line, 'line')
    const [change] = this.#record.receive([text], input.url(url), takeContext(context, input), this.#source)
    if (!change?.accepted) {
      const { reason, detail } = change as Extract<typeof change, { accepted: false }>
      return { accepted: false, reason, detail }
    }
    if (change.unchanged || (change.put === null && change.remove.length === 0))
      this.#barriers.claim({ id: change.id })
    return { accepted: true, cookie: change.put }
  }

  /**
   * The `Cookie` header that a request would carry; empty when no cookie matches. Computed once per change of the record.
   *
   * @param context - how the request comes to be. Default: a typed-in navigation
   * @throws OnejarError ONEJAR_BAD_URL, ONEJAR_BAD_OPTIONS, ONEJAR_CLOSED
   * @example
   * ```ts
   * const header = session.cookies.header('https://example.com/api', { kind: 'fetch', initiator: 'https://example.com' })
   * ```
   */
  header(url: string | URL, context?: RequestContext): string {
    this.#barriers.writable()
    return this.#record.cookieHeader(HEADER.url(url), takeContext(context, HEADER))
  }

  /**
   * The cookies that a request would carry, in the order of the header.
   *
   * @param context - how the request comes to be. Default: a typed-in navigation
   * @throws OnejarError ONEJAR_BAD_URL, ONEJAR_BAD_OPTIONS, ONEJAR_CLOSED
   * @example
   * ```ts
   * const names = session.cookies.matching('https://example.com/').map(({ name }) => name)
   * ```
   */
  matching(url: string | URL, context?: RequestContext): Cookie[] {
    this.#barriers.writable()
    return this.#record.matchingCookies(MATCHING.url(url), takeContext(context, MATCHING))
  }

  /**
   * All cookies that have not expired, of all sites, the oldest first. @throws OnejarError ONEJAR_CLOSED
   *
   * @example
   * ```ts
   * const expiring = session.cookies.all().filter(({ expiresAt }) => expiresAt !== null)
   * ```
   */
  all(): Cookie[] {
    this.#barriers.writable()
    return this.#record.cookies()
  }

  /**
   * Deletes the cookies that match, or all of them, also those that open pages have just set. Resolves when open pages see
   * it.
   *
   * @param filter - default: all cookies
   * @throws OnejarError ONEJAR_BAD_OPTIONS, ONEJAR_CLOSED
   * @example
   * ```ts
   * await session.cookies.clear({ domain: 'example.com', name: 'sid' })
   * ```
   */
  clear(filter?: CookieFilter): Promise<void> {
    this.#barriers.writable()
    const wanted = takeFilter(filter)
    this.#barriers.claim({ matches: (cookie) => matches(cookie, wanted) })
    const gone = this.#record.cookies().filter((cookie) => matches(cookie, wanted))
    this.#record.write(
      gone.map((cookie) => ({ kind: 'cookie' as const, id: cookieId(cookie), value: null })),
      this.#source,
    )
    return this.#barriers.settled()
  }
}

function takeFilter(filter: unknown): CookieFilter {
  const given = CLEAR.members(filter, ['name', 'domain', 'path'], { path: 'filter' })
  const texts = Object.entries(given).map(([name, value]) => [name, CLEAR.text(value, name)])
  return Object.fromEntries(texts) as CookieFilter
}

function matches(cookie: Cookie, { name, domain, path }: CookieFilter): boolean {
  return (
    (name === undefined || cookie.name === name) &&
    (domain === undefined || cookie.domain === domain.replace(/^\./, '').toLowerCase()) &&
    (path === undefined || cookie.path === path)
  )
}
