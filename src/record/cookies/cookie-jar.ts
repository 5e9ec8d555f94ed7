import type { Clock } from '../../core/index.ts'
import type { Cookie, RequestContext } from '../cookie.ts'
import { cookieId } from '../entry.ts'
import { type LogicalTime, timeToMs } from '../stamp.ts'
import { type Access, accessOf, isSent } from './access.ts'
import { type CookieChange, refuse } from './cookie-change.ts'
import { siteOfHost } from './domain.ts'
import { evictFromAll, evictFromPartition, evictFromSite, isExpired, MAX_TOTAL } from './eviction.ts'
import { byAge, byHeaderOrder, type CachedHeader, HostView, isForHost, type LiveCookie } from './host-view.ts'
import { makeCookie } from './make-cookie.ts'
import { samePartition } from './partition.ts'
import { isTypedIn } from './same-site.ts'
import { type CookieUrl, isSecureAccess, shadowsSecure } from './secure.ts'

/** Two uses within this time count as one, as in Chromium. */
const ACCESS_GRAIN_MS = 60_000
const CACHED_VIEWS = 512
const TYPED_IN: RequestContext = {}

/** What a jar needs from around it. */
export interface CookieJarOptions {
  readonly clock: Clock
  /** A new time for `created`, later than any before. */
  readonly tick: () => LogicalTime
  /** Default: `blocked`, as Chromium does in this build. */
  readonly thirdParty?: 'blocked' | 'allowed'
}

/** What is known of the response that a Set-Cookie line came with. */
export interface PlanOptions {
  readonly dateHeader?: string | null
  /** Epoch milliseconds; default: now. */
  readonly receivedAt?: number
}

/** The cookies of one site (registrable domain), and the hosts of it that have a view. */
interface Site {
  readonly cookies: Map<string, LiveCookie>
  readonly hosts: Set<string>
}

/**
 * The cookies of one record, by site. It answers what a Set-Cookie line would change and what a request is sent, byte
 * for byte as Chromium does; what becomes of the changes (stamps, tombstones, the store) is not its business.
 */
export class CookieJar {
  readonly #clock: Clock
  readonly #tick: () => LogicalTime
  readonly #thirdParty: 'blocked' | 'allowed'
  readonly #live = new Map<string, LiveCookie>()
  readonly #sites = new Map<string, Site>()
  readonly #views = new Map<string, HostView>()
  #unpartitioned = 0

  constructor(options: CookieJarOptions) {
    this.#clock = options.clock
    this.#tick = options.tick
    this.#thirdParty = options.thirdParty ?? 'blocked'
  }

  /** How many cookies are held, those that expired and were not deleted yet among them. */
  get size(): number {
    return this.#live.size
  }

  has(id: string): boolean {
    return this.#live.has(id)
  }

  /** The cookie with this id (see `cookieId`), expired or not. */
  get(id: string): Cookie | undefined {
    return this.#live.get(id)?.cookie
  }

