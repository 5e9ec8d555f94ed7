import { type Clock, LazyMap } from '../../core/index.ts'
import type { Cookie, RequestContext } from '../cookie.ts'
import { cookieId } from '../entry.ts'
import type { LogicalTime, Stamp } from '../stamp.ts'
import { type Access, accessOf, isSent } from './access.ts'
import { type CookieChange, refuse } from './cookie-change.ts'
import { siteOfHost } from './domain.ts'
import {
  type AccessedCookie,
  evictFromAll,
  evictFromPartition,
  evictFromSite,
  isExpired,
  MAX_TOTAL,
} from './eviction.ts'
import { byAge, byHeaderOrder, type CachedHeader, HostView, isForHost } from './host-view.ts'
import { LiveCookie } from './live-cookie.ts'
import { makeCookie } from './make-cookie.ts'
import { samePartition } from './partition.ts'
import { isTypedIn } from './same-site.ts'
import { type CookieUrl, isSecureAccess, shadowsSecure } from './secure.ts'

/** Two uses within this time count as one, as in Chromium. */
const ACCESS_GRAIN_MS = 60_000
/** Per site. */
const CACHED_VIEWS = 64
const TYPED_IN: RequestContext = {}

/** The dependencies of a jar. */
export interface CookieJarOptions {
  readonly clock: Clock
  /** A new time for `created`, later than any before. */
  readonly ticks: { tick(): LogicalTime }
  readonly thirdParty: 'blocked' | 'allowed'
}

/** What is known of the response that a Set-Cookie line came with. */
export interface PlanOptions {
  readonly dateHeader?: string | null
  /** Epoch milliseconds; default: now. */
  readonly receivedAt?: number
}

/** The cookies of one site (registrable domain), and the views of its hosts that were asked for. */
interface Site {
  /** In no order; at most a few hundred. */
  readonly cookies: LiveCookie[]
  views: Map<string, HostView> | undefined
}

/**
 * The cookies of one record, by site. It answers what a Set-Cookie line would change and what a request is sent, byte
 * for byte as Chromium does; it does not handle stamps, tombstones or the store.
 */
export class CookieJar {
  readonly #clock: Clock
  readonly #ticks: CookieJarOptions['ticks']
  readonly #thirdParty: 'blocked' | 'allowed'
  readonly #sites = new LazyMap<string, Site>()
  #size = 0
  #unpartitioned = 0
  /** Most requests are for the host of the one before. */
  #lastView: HostView | undefined

  constructor(options: CookieJarOptions) {
    this.#clock = options.clock
    this.#ticks = options.ticks
    this.#thirdParty = options.thirdParty
  }

  /** How many cookies are held, those that expired and were not deleted yet among them. */
  get size(): number {
    return this.#size
  }

  /** The cookie with this id (see `cookieId`), expired or not, as it is held here. */
  find(id: string): LiveCookie | undefined {
    // No name and no path has a line feed in it.
    const [domain = '', path, name] = id.split('\n')
    const hostOnly = !domain.startsWith('.')
    const site = this.#sites.get(siteOfHost(hostOnly ? domain : domain.slice(1)))
    return site?.cookies.find(
      (live) => live.name === name && live.path === path && live.hostOnly === hostOnly && live.id === id,
    )
  }

  /** The cookie with this id (see `cookieId`), expired or not. */
  get(id: string): Cookie | undefined {
    return this.find(id)?.plain()
  }

  /** The cookies that have not expired, oldest first. */
  all(): Cookie[] {
    const now = this.#clock.now()
    const live = [...this.held()].filter((each) => !isExpired(each, now))
    return live.sort(byAge).map((each) => each.plain())
  }

