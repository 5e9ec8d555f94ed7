import {
  type CdpCookie,
  type ChangeSource,
  type Cookie,
  cdpFingerprint,
  cdpObstacle,
  cdpReadObstacle,
  cookieId,
  type Delta,
  fromCdpCookie,
  type LogicalTime,
  type SessionRecord,
  timeToMs,
  toCdpCookieParam,
  type Write,
} from '../../record/index.ts'
import type { CdpLink } from '../devtools/cdp-link.ts'
import { orderGroup, toSetAnew } from './cookie-order.ts'

export interface CookieChannelOptions {
  /** The browser's own session: its reads and writes do not wait for any page. */
  readonly browser: CdpLink
  readonly browserContextId: string
  readonly record: SessionRecord
  readonly source: ChangeSource
  /**
   * Whether the browser may be closing. With its last window Chromium drops the profile's cookies that end with the browser, and still
   * answers: that they are missing is no deletion then. Default: never.
   */
  readonly isClosing?: (() => boolean) | undefined
}

/**
 * Keeps the cookies of one browser context and of the record the same. The shadow is what the context was last known to
 * hold: what differs from it in an authoritative read was changed by the browser. Calls must not overlap.
 */
export class CookieChannel {
  readonly #options: CookieChannelOptions
  /** Cookie id to fingerprint. */
  readonly #shadow = new Map<string, string>()
  /** What the record changed since the last push. */
  #pending = new Map<string, Cookie | null>()
  /** Cookies that were cleared, those too that nobody has read from the browser yet. */
  #cleared: ((cookie: Cookie) => boolean)[] = []
  #claimed = false

  constructor(options: CookieChannelOptions) {
    this.#options = options
    for (const cookie of options.record.cookies()) this.#pending.set(cookieId(cookie), cookie)
  }

  get hasPending(): boolean {
    return this.#pending.size > 0 || this.#claimed
  }

  /** Whether the browser has to be read before it is given anything. */
  get hasConflictChecks(): boolean {
    return this.#claimed
  }

  /** Takes note of changes that others made to the record. */
  note(delta: Delta): void {
    for (const entry of delta) if (entry.kind === 'cookie') this.#pending.set(entry.id, entry.value)
  }

  /** The record's word on this cookie stands, though it did not change: what pages wrote until now is overruled. */
  claim(id: string): void {
    this.#claimed = true
    this.#pending.set(id, this.#options.record.cookie(id) ?? null)
  }

  /** The same for the absence of all cookies that match. */
  checkAbsence(matches: (cookie: Cookie) => boolean): void {
    this.#claimed = true
    this.#cleared.push(matches)
  }

  /** Reads the context's cookies and writes what changed into the record. One round trip. */
  async pull(): Promise<void> {
    this.#take(await this.#held())
  }

  /** `push`, then `pull`, for the price of `push`. There must be no conflict checks. */
  async exchange(): Promise<void> {
    this.#take((await this.#give()) ?? (await this.#held()))
  }

