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

/** What the cookie rules made of a Set-Cookie line. */
export type SetCookieResult =
  | { readonly accepted: true }
  | { readonly accepted: false; readonly reason: RejectReason; readonly detail: string }

/** The same, with the cookie that the record holds then; null where the line deletes, or the cookie did not survive eviction. */
export type AppliedCookie =
  | { readonly accepted: true; readonly cookie: Cookie | null }
  | Extract<SetCookieResult, { accepted: false }>

/** Which cookies are meant. What is left out matches every cookie. */
export interface CookieFilter {
  readonly name?: string
  readonly domain?: string
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
 * The cookies of a session. Everything here works on the record as it stands: no browser and no request is needed.
 * Names and values are byte strings (one char, one byte), as they travel in a header.
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
   * Applies one `Set-Cookie` line as if a response from `url` had brought it, by Chromium's rules. The record holds it when
   * the call returns; the promise resolves when open pages see it too. It never rejects: a line that the rules refuse
   * resolves with the reason.
   *
   * @throws OnejarError ONEJAR_BAD_URL, ONEJAR_BAD_OPTIONS, ONEJAR_CLOSED
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
   * Like `set`, for callers that cannot wait: open pages see it a moment later, and in any case before the session's next
   * request has its response (see `settled`). Throws what `set` throws.
   */
  setSync(line: string, url: string | URL, context?: RequestContext): AppliedCookie {
    return this.#apply(line, url, context, SET_SYNC)
  }

  /**
   * Resolves when both sides are one: the record holds what open pages have written until now, and they see what it holds.
   * At once where no page is open.
   *
   * @throws OnejarError ONEJAR_CLOSED, ONEJAR_BROWSER_FAILED
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
   * The `Cookie` header that a request would carry; empty when none matches.
   *
   * @param context - default: a typed-in navigation
   * @throws OnejarError ONEJAR_BAD_URL, ONEJAR_BAD_OPTIONS, ONEJAR_CLOSED
   */
  header(url: string | URL, context?: RequestContext): string {
    this.#barriers.writable()
    return this.#record.cookieHeader(HEADER.url(url), takeContext(context, HEADER))
  }

  /** The cookies that a request would carry, in the header's order. Throws what `header` throws. */
  matching(url: string | URL, context?: RequestContext): Cookie[] {
    this.#barriers.writable()
    return this.#record.matchingCookies(MATCHING.url(url), takeContext(context, MATCHING))
  }

  /** All live cookies, oldest first. @throws OnejarError ONEJAR_CLOSED */
  all(): Cookie[] {
    this.#barriers.writable()
    return this.#record.cookies()
  }

  /** Deletes the cookies that match, or all of them, those too that open pages have just set. Resolves when open pages see it. @throws OnejarError ONEJAR_CLOSED */
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