  /** The cookies that have not expired, oldest first. */
  all(): Cookie[] {
    const now = this.#clock.now()
    const live = [...this.#live.values()].filter(({ cookie }) => !isExpired(cookie, now))
    return live.sort(byAge).map(({ cookie }) => cookie)
  }

  /** The cookies that have expired and are still held, for whoever keeps house. */
  expired(): Cookie[] {
    const now = this.#clock.now()
    return [...this.#live.values()].map((live) => live.cookie).filter((cookie) => isExpired(cookie, now))
  }

  /** Holds a cookie, in place of the one with its id. Costs the site's cached headers when anything changes. */
  put(cookie: Cookie): void {
    const id = cookieId(cookie)
    const held = this.#live.get(id)
    if (held && isSameCookie(held.cookie, cookie)) {
      held.lastAccess = this.#clock.now()
      return
    }
    const key = siteOfHost(cookie.domain)
    const site = this.#sites.get(key) ?? { cookies: new Map<string, LiveCookie>(), hosts: new Set<string>() }
    // A cookie that comes from the record counts as used when it was made, one that is new as used now: the same.
    const lastAccess = held ? this.#clock.now() : timeToMs(cookie.created)
    const live: LiveCookie = { id, cookie, lastAccess }
    this.#sites.set(key, site)
    site.cookies.set(id, live)
    this.#live.set(id, live)
    if (!held && cookie.partitionKey === null) this.#unpartitioned++
    this.#forgetViews(site)
  }

  /** Lets the cookie with this id go, if it is there. */
  delete(id: string): void {
    const live = this.#live.get(id)
    if (!live) return
    const key = siteOfHost(live.cookie.domain)
    const site = this.#sites.get(key)!
    this.#live.delete(id)
    site.cookies.delete(id)
    if (live.cookie.partitionKey === null) this.#unpartitioned--
    this.#forgetViews(site)
    if (site.cookies.size === 0) this.#sites.delete(key)
  }

  /**
   * What a Set-Cookie line from this URL would change; the jar stays as it is. Several lines of one response have to
   * be planned and applied one after the other.
   */
  plan(
    line: string,
    url: CookieUrl,
    context: RequestContext = TYPED_IN,
    options: PlanOptions = {},
  ): CookieChange {
    const now = options.receivedAt ?? this.#clock.now()
    const made = makeCookie(line, {
      url,
      context,
      receivedAt: now,
      dateHeader: options.dateHeader ?? null,
      thirdParty: this.#thirdParty,
    })
    if (typeof made === 'string') return refuse(made)
    const neighbours = this.#neighbours(made)
    const id = cookieId(made)
    const held = this.#live.get(id)
    const current = held && !isExpired(held.cookie, now) ? held : undefined
    if (!isSecureAccess(url) && neighbours.some((each) => isShadowed(made, each.cookie, now))) {
      return refuse('shadows-secure')
    }
    if (context.via === 'document.cookie' && current?.cookie.httpOnly) return refuse('http-only-from-script')
    if (isExpired(made, now)) {
      return { accepted: true, id, put: null, remove: held ? [held.cookie] : [], unchanged: false }
    }
    const cookie =
      current?.cookie.value === made.value
        ? { ...made, created: current.cookie.created }
        : { ...made, created: this.#tick() }
    if (current && isSameCookie(current.cookie, cookie)) {
      return { accepted: true, id, put: current.cookie, remove: [], unchanged: true }
    }
    return this.#withEviction({ id, cookie, lastAccess: now }, neighbours, held, now)
  }

  /** The cookies that a request to this URL is sent, in order. Made afresh at each call; reading does not count as use. */
  matching(url: CookieUrl, context: RequestContext = TYPED_IN): Cookie[] {
    const now = this.#clock.now()
    const access = accessOf(url, context, this.#thirdParty)
    const found: LiveCookie[] = []
    for (const live of this.#sites.get(siteOfHost(url.hostname))?.cookies.values() ?? []) {
      if (isForHost(live.cookie, url.hostname) && isSent(live.cookie, url.pathname, access, now))
        found.push(live)
    }
    return found.sort(byHeaderOrder).map((each) => each.cookie)
  }

  /**
   * The Cookie header of a request to this URL; '' when none is sent. Costs a look-up while the site's cookies stay as
   * they are and none of them expires.
   */
  header(url: CookieUrl, context?: RequestContext): string {
    const host = url.hostname
    const view = this.#views.get(host) ?? this.#viewOf(host)
    if (view === undefined || view.cookies.length === 0) return ''
    const now = this.#clock.now()
    const pathKey = view.hasPaths ? view.pathKey(url.pathname) : ''
    if (context === undefined || isTypedIn(context)) {
      const tls = url.protocol === 'https:'
      const key = pathKey === '' ? '' : `${url.protocol}${pathKey}`
      const known = key !== '' ? view.cached(key) : tls ? view.tls : view.plain
      if (known && now >= known.from && now < known.until) return this.#use(known, now)
      const made = this.#makeHeader(view, url, accessOf(url, TYPED_IN, this.#thirdParty), now)
      if (key !== '') view.cache(key, made)
      else if (tls) view.tls = made
      else view.plain = made
      return this.#use(made, now)
    }
    const access = accessOf(url, context, this.#thirdParty)
    const key = cacheKey(access, url.protocol, pathKey)
    let header = view.cached(key)
    if (!header || now < header.from || now >= header.until) {
      header = this.#makeHeader(view, url, access, now)
      view.cache(key, header)
    }
    return this.#use(header, now)
  }

  #makeHeader(view: HostView, url: CookieUrl, access: Access, now: number): CachedHeader {
    const path = url.pathname
    return view.header(
      view.cookies.filter((live) => isSent(live.cookie, path, access, now)),
      access,
      now,
    )
  }

  /** Notes the use for eviction, at most once a minute. */
  #use(header: CachedHeader, now: number): string {
    if (now - header.noted >= ACCESS_GRAIN_MS) {
      header.noted = now
      for (const live of header.sent) if (now - live.lastAccess >= ACCESS_GRAIN_MS) live.lastAccess = now
    }
    return header.text
  }

  #viewOf(host: string): HostView | undefined {
    const site = this.#sites.get(siteOfHost(host))
    if (!site) return undefined
    const view = new HostView(host, site.cookies.values())
    if (this.#views.size >= CACHED_VIEWS) this.#dropView(this.#views.keys().next().value as string)
    this.#views.set(host, view)
    site.hosts.add(host)
    return view
  }

  #dropView(host: string): void {
    this.#views.delete(host)
    this.#sites.get(siteOfHost(host))?.hosts.delete(host)
  }

  #forgetViews(site: Site): void {
    for (const host of site.hosts) this.#views.delete(host)
    site.hosts.clear()
  }

  /** The cookies of the same site and partition. */
  #neighbours(cookie: Cookie): LiveCookie[] {
    const site = this.#sites.get(siteOfHost(cookie.domain))
    if (!site) return []
    return [...site.cookies.values()].filter((live) =>
      samePartition(live.cookie.partitionKey, cookie.partitionKey),
    )
  }

