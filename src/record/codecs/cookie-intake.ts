import type { Cookie } from '../cookie.ts'
import { registrableDomain } from '../cookies/domain.ts'
import { MAX_LIFETIME_MS } from '../cookies/lifetime.ts'
import { siteOfText } from '../cookies/same-site.ts'
import { cookieId } from '../entry.ts'
import { type LogicalTime, timeToMs } from '../stamp.ts'
import { checkForm } from './check-form.ts'
import { unfitness } from './cookie-fitness.ts'
import { fileHost } from './file-host.ts'
import { describeIssue } from './read-json.ts'
import { cookieSchema } from './schemas.ts'
import { secondsToMs } from './seconds.ts'
import type { Imported, OriginState, Problem } from './state.ts'

/** What an import needs from its caller. */
export interface ImportOptions {
  /** A new logical time, later than any before: `StampClock.tick`. It gives the cookies their creation order, too. */
  readonly tick: () => LogicalTime
  /** The host that a file without hosts came from: the heads of answers have Set-Cookie lines without Domain. */
  readonly site?: string | null
}

/** A cookie as a file has it: its domain may be in any case, begin with a dot, and include a scheme or a port. */
export type CookieDraft = Omit<Cookie, 'created'>

/**
 * Takes the cookies of a file, in its order, as a browser would: an expired one is passed over, an expiry beyond 400
 * days is cut, a domain that no subdomain can share makes the cookie host-only, and of two with one id the later
 * stays. What is not taken, or not as it is written, is noted as a problem.
 */
export class CookieIntake {
  readonly problems: Problem[] = []
  readonly #tick: () => LogicalTime
  readonly #cookies = new Map<string, Cookie>()
  readonly #places = new Map<string, string>()
  readonly #isHistory: boolean
  #leftOut = 0

  /** @param isHistory - whether the file lists responses in order, so that a later cookie is expected to replace */
  constructor(options: ImportOptions, isHistory = false) {
    this.#tick = options.tick
    this.#isHistory = isHistory
  }

  get cookies(): Cookie[] {
    return [...this.#cookies.values()]
  }

  /** What was taken, with the storage of these origins. */
  result(origins: readonly OriginState[]): Imported {
    const leftOut = this.#leftOut === 0 ? {} : { leftOut: this.#leftOut }
    return { cookies: this.cookies, origins, problems: this.problems, ...leftOut }
  }

  /** Notes a place that was taken in another form than written. */
  note(at: string, why: string): void {
    this.problems.push({ at, why })
  }

  /** Notes a place that was not taken. */
  leave(at: string, why: string): void {
    this.#leftOut += 1
    this.note(at, why)
  }

  take(draft: CookieDraft, at: string): void {
    const created = this.#tick()
    const domain = fileHost(draft.domain)?.host ?? null
    if (domain === null) {
      this.leave(at, 'its domain is no host name')
      return
    }
    const expiresAt =
      draft.expiresAt === null ? null : Math.min(draft.expiresAt, timeToMs(created) + MAX_LIFETIME_MS)
    if (expiresAt !== null && expiresAt <= timeToMs(created)) {
      this.leave(at, 'it has expired')
      const hostOnly = draft.hostOnly || registrableDomain(domain) === ''
      if (this.#isHistory) this.#cookies.delete(cookieId({ ...draft, domain, hostOnly }))
      return
    }
    const topLevelSite = draft.partitionKey ? siteOfText(draft.partitionKey.topLevelSite) : ''
    if (topLevelSite === null) {
      this.leave(at, 'its partition is not a site')
      return
    }
    const nakedNone = draft.sameSite === 'none' && !draft.secure
    if (nakedNone) this.note(at, 'SameSite=None needs Secure; it is taken as if SameSite were not specified')
    this.admit(
      {
        ...draft,
        domain,
        hostOnly: draft.hostOnly || registrableDomain(domain) === '',
        sameSite: nakedNone ? 'unspecified' : draft.sameSite,
        partitionKey: draft.partitionKey ? { ...draft.partitionKey, topLevelSite } : null,
        expiresAt,
        created,
      },
      at,
    )
  }

  /** Takes a cookie that has the record's own form already. */
  admit(cookie: unknown, at: string): void {
    const parsed = checkForm(cookieSchema, cookie)
    if (!parsed.success) {
      this.leave(at, describeIssue(parsed.error.issues[0]))
      return
    }
    const unfit = unfitness(parsed.data)
    if (unfit !== null) {
      this.leave(at, unfit)
      return
    }
    const id = cookieId(parsed.data)
    const before = this.#cookies.get(id)
    if (before !== undefined && !this.#isHistory && before.value !== parsed.data.value)
      this.leave(
        this.#places.get(id) ?? at,
        `another cookie of the same name, domain and path comes later, at ${at}`,
      )
    this.#cookies.delete(id)
    this.#cookies.set(id, parsed.data)
    this.#places.set(id, at)
  }
}

/** The expiry of a file, in epoch seconds, as epoch milliseconds; absent, 0 and negative ones mean a session cookie. */
export function expiryFromSeconds(seconds: number | null | undefined): number | null {
  return seconds === null || seconds === undefined || seconds <= 0 ? null : secondsToMs(seconds)
}
