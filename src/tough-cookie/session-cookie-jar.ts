import { CookieJar, type GetCookiesOptions, type SetCookieOptions, Cookie as ToughCookie } from 'tough-cookie'
import type { SessionCookies } from '../client/index.ts'
import { copyHttpUrl, OnejarError } from '../core/index.ts'
import { type Cookie, cookieId, type Loss, type RejectReason, type RequestContext } from '../record/index.ts'
import { lossesOf } from './losses.ts'
import { lastOf, partitionContext, RecordStore } from './record-store.ts'
import { lineOf, originOf, toLine, toTough } from './tough-form.ts'

type Target = string | URL
type Back<T> = (error: unknown, value?: T) => void

/** Rules that tough-cookie has too: a cookie that breaks one is an error. A cookie that only Chromium refuses is ignored. */
const LOUD: ReadonlySet<RejectReason> = new Set([
  'control-character',
  'empty',
  'nameless-pair',
  'domain',
  'same-site',
  'http-only-from-script',
])

/**
 * A session's cookies as a CookieJar of tough-cookie. Chromium's rules decide, not tough-cookie's. Methods that return a promise
 * or call back first read what open pages have written, and wait until the pages see what was set. The `…Sync` methods use
 * the record as it stands, and start reading the open pages for the next call.
 *
 * `serialize()` and `clone()` make copies that hold the session's secrets and are not kept in sync. `JSON.stringify(jar)` holds
 * no secrets.
 *
 * @example
 * ```ts
 * import { cookieJar } from 'onejar/tough-cookie'
 *
 * const jar = cookieJar(session)
 * await jar.setCookie('sid=31d4; Path=/; Secure', 'https://example.com/')
 * console.log(await jar.getCookieString('https://example.com/account')) // sid=31d4
 * ```
 */
export class SessionCookieJar extends CookieJar {
  readonly #cookies: SessionCookies

  /** Made by `cookieJar()`. */
  constructor(cookies: SessionCookies) {
    super(new RecordStore(cookies))
    this.#cookies = cookies
  }

  /**
   * Resolves when the record holds what open pages have written until now, and they see what it holds. Await it before a
   * client that uses the `…Sync` methods sends a request that depends on a page's last write. Costs a round trip to each open
   * page; without one it resolves at once.
   *
   * @throws OnejarError ONEJAR_CLOSED, ONEJAR_BROWSER_FAILED
   * @example
   * ```ts
   * import { cookieJar } from 'onejar/tough-cookie'
   *
   * const jar = cookieJar(session)
   * await jar.settled()
   * console.log(jar.getCookieStringSync('https://example.com/'))
   * ```
   */
  settled(): Promise<void> {
    return this.#cookies.settled()
  }

