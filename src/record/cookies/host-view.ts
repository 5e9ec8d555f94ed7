import type { Cookie } from '../cookie.ts'
import type { Access } from './access.ts'
import { nextChange } from './access.ts'
import { domainMatches } from './domain.ts'
import { pathMatches } from './path.ts'

/** A cookie in a jar, with what the jar notes of it. */
export interface LiveCookie {
  readonly id: string
  readonly cookie: Cookie
  /** Epoch milliseconds of the last time it was set or sent. */
  lastAccess: number
}

/** A Cookie header that was put together before, and while it holds. */
export interface CachedHeader {
  readonly text: string
  readonly sent: readonly LiveCookie[]
  readonly from: number
  readonly until: number
  noted: number
}

const CACHED_HEADERS = 32

/**
 * What one host is sent, as long as its site's cookies stay as they are: its cookies in the order of the header, and
 * the headers made of them.
 */
export class HostView {
  /** Longest path first, then oldest first (RFC 6265bis 5.8.3). */
  readonly cookies: readonly LiveCookie[]
  /** Headers of typed-in navigations to where only cookies for all paths go: over a plain connection, and over TLS. */
  plain: CachedHeader | undefined
  tls: CachedHeader | undefined
  /** Whether any cookie is for less than all paths. */
  readonly hasPaths: boolean
  /** The paths of the cookies, each once, but for the root. */
  readonly #paths: readonly string[]
  readonly #headers = new Map<string, CachedHeader>()

  constructor(host: string, site: Iterable<LiveCookie>) {
    const cookies: LiveCookie[] = []
    for (const live of site) if (isForHost(live.cookie, host)) cookies.push(live)
    this.cookies = cookies.sort(byHeaderOrder)
    this.#paths = [...new Set(cookies.map((live) => live.cookie.path))].filter((path) => path !== '/')
    this.hasPaths = this.#paths.length > 0
  }

  /** Which of the cookies' paths a request's path is within: equal keys, equal cookies. '' when only the root is. */
  pathKey(path: string): string {
    let key = ''
    for (let i = 0; i < this.#paths.length; i++) if (pathMatches(path, this.#paths[i]!)) key += `${i},`
    return key
  }

  cached(key: string): CachedHeader | undefined {
    return this.#headers.get(key)
  }

  cache(key: string, header: CachedHeader): void {
    if (this.#headers.size >= CACHED_HEADERS)
      this.#headers.delete(this.#headers.keys().next().value as string)
    this.#headers.set(key, header)
  }

  /** Puts a header together of the cookies that go along (RFC 6265bis 5.8.3). */
  header(sent: readonly LiveCookie[], access: Access, now: number): CachedHeader {
    let text = ''
    for (const { cookie } of sent) {
      if (text !== '') text += '; '
      text += cookie.name === '' ? cookie.value : `${cookie.name}=${cookie.value}`
    }
    let until = Number.POSITIVE_INFINITY
    for (const { cookie } of this.cookies) until = Math.min(until, nextChange(cookie, access.level, now))
    return { text, sent, from: now, until, noted: Number.NEGATIVE_INFINITY }
  }
}

/** Whether a cookie's domain takes the host in. */
export function isForHost(cookie: Cookie, host: string): boolean {
  return cookie.hostOnly ? cookie.domain === host : domainMatches(host, cookie.domain)
}

/**
 * The order of a Cookie header: longer paths first, older cookies first; where two writers made cookies at the same moment,
 * an order that is the same everywhere.
 */
export function byHeaderOrder(a: LiveCookie, b: LiveCookie): number {
  return b.cookie.path.length - a.cookie.path.length || byAge(a, b)
}

/** The oldest first. */
export function byAge(a: LiveCookie, b: LiveCookie): number {
  return a.cookie.created - b.cookie.created || (a.id < b.id ? -1 : 1)
}
