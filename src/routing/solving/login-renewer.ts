import type { BrowserPort } from '../../browsing/index.ts'
import { type Clock, ignore, LazyMap, safeUrl } from '../../core/index.ts'
import { type Cookie, type Delta, type SessionRecord, siteOfText } from '../../record/index.ts'
import type { EventHub } from '../events.ts'
import type { OriginState } from '../origin-state.ts'
import type { ViewedPages } from '../token-bindings/index.ts'
import { SingleFlight } from './single-flight.ts'
import type { SolveLocks } from './solve-locks.ts'

export interface LoginRenewerOptions {
  readonly record: SessionRecord
  readonly shown: ViewedPages
  readonly browser: Pick<BrowserPort, 'run'>
  readonly locks: SolveLocks
  readonly state: Pick<OriginState, 'history'>
  readonly events: EventHub
  readonly clock: Clock
  readonly solveTimeoutMs: number
  /** Ends every renewal. */
  readonly closing: AbortSignal
}

/** A cookie that does not last, and that a page may renew. */
interface Short {
  readonly cookie: Cookie
  /** Epoch milliseconds. */
  readonly setAt: number
  readonly endsAt: number
}

/** What lasts longer is renewed when the user comes again. */
const LONGEST_LIFE_MS = 60 * 60_000
const SHORTEST_LIFE_MS = 2_000
const MAX_AHEAD_MS = 2 * 60_000
const LOOK_EVERY_MS = 100
/** How long after the page has come to rest its timers are waited for, at least: they have a shorter period than what they renew. */
const REST_MS = 2_000
const MAX_COOKIES = 500

/**
 * Renews login cookies that do not last, as the timer of an open page would: the page that the user looked at last is opened
 * shortly before such a cookie ends, while requests still use it. Nothing happens of itself: each request looks whether it is
 * time. A cookie that the page did not renew is let go.
 */
export class LoginRenewer {
  readonly #options: LoginRenewerOptions
  /** By cookie id. */
  readonly #short = new LazyMap<string, Short>()
  readonly #flights = new SingleFlight<boolean>()

  constructor(options: LoginRenewerOptions) {
    this.#options = options
    options.record.subscribe((delta) => this.#note(delta))
  }

  /** A request to this URL has passed over HTTP. Costs nothing where no cookie is short-lived. */
  used(url: URL): void {
    if (this.#short.size === 0) return
    const { record, clock } = this.#options
    const now = clock.now()
    for (const [id, short] of this.#short.entries()) {
      if (now < renewAt(short) || short.endsAt <= now || !belongsTo(short.cookie, url)) continue
      const last = this.#options.state.history.last(url.origin)
      // A clearance has its own way.
      if (record.cookie(id) && !last?.clearance.includes(id)) this.#renew(id, url, short)?.catch(ignore)
    }
  }

  /** Resolves when a login that has just ended is back, or its page could not renew it; undefined where none has ended. */
  ended(url: URL): Promise<unknown> | undefined {
    if (this.#short.size === 0) return undefined
    const now = this.#options.clock.now()
    const renewals: Array<Promise<boolean>> = []
    for (const [id, short] of [...this.#short.entries()]) {
      if (short.endsAt > now || !belongsTo(short.cookie, url)) continue
      const renewal = this.#renew(id, url, short)
      if (renewal) renewals.push(renewal)
      else this.#short.delete(id)
    }
    return renewals.length === 0 ? undefined : Promise.allSettled(renewals)
  }

  #note(delta: Delta): void {
    const now = this.#options.clock.now()
    for (const { kind, id, value } of delta) {
      if (kind !== 'cookie') continue
      const before = this.#short.get(id)
      // What ended by itself is no log-out.
      if (value === null && before && before.endsAt <= now) continue
      this.#short.delete(id)
      if (value === null || !isShort(value, now)) continue
      this.#short.set(id, { cookie: value, setAt: now, endsAt: value.expiresAt as number })
      const [first] = this.#short.keys()
      if (this.#short.size > MAX_COOKIES) this.#short.delete(first as string)
    }
  }

  #renew(id: string, url: URL, short: Short): Promise<boolean> | undefined {
    const site = siteOfText(url.origin) ?? ''
    const page = this.#options.shown.last(site)
    if (page === undefined) return undefined
    return this.#flights.run(site, async () => {
      const renewed = await this.#locked(page, id, short).catch(() => false)
      // What is there now was not renewed: it is no login, or a page cannot renew it.
      if (!renewed && this.#short.get(id) === short) this.#short.delete(id)
      return renewed
    })
  }

  async #locked(page: string, id: string, short: Short): Promise<boolean> {
    const { locks, browser, events, clock, closing, solveTimeoutMs } = this.#options
    const { origin } = new URL(page)
    const lock = await locks.acquire(`token ${origin}`)
    const startedAt = performance.now()
    const shown = safeUrl(page)
    try {
      if (this.#isRenewed(id, short)) return true
      events.emit({ type: 'solve-start', at: clock.now(), url: shown, reason: 'a login ends soon' })
      const graceMs = Math.max(REST_MS, short.endsAt - short.setAt)
      const task = { url: page, timeoutMs: solveTimeoutMs, graceMs, lookEveryMs: LOOK_EVERY_MS }
      const done = () => this.#isRenewed(id, short)
      const renewed = await browser.run(task, { signal: closing, done }).catch(() => false)
      const outcome = renewed ? 'passed' : 'failed'
      const reason = renewed ? 'the page has renewed the login' : 'the page did not renew the login'
      const ms = performance.now() - startedAt
      events.emit({ type: 'solve-end', at: clock.now(), url: shown, outcome, reason, ms })
      return renewed
    } finally {
      await lock.release()
    }
  }

  #isRenewed(id: string, short: Short): boolean {
    const cookie = this.#options.record.cookie(id)
    return cookie !== undefined && (cookie.expiresAt ?? Infinity) > short.endsAt
  }
}

/** Half of its life ahead, as nobody knows when the page's timer comes. */
function renewAt({ setAt, endsAt }: Short): number {
  return endsAt - Math.min(MAX_AHEAD_MS, (endsAt - setAt) / 2)
}

function belongsTo({ domain, hostOnly, path }: Cookie, { hostname, pathname }: URL): boolean {
  if (hostname !== domain && (hostOnly || !hostname.endsWith(`.${domain}`))) return false
  return pathname === path || pathname.startsWith(path.endsWith('/') ? path : `${path}/`)
}

function isShort({ expiresAt, httpOnly, partitionKey }: Cookie, now: number): boolean {
  if (expiresAt === null || !httpOnly || partitionKey !== null) return false
  const lifeMs = expiresAt - now
  return lifeMs >= SHORTEST_LIFE_MS && lifeMs <= LONGEST_LIFE_MS
}
