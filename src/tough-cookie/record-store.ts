import { type Callback, type ErrorCallback, Store, type Cookie as ToughCookie } from 'tough-cookie'
import type { SessionCookies } from '../client/index.ts'
import { OnejarError } from '../core/index.ts'
import type { Cookie, RequestContext } from '../record/index.ts'
import { siteOfText } from '../record/index.ts'
import { lineOf, originOf, toTough } from './tough-form.ts'

type Name = string | null | undefined

/**
 * The session's record as a store of tough-cookie. Calls with a callback are done when they return (the store is
 * synchronous). Calls that return a promise wait until open pages and the record agree.
 *
 * tough-cookie names a cookie by domain, path and key. The record may have several cookies of one such name, in different
 * partitions, or one for the host alone and one for its subdomains. A removal removes all of them; a look-up finds the one
 * without a partition first.
 */
export class RecordStore extends Store {
  override synchronous = true
  readonly #cookies: SessionCookies

  constructor(cookies: SessionCookies) {
    super()
    this.#cookies = cookies
    // Some versions make them properties of the object.
    this.synchronous = true
  }

  override findCookie = ((
    domain: Name,
    path: Name,
    key: Name,
    callback?: Callback<ToughCookie | undefined>,
  ) =>
    this.#read(callback, () => {
      const found = this.#held(domain, path, key)
      return found && toTough(found)
    })) as Store['findCookie']

  override findCookies = ((domain: Name, path: Name, ...rest: unknown[]) =>
    this.#read(lastOf<Callback<ToughCookie[]>>(rest), () =>
      this.#cookies
        .all()
        .filter(
          (cookie) => isAtHome(cookie) && isFor(cookie, domain ?? '') && fits(path ?? null, cookie.path),
        )
        .map(toTough),
    )) as Store['findCookies']

  override putCookie = ((cookie: ToughCookie, callback?: ErrorCallback) =>
    this.#write(callback, () => this.#put(cookie))) as Store['putCookie']

  override updateCookie = ((old: ToughCookie, cookie: ToughCookie, callback?: ErrorCallback) =>
    this.#write(callback, () => this.#put(cookie, originOf(old)))) as Store['updateCookie']

  override removeCookie = ((domain: Name, path: Name, key: Name, callback?: ErrorCallback) =>
    this.#write(callback, () => {
      if (domain != null && path != null && key != null) this.#clear({ domain, path, name: key })
    })) as Store['removeCookie']

  override removeCookies = ((domain: Name, path: Name, callback?: ErrorCallback) =>
    this.#write(callback, () => {
      if (domain != null) this.#clear(path == null ? { domain } : { domain, path })
    })) as Store['removeCookies']

  override removeAllCookies = ((callback?: ErrorCallback) =>
    this.#write(callback, () => this.#clear())) as Store['removeAllCookies']

  override getAllCookies = ((callback?: Callback<ToughCookie[]>) =>
    this.#read(callback, () => this.#cookies.all().map(toTough))) as Store['getAllCookies']

  /** The record has changed when this returns. A failure to update open pages is ignored. */
  #clear(filter?: Parameters<SessionCookies['clear']>[0]): void {
    this.#cookies.clear(filter).catch(() => {})
  }

  #put(cookie: ToughCookie, old?: Cookie): void {
    const before = originOf(cookie) ?? old ?? this.#held(cookie.domain, cookie.path, cookie.key)
    const url = urlOf(cookie, before)
    const result = this.#cookies.setSync(lineOf(cookie, before), url, partitionContext(before, url))
    if (result.accepted) return
    const { reason, detail } = result
    throw new OnejarError('ONEJAR_BAD_COOKIE', detail, { details: { reason } })
  }

  #held(domain: Name, path: Name, key: Name): Cookie | undefined {
    const found = this.#cookies
      .all()
      .filter((cookie) => cookie.name === key && cookie.domain === domain && cookie.path === path)
    return found.find((cookie) => cookie.partitionKey === null) ?? found[0]
  }

  #read<T>(callback: Callback<T> | undefined, read: () => T): Promise<T> | undefined {
    if (callback === undefined) return this.#cookies.settled().then(read)
    answer(callback as (error: unknown, value?: T) => void, read)
    return undefined
  }

  #write(callback: ErrorCallback | undefined, write: () => void): Promise<void> | undefined {
    if (callback !== undefined) {
      answer((error) => callback((error ?? null) as Error | null), write)
      return undefined
    }
    // The record has the change before this waits for pages.
    return new Promise<void>((resolve) => {
      write()
      resolve(this.#cookies.settled())
    })
  }
}

/** Calls back with the value or the error. An error that the callback throws goes to the caller. */
export function answer<T>(callback: (error: unknown, value?: T) => void, make: () => T): void {
  let value: T
  try {
    value = make()
  } catch (error) {
    callback(error)
    return
  }
  callback(null, value)
}

/** The callback among a call’s last arguments. */
export function lastOf<F>(args: readonly unknown[]): F | undefined {
  const last = args.at(-1)
  return typeof last === 'function' ? (last as F) : undefined
}

/** The context of a page that can set a cookie in its partition; undefined where the cookie's own site can. */
export function partitionContext(before: Cookie | undefined, url: URL): RequestContext | undefined {
  if (!before?.partitionKey || isAtHome(before)) return undefined
  const { topLevelSite, hasCrossSiteAncestor } = before.partitionKey
  const isForeign = siteOfText(url.href) !== topLevelSite
  const initiator = hasCrossSiteAncestor && !isForeign ? 'null' : topLevelSite
  return { kind: 'iframe', topLevelUrl: topLevelSite, initiator }
}

/** Whether pages of the cookie's own site see it: it has no partition, or is in that site's own. */
function isAtHome({ partitionKey, domain, secure }: Cookie): boolean {
  if (partitionKey === null) return true
  const own = siteOfText(`${secure ? 'https' : 'http'}://${domain}/`)
  return !partitionKey.hasCrossSiteAncestor && partitionKey.topLevelSite === own
}

/** A URL that may set the cookie: tough-cookie does not give its stores the URL of the request. */
function urlOf(cookie: ToughCookie, before: Cookie | undefined): URL {
  const plain = before?.sourceScheme === 'non-secure' && !cookie.secure
  const port = before !== undefined && before.sourcePort > 0 ? `:${before.sourcePort}` : ''
  const url = `${plain ? 'http' : 'https'}://${cookie.domain}${port}/`
  if (URL.canParse(url)) return new URL(url)
  throw new OnejarError('ONEJAR_BAD_COOKIE', 'The cookie’s domain is no host name', {
    details: { reason: 'domain' },
  })
}

function isFor({ domain, hostOnly }: Cookie, host: string): boolean {
  return host === domain || (!hostOnly && host.endsWith(`.${domain}`))
}

/** Path matching of RFC 6265bis 5.1.4; null matches every path. */
function fits(path: string | null, cookiePath: string): boolean {
  if (path === null || path === cookiePath) return true
  return path.startsWith(cookiePath) && (cookiePath.endsWith('/') || path[cookiePath.length] === '/')
}