  /**
   * Which attributes of the session's cookies tough-cookie has no member for: partitions, priorities and the like. They stay
   * in the record when a cookie is written back.
   *
   * @throws OnejarError ONEJAR_CLOSED
   * @example
   * ```ts
   * import { cookieJar } from 'onejar/tough-cookie'
   *
   * for (const { what, count, why } of cookieJar(session).losses()) console.warn(count, what, why)
   * ```
   */
  losses(): readonly Loss[] {
    return lossesOf(this.#cookies.all())
  }

  // Properties, not methods: some versions of tough-cookie assign their synchronous methods in the constructor.

  /**
   * Applies a line or a Cookie by the record's rules, and waits until open pages see it. A line that only Chromium refuses
   * is ignored. @throws OnejarError ONEJAR_BAD_URL, ONEJAR_CLOSED
   */
  override setCookie = ((cookie: string | ToughCookie, url: Target, ...rest: unknown[]) =>
    this.#reply(lastOf(rest), async () => {
      const set = this.#set(cookie, url, optionsIn<SetCookieOptions>(rest))
      await this.#cookies.settled().catch(() => {})
      return set
    })) as CookieJar['setCookie']

  /** As `setCookie`, without waiting for open pages. @throws OnejarError ONEJAR_BAD_URL, ONEJAR_CLOSED */
  override setCookieSync: CookieJar['setCookieSync'] = (cookie, url, options) =>
    this.#set(cookie, url, options)

  /**
   * The cookies that a request to the URL would carry, after asking open pages. @throws OnejarError ONEJAR_BAD_URL,
   * ONEJAR_CLOSED
   */
  override getCookies = ((url: Target, ...rest: unknown[]) =>
    this.#reply(lastOf(rest), async () => {
      await this.#cookies.settled()
      return this.#matching(url, optionsIn<GetCookiesOptions>(rest)).map(toTough)
    })) as CookieJar['getCookies']

  /**
   * The cookies that a request to the URL would carry, as the record has them now. @throws OnejarError ONEJAR_BAD_URL,
   * ONEJAR_CLOSED
   */
  override getCookiesSync: CookieJar['getCookiesSync'] = (url, options) =>
    this.#now(url, options).map(toTough)

  /**
   * The `Cookie` header that a request to the URL would carry, after asking open pages. @throws OnejarError ONEJAR_BAD_URL,
   * ONEJAR_CLOSED
   */
  override getCookieString = ((...all: unknown[]) => {
    const [url, ...rest] = all as [Target, ...unknown[]]
    return this.#reply(lastOf(rest), async () => {
      await this.#cookies.settled()
      return headerOf(this.#matching(url, optionsIn<GetCookiesOptions>(rest)))
    })
  }) as CookieJar['getCookieString']

  /**
   * The `Cookie` header that a request to the URL would carry, as the record has it now. @throws OnejarError ONEJAR_BAD_URL,
   * ONEJAR_CLOSED
   */
  override getCookieStringSync: CookieJar['getCookieStringSync'] = (url, options) =>
    headerOf(this.#now(url, options))

  /** The same cookies as `Set-Cookie` lines, after asking open pages. @throws OnejarError ONEJAR_BAD_URL, ONEJAR_CLOSED */
  override getSetCookieStrings = ((url: Target, ...rest: unknown[]) =>
    this.#reply(lastOf(rest), async () => {
      await this.#cookies.settled()
      return this.#matching(url, optionsIn<GetCookiesOptions>(rest)).map(toLine)
    })) as CookieJar['getSetCookieStrings']

  /** The same cookies as `Set-Cookie` lines, as the record has them now. @throws OnejarError ONEJAR_BAD_URL, ONEJAR_CLOSED */
  override getSetCookieStringsSync: CookieJar['getSetCookieStringsSync'] = (url, options) =>
    this.#now(url, options).map(toLine)

  /** Deletes all cookies of the session, and waits until open pages see it. @throws OnejarError ONEJAR_CLOSED */
  override removeAllCookies = ((...rest: unknown[]) =>
    this.#reply(lastOf(rest), () => this.#cookies.clear())) as CookieJar['removeAllCookies']

  /** As `removeAllCookies`, without waiting for open pages. @throws OnejarError ONEJAR_CLOSED */
  override removeAllCookiesSync: CookieJar['removeAllCookiesSync'] = () => {
    this.#cookies.clear().catch(() => {})
  }

  /** The jar for logs, without its secrets. `serializeSync()` has them. */
  override toJSON: CookieJar['toJSON'] = () => ({
    version: 'onejar',
    storeType: RecordStore.name,
    rejectPublicSuffixes: true,
    cookies: [],
    withheld: this.#cookies.all().length,
  })

  #set(cookie: string | ToughCookie, url: Target, options: SetCookieOptions = {}): ToughCookie | undefined {
    const target = urlOf(url)
    const context = contextOf(options)
    const isLine = typeof cookie === 'string' || cookie instanceof String
    let line: string
    let from: Cookie | undefined
    if (isLine) line = String(cookie)
    else {
      if (typeof cookie !== 'object' || cookie === null) throw unfit('cookie: expected a text or a Cookie')
      from = originOf(cookie) ?? this.#before(cookie, target)
      line = lineOf(cookie, from, target.hostname)
    }
    const result = this.#cookies.setSync(line, target, context ?? partitionContext(from, target))
    if (result.accepted) {
      return result.cookie === null ? ToughCookie.parse(line, { loose: true }) : toTough(result.cookie)
    }
    if (options.ignoreError || !LOUD.has(result.reason)) return undefined
    throw new OnejarError('ONEJAR_BAD_COOKIE', result.detail, { details: { reason: result.reason } })
  }

  /** The cookie that this one replaces: attributes that tough-cookie lacks are taken from it. */
  #before({ key, domain, path }: ToughCookie, { hostname }: URL): Cookie | undefined {
    const wanted = domain ?? hostname
    return this.#cookies
      .all()
      .find(
        (held) =>
          held.name === key && held.domain === wanted && held.path === (path ?? '/') && !held.partitionKey,
      )
  }

  /** For callers that cannot wait: starts reading the open pages, so that the next call has what they wrote. */
  #now(url: Target, options: GetCookiesOptions | undefined): Cookie[] {
    const found = this.#matching(url, options)
    this.#cookies.settled().catch(() => {})
    return found
  }

  #matching(url: Target, options: GetCookiesOptions = {}): Cookie[] {
    const target = urlOf(url)
    const context = contextOf(options)
    if (!options.allPaths) return this.#cookies.matching(target, context)
    const paths = new Set(this.#cookies.all().map((cookie) => cookie.path))
    const found = new Map<string, Cookie>()
    for (const path of paths) {
      const at = new URL(target)
      at.pathname = path
      for (const cookie of this.#cookies.matching(at, context)) found.set(cookieId(cookie), cookie)
    }
    return [...found.values()].sort((a, b) => b.path.length - a.path.length || a.created - b.created)
  }

  #reply<T>(callback: Back<T> | undefined, run: () => Promise<T>): Promise<T> | undefined {
    // A mistake in the call becomes a rejection, as in tough-cookie.
    const running = new Promise<T>((resolve) => resolve(run()))
    if (callback === undefined) return running
    // An error that the callback throws is uncaught, and does not lead to a second call.
    running.then(
      (value) => process.nextTick(callback, null, value),
      (error: unknown) => process.nextTick(callback, error),
    )
    return undefined
  }
}

