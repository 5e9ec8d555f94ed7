import type { Cookie, RequestContext } from '../cookie.ts'
import type { Access } from './access.ts'
import { nextChange } from './access.ts'
import { domainMatches } from './domain.ts'
import type { LiveCookie } from './live-cookie.ts'
import { pathMatches } from './path.ts'

/** A Cookie header that was put together before, and while it holds. */
export interface CachedHeader {
  readonly text: string
  readonly sent: readonly LiveCookie[]
  readonly from: number
  readonly until: number
  noted: number
}

/** The last request, for a caller that repeats it with another object. */
interface Asked {
  readonly context: RequestContext
  readonly protocol: string
  readonly pathKey: string
  readonly header: CachedHeader
}

const CACHED_HEADERS = 32
const NO_PATHS: readonly string[] = []

/**
 * What one host is sent, as long as its site's cookies stay as they are: its cookies in the order of the header, and
 * the headers made of them.
 */
export class HostView {
  readonly host: string
  /** Longest path first, then oldest first (RFC 6265bis 5.8.3). */
  readonly cookies: readonly LiveCookie[]
  /** Headers of typed-in navigations to where only cookies for all paths go: over a plain connection, and over TLS. */
  plain: CachedHeader | undefined
  tls: CachedHeader | undefined
  /** Whether any cookie is for less than all paths. */
  readonly hasPaths: boolean
  /** The paths of the cookies, each once, but for the root. */
  readonly #paths: readonly string[]
  #headers: Map<string, CachedHeader> | undefined
  #last: Asked | undefined

  constructor(host: string, site: Iterable<LiveCookie>) {
    this.host = host
    const cookies: LiveCookie[] = []
    for (const live of site) if (isForHost(live, host)) cookies.push(live)
    this.cookies = cookies.sort(byHeaderOrder)
    this.hasPaths = cookies.some((live) => live.path !== '/')
    this.#paths = this.hasPaths
      ? [...new Set(cookies.map((live) => live.path))].filter((path) => path !== '/')
      : NO_PATHS
  }

  /** Which of the cookies' paths a request's path is within: equal keys, equal cookies. '' when only the root is. */
  pathKey(path: string): string {
    let key = ''
    for (let i = 0; i < this.#paths.length; i++) if (pathMatches(path, this.#paths[i]!)) key += `${i},`
    return key
  }

  cached(key: string): CachedHeader | undefined {
    return this.#headers?.get(key)
  }

  cache(key: string, header: CachedHeader): void {
    this.#headers ??= new Map()
    if (this.#headers.size >= CACHED_HEADERS)
      this.#headers.delete(this.#headers.keys().next().value as string)
    this.#headers.set(key, header)
  }

  /** The header of the last request, when this one is of the same kind and from the same place. */
  again(context: RequestContext, protocol: string, pathKey: string): CachedHeader | undefined {
    const last = this.#last
    if (last === undefined || last.protocol !== protocol || last.pathKey !== pathKey) return undefined
    return isSameContext(last.context, context) ? last.header : undefined
  }

  remember(context: RequestContext, protocol: string, pathKey: string, header: CachedHeader): void {
    this.#last = { context: { ...context }, protocol, pathKey, header }
  }

  /** Puts a header together of the cookies that go along (RFC 6265bis 5.8.3). */
  header(sent: readonly LiveCookie[], access: Access, now: number): CachedHeader {
    const pairs = sent.map(({ name, value }) => (name === '' ? value : `${name}=${value}`))
    let until = Number.POSITIVE_INFINITY
    for (const cookie of this.cookies) until = Math.min(until, nextChange(cookie, access.level, now))
    const text = pairs.join('; ')
    return {
      text,
      sent: sent.length === this.cookies.length ? this.cookies : sent,
      from: now,
      until,
      noted: Number.NEGATIVE_INFINITY,
    }
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
  return b.path.length - a.path.length || byAge(a, b)
}

/** The oldest first. */
export function byAge(a: LiveCookie, b: LiveCookie): number {
  return a.created - b.created || (a.id < b.id ? -1 : 1)
}

function isSameContext(a: RequestContext, b: RequestContext): boolean {
  return (
    a === b ||
    (a.kind === b.kind &&
      a.method === b.method &&
      a.initiator === b.initiator &&
      a.topLevelUrl === b.topLevelUrl &&
      a.via === b.via)
  )
}