  #withEviction(
    added: LiveCookie,
    neighbours: readonly LiveCookie[],
    replaced: LiveCookie | undefined,
    now: number,
  ): CookieChange {
    const after = [...neighbours.filter((live) => live !== replaced), added]
    const partitioned = added.cookie.partitionKey !== null
    const gone = new Set(partitioned ? evictFromPartition(after, now) : evictFromSite(after, now))
    if (!partitioned && this.#unpartitioned + (replaced ? 0 : 1) - gone.size > MAX_TOTAL) {
      const rest = [...this.#live.values()].filter(
        (live) => live.cookie.partitionKey === null && live !== replaced,
      )
      const kept = [...rest, added].filter((live) => !gone.has(live))
      for (const live of evictFromAll(kept, now)) gone.add(live)
    }
    if (!gone.delete(added)) {
      return {
        accepted: true,
        id: added.id,
        put: added.cookie,
        remove: [...gone].map((live) => live.cookie),
        unchanged: false,
      }
    }
    if (replaced) gone.add(replaced)
    return {
      accepted: true,
      id: added.id,
      put: null,
      remove: [...gone].map((live) => live.cookie),
      unchanged: false,
    }
  }
}

function isShadowed(made: Cookie, held: Cookie, now: number): boolean {
  return held.secure && !isExpired(held, now) && shadowsSecure(made, held)
}

function cacheKey(access: Access, protocol: string, pathKey: string): string {
  const partition = access.partition
    ? `${access.partition.topLevelSite} ${access.partition.hasCrossSiteAncestor ? 1 : 0}`
    : ''
  const flags = `${access.script ? 's' : 'h'}${access.unpartitioned ? 'u' : 'p'}`
  return `${protocol} ${flags} ${access.level} ${partition} ${pathKey}`
}

/** Whether two cookies with one id are equal in everything. */
function isSameCookie(a: Cookie, b: Cookie): boolean {
  return (
    a.value === b.value &&
    a.secure === b.secure &&
    a.httpOnly === b.httpOnly &&
    a.sameSite === b.sameSite &&
    a.priority === b.priority &&
    a.expiresAt === b.expiresAt &&
    a.sourceScheme === b.sourceScheme &&
    a.sourcePort === b.sourcePort &&
    a.created === b.created
  )
}