  /** Compares what the context holds with the shadow and writes the changes. */
  #take(cookies: readonly CdpCookie[]): void {
    const { record, source } = this.#options
    const writes: Write[] = []
    const seen = new Set<string>()
    const changes: Array<{
      readonly id: string
      readonly cdp: CdpCookie
      readonly before: LogicalTime | null
    }> = []
    // The list is in creation order. One that stands before others that the record knows already is older than they.
    const next = new Map<string, LogicalTime>()
    for (const cdp of cookies.toReversed()) {
      const id = idOf(cdp)
      const fingerprint = cdpFingerprint(cdp)
      seen.add(id)
      const isNew = this.#shadow.get(id) !== fingerprint
      this.#shadow.set(id, fingerprint)
      // Where both sides wrote since the last exchange, the record's write is pushed next and stands.
      if (this.#pending.has(id)) continue
      const group = orderGroup(cdp)
      const before = next.get(group) ?? null
      if (isNew) changes.push({ id, cdp, before })
      else {
        const created = record.cookie(id)?.created
        if (created !== undefined) next.set(group, before === null ? created : Math.min(before, created))
        continue
      }
      if (before !== null) next.set(group, before - 1)
    }
    for (const { id, cdp, before } of changes.reverse()) {
      const known = record.cookie(id)
      if (!known && cdpReadObstacle(cdp) !== null) continue
      const cookie = fromCdpCookie(cdp, { created: before === null ? record.tick() : before - 1, known })
      if (this.#cleared.some((matches) => matches(cookie))) {
        this.#pending.set(id, known ?? null)
        continue
      }
      if (cookie !== known) writes.push({ kind: 'cookie', id, value: cookie })
    }
    const ended = this.#options.isClosing?.() && cookies.every((cdp) => !cdp.session)
    for (const id of this.#shadow.keys()) {
      if (seen.has(id)) continue
      if (ended && record.cookie(id)?.expiresAt === null) continue
      this.#shadow.delete(id)
      // One that has just expired is gone on both sides by itself.
      if (!this.#pending.has(id) && record.cookie(id)) writes.push({ kind: 'cookie', id, value: null })
    }
    if (writes.length > 0) record.write(writes, source)
  }

  /**
   * Gives the context what the record changed, in one call, in creation order, and reads back. One round trip, and one
   * more where cookies that the context held are younger than one that it was given now. Where there are conflict checks, a pull
   * has to come before.
   */
  async push(): Promise<void> {
    await this.#give()
  }

  /** @returns what the context holds then; undefined where that was not read */
  async #give(): Promise<readonly CdpCookie[] | undefined> {
    this.#claimed = false
    this.#cleared = []
    if (this.#pending.size === 0) return undefined
    const { browser, browserContextId, record } = this.#options
    const batch = this.#pending
    this.#pending = new Map()
    const now = timeToMs(record.tick())
    const params: ReturnType<typeof toCdpCookieParam>[] = []
    const pushed = new Map<string, string>()
    for (const [id, cookie] of batch) {
      if (cookie !== null) continue
      // Setting an expired cookie deletes exactly it; Network.deleteCookies would take its namesakes along.
      if (this.#shadow.has(id)) params.push({ ...toCdpCookieParam(tombstone(id)), expires: 1 })
      this.#shadow.delete(id)
    }
    const puts = [...batch.values()].filter((cookie) => cookie !== null).sort((a, b) => a.created - b.created)
    for (const cookie of puts) {
      if (cdpObstacle(cookie) !== null) continue
      const param = toCdpCookieParam(cookie, now)
      params.push(param)
      pushed.set(cookieId(cookie), cdpFingerprint(param))
    }
    if (params.length === 0) return undefined
    const set = browser.send('Storage.setCookies', { browserContextId, cookies: params }).catch(async () => {
      // One cookie that Chromium will not have makes it refuse all of them: give them one by one.
      for (const cookie of params) {
        await browser.send('Storage.setCookies', { browserContextId, cookies: [cookie] }).catch(() => {})
      }
      return this.#held()
    })
    for (const [id, fingerprint] of pushed) this.#shadow.set(id, fingerprint)
    // The browser does one after the other: this reads what it has after the call before.
    const [refused, held] = await Promise.all([set, this.#held()])
    const cookies = Array.isArray(refused) ? refused : held
    return (await this.#readBack(pushed, cookies)) ? cookies : undefined
  }

  async #held(): Promise<CdpCookie[]> {
    const { browser, browserContextId } = this.#options
    const { cookies } = await browser.send<{ cookies: CdpCookie[] }>('Storage.getCookies', {
      browserContextId,
    })
    return cookies
  }

  /**
   * What the browser did not keep of a push (a rule of its own, a full jar) stays in the record all the same.
   *
   * @returns whether these are still the cookies that the context holds, in their order
   */
  async #readBack(pushed: ReadonlyMap<string, string>, cookies: readonly CdpCookie[]): Promise<boolean> {
    const held = new Set(cookies.map(idOf))
    for (const id of pushed.keys()) if (!held.has(id)) this.#shadow.delete(id)
    return this.#settleOrder(cookies)
  }

  /** A cookie that came late (from another process) may be older than what the context held: these are set anew. */
  async #settleOrder(cookies: readonly CdpCookie[]): Promise<boolean> {
    const { browser, browserContextId, record } = this.#options
    const groups = Map.groupBy(cookies, orderGroup)
    const now = timeToMs(record.tick())
    const params = []
    for (const group of groups.values()) {
      // What the page has just changed is left alone: it has to be read first.
      const known = group.flatMap((cdp) => {
        const cookie =
          this.#shadow.get(idOf(cdp)) === cdpFingerprint(cdp) ? record.cookie(idOf(cdp)) : undefined
        return cookie && cdpObstacle(cookie) === null && !this.#pending.has(idOf(cdp)) ? [cookie] : []
      })
      const wanted = known.toSorted((a, b) => a.created - b.created || (cookieId(a) < cookieId(b) ? -1 : 1))
      const late = new Set(toSetAnew(known.map(cookieId), wanted.map(cookieId)))
      // An overwrite with an equal value keeps the creation time, so each is deleted first, in the same call.
      for (const cookie of wanted) {
        if (!late.has(cookieId(cookie))) continue
        params.push({ ...toCdpCookieParam(cookie), expires: 1 }, toCdpCookieParam(cookie, now))
      }
    }
    if (params.length === 0) return true
    await browser.send('Storage.setCookies', { browserContextId, cookies: params })
    return false
  }
}

function idOf(cdp: CdpCookie): string {
  const hostOnly = !cdp.domain.startsWith('.')
  return cookieId({
    name: utf8Bytes(cdp.name),
    domain: hostOnly ? cdp.domain : cdp.domain.slice(1),
    hostOnly,
    path: utf8Bytes(cdp.path),
    partitionKey: cdp.partitionKey ?? null,
  })
}

const ASCII = /^[\x00-\x7f]*$/

function utf8Bytes(text: string): string {
  return ASCII.test(text) ? text : Buffer.from(text, 'utf8').toString('latin1')
}

/** A cookie with the identity in the id, for deleting it. */
function tombstone(id: string): Cookie {
  const [domain = '', path = '/', name = '', site, ancestor] = id.split('\n')
  const hostOnly = !domain.startsWith('.')
  return {
    name,
    value: '',
    domain: hostOnly ? domain : domain.slice(1),
    hostOnly,
    path,
    secure: site !== undefined || /^__(secure|host|http)-/i.test(name),
    httpOnly: /^__(host-)?http-/i.test(name),
    sameSite: 'unspecified',
    priority: 'medium',
    partitionKey: site === undefined ? null : { topLevelSite: site, hasCrossSiteAncestor: ancestor === '1' },
    expiresAt: 1000,
    sourceScheme: 'secure',
    sourcePort: -1,
    created: 0,
  }
}