  /** Every cookie that is held, expired ones too, in no order. */
  *held(): IterableIterator<LiveCookie> {
    for (const site of this.#sites.values()) yield* site.cookies
  }

  /**
   * Holds a cookie, in place of the one with its id. Costs the site's cached headers when anything changes.
   *
   * @param stamp - default: the one it had
   */
  put(cookie: Cookie, stamp?: Stamp): void {
    const key = siteOfHost(cookie.domain)
    const site = this.#sites.get(key) ?? { cookies: [], views: undefined }
    const at = site.cookies.findIndex((live) => live.isTwinOf(cookie))
    const held = site.cookies[at]
    if (held?.equals(cookie)) {
      held.lastAccess = this.#clock.now()
      if (stamp) held.stamp = stamp
      return
    }
    this.#forgetViews(site)
    if (held) {
      site.cookies[at] = new LiveCookie(cookie, stamp ?? held.stamp, this.#clock.now())
      return
    }
    // A cookie that comes from the record counts as used when it was made, one that is new as used now: the same.
    site.cookies.push(new LiveCookie(cookie, stamp))
    this.#sites.set(key, site)
    this.#size++
    if (cookie.partitionKey === null) this.#unpartitioned++
  }

  /** Removes the cookie with this id, if there is one. */
  delete(id: string): void {
    const live = this.find(id)
    if (!live) return
    const key = siteOfHost(live.domain)
    const site = this.#sites.get(key)!
    site.cookies.splice(site.cookies.indexOf(live), 1)
    this.#forgetViews(site)
    this.#size--
    if (live.partitionKey === null) this.#unpartitioned--
    if (site.cookies.length === 0) this.#sites.delete(key)
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
    const held = neighbours.find((live) => live.isTwinOf(made))
    const current = held && !isExpired(held, now) ? held : undefined
    if (!isSecureAccess(url) && neighbours.some((each) => isShadowed(made, each, now))) {
      return refuse('shadows-secure')
    }
    if (context.via === 'document.cookie' && current?.httpOnly) return refuse('http-only-from-script')
    if (isExpired(made, now)) {
      return { accepted: true, id, put: null, remove: held ? [held.plain()] : [], unchanged: false }
    }
    const cookie =
      current?.value === made.value
        ? { ...made, created: current.created }
        : { ...made, created: this.#ticks.tick() }
    if (current?.equals(cookie)) {
      return { accepted: true, id, put: cookie, remove: [], unchanged: true }
    }
    return this.#withEviction(cookie, neighbours, held, now)
  }

  /** The cookies that a request to this URL is sent, in order. Made afresh at each call; reading does not count as use. */
  matching(url: CookieUrl, context: RequestContext = TYPED_IN): Cookie[] {
    const now = this.#clock.now()
    const access = accessOf(url, context, this.#thirdParty)
    const found: LiveCookie[] = []
    for (const live of this.#sites.get(siteOfHost(url.hostname))?.cookies ?? []) {
      if (isForHost(live, url.hostname) && isSent(live, url.pathname, access, now)) found.push(live)
    }
    return found.sort(byHeaderOrder).map((live) => live.plain())
  }

  /**
   * The Cookie header of a request to this URL; '' when none is sent. Costs a look-up while the site's cookies stay as
   * they are and none of them expires.
   */
  header(url: CookieUrl, context?: RequestContext): string {
    const host = url.hostname
    const view = this.#viewOf(host)
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
    const again = view.again(context, url.protocol, pathKey)
    if (again && now >= again.from && now < again.until) return this.#use(again, now)
    const access = accessOf(url, context, this.#thirdParty)
    const key = cacheKey(access, url.protocol, pathKey)
    let header = view.cached(key)
    if (!header || now < header.from || now >= header.until) {
      header = this.#makeHeader(view, url, access, now)
      view.cache(key, header)
    }
    view.remember(context, url.protocol, pathKey, header)
    return this.#use(header, now)
  }

  #makeHeader(view: HostView, url: CookieUrl, access: Access, now: number): CachedHeader {
    const path = url.pathname
    return view.header(
      view.cookies.filter((live) => isSent(live, path, access, now)),
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
    if (this.#lastView?.host === host) return this.#lastView
    const site = this.#sites.get(siteOfHost(host))
    if (!site) return undefined
    let view = site.views?.get(host)
    if (!view) {
      view = new HostView(host, site.cookies)
      site.views ??= new Map()
      if (site.views.size >= CACHED_VIEWS) site.views.delete(site.views.keys().next().value as string)
      site.views.set(host, view)
    }
    this.#lastView = view
    return view
  }

  #forgetViews(site: Site): void {
    site.views = undefined
    this.#lastView = undefined
  }

  /** The cookies of the same site and partition. */
  #neighbours(cookie: Cookie): LiveCookie[] {
    const site = this.#sites.get(siteOfHost(cookie.domain))
    if (!site) return []
    return site.cookies.filter((live) => samePartition(live.partitionKey, cookie.partitionKey))
  }

  #withEviction(
    cookie: Cookie,
    neighbours: readonly LiveCookie[],
    replaced: LiveCookie | undefined,
    now: number,
  ): CookieChange {
    const added: AccessedCookie = { cookie, lastAccess: now }
    const after: AccessedCookie[] = [...neighbours.filter((live) => live !== replaced), added]
    const partitioned = cookie.partitionKey !== null
    const gone = new Set(partitioned ? evictFromPartition(after, now) : evictFromSite(after, now))
    if (!partitioned && this.#unpartitioned + (replaced ? 0 : 1) - gone.size > MAX_TOTAL) {
      const rest = [...this.held()].filter((live) => live.partitionKey === null && live !== replaced)
      const kept = [...rest, added].filter((each) => !gone.has(each))
      for (const each of evictFromAll(kept, now)) gone.add(each)
    }
    const survives = !gone.delete(added)
    const remove = [...gone] as LiveCookie[]
    if (!survives && replaced) remove.push(replaced)
    return {
      accepted: true,
      id: cookieId(cookie),
      put: survives ? cookie : null,
      remove: remove.map((live) => live.plain()),
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
