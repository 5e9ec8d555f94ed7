import { type Clock, LazyMap } from '../../core/index.ts'
import { isTellingName, tokenEnd } from '../../credentials/index.ts'
import { freshMs, type ResponseHeaders } from '../../http/index.ts'
import type { Cookie, SessionRecord } from '../../record/index.ts'

/** Sites whose responses are remembered; then the oldest is forgotten. */
const MAX_HOSTS = 1_000

/**
 * How long a session is good for by what its sites say: Max-Age and Expires of its cookies, `exp` of JSON web tokens in cookies and
 * localStorage, and, for cookies that name no end, Cache-Control and Expires of the responses that set them.
 */
export class SessionLife {
  readonly #record: SessionRecord
  readonly #clock: Clock
  /** Host to until when its last response that set cookies holds, in epoch milliseconds. */
  readonly #fresh = new LazyMap<string, number>()

  constructor(record: SessionRecord, clock: Clock) {
    this.#record = record
    this.#clock = clock
  }

  /** A response has set cookies. */
  onSet({ hostname }: URL, headers: ResponseHeaders): void {
    const ms = freshMs(headers)
    this.#fresh.delete(hostname)
    if (ms === null) return
    this.#fresh.set(hostname, this.#clock.now() + ms)
    if (this.#fresh.size > MAX_HOSTS) this.#fresh.delete(this.#fresh.keys().next().value as string)
  }

  /** When a cookie ends: by itself, by the token in it, or as the response that set it; null when nothing says so. */
  cookieEnd({ expiresAt, value, domain, hostOnly }: Cookie): number | null {
    const token = tokenEnd(value) ?? null
    if (expiresAt !== null) return token === null ? expiresAt : Math.min(expiresAt, token)
    if (token !== null) return token
    let end: number | null = null
    for (const [host, until] of this.#fresh)
      if (host === domain || (!hostOnly && host.endsWith(`.${domain}`))) end = Math.max(end ?? 0, until)
    return end
  }

  /** When the last thing ends that names its end, in epoch milliseconds; null when none does. Costs a walk through the record. */
  get endsAt(): number | null {
    let last: number | null = null
    const take = (end: number | null | undefined) => {
      if (typeof end === 'number') last = Math.max(last ?? 0, end)
    }
    for (const cookie of this.#record.cookies()) take(this.cookieEnd(cookie))
    for (const origin of this.#record.localOrigins())
      for (const value of this.#record.localItems(origin).values()) take(tokenEnd(value))
    return last
  }

  /** What a login at an origin may change, to be compared afterwards. */
  marks({ origin, hostname }: URL): ReadonlyMap<string, Mark> {
    const marks = new Map<string, Mark>()
    for (const cookie of this.#record.cookies()) {
      const { domain, hostOnly, path, name, value, httpOnly } = cookie
      if (domain !== hostname && (hostOnly || !hostname.endsWith(`.${domain}`))) continue
      const isLogin = httpOnly || isTellingName(name) || tokenEnd(value) !== undefined
      marks.set(`${domain}${path} ${name}`, { value, end: this.cookieEnd(cookie), isLogin })
    }
    for (const [key, value] of this.#record.localItems(origin)) {
      const end = tokenEnd(value) ?? null
      if (end !== null) marks.set(`local ${key}`, { value, end, isLogin: true })
    }
    return marks
  }
}

/** A cookie or token, its end, and whether it is likely to be what lets somebody in. */
export interface Mark {
  readonly value: string
  readonly end: number | null
  readonly isLogin: boolean
}