function optionsIn<Options>(rest: readonly unknown[]): Options | undefined {
  return typeof rest[0] === 'object' && rest[0] !== null ? (rest[0] as Options) : undefined
}

function headerOf(cookies: readonly Cookie[]): string {
  return cookies.map(({ name, value }) => (name === '' ? value : `${name}=${value}`)).join('; ')
}

/** The URL of a client's request, without credentials, and with `http` for `ws`. */
function urlOf(url: Target): URL {
  const text = url instanceof URL ? url.href : url
  if (typeof text !== 'string' || !URL.canParse(text)) return copyHttpUrl(url)
  const plain = new URL(text.replace(/^ws(s?):/i, 'http$1:'))
  plain.username = ''
  plain.password = ''
  return copyHttpUrl(plain)
}

/** The context of a request by tough-cookie's options. Without options: everything that the site itself would be sent. */
function contextOf(options: SetCookieOptions & GetCookiesOptions): RequestContext | undefined {
  const via = options.http === false ? ({ via: 'document.cookie' } as const) : undefined
  switch (options.sameSiteContext) {
    case undefined:
    case 'strict':
      return via
    case 'lax':
      return { kind: 'link', initiator: 'null', ...via }
    case 'none':
      return { kind: 'fetch', initiator: 'null', ...via }
    default:
      throw unfit('sameSiteContext: expected strict, lax or none')
  }
}

function unfit(issue: string): OnejarError {
  return new OnejarError('ONEJAR_BAD_OPTIONS', `The cookie jar: ${issue}`)
}
