import type { Cookie } from '../cookie.ts'
import { registrableDomain } from '../cookies/domain.ts'
import { MAX_LIFETIME_MS } from '../cookies/lifetime.ts'
import { siteOfText } from '../cookies/same-site.ts'
import { cookieId } from '../entry.ts'
import { type LogicalTime, timeToMs } from '../stamp.ts'
import { canonicalHost } from './canonical-host.ts'
import { checkForm } from './check-form.ts'
import { unfitness } from './cookie-fitness.ts'
import { describeIssue } from './read-json.ts'
import { cookieSchema } from './schemas.ts'
import { secondsToMs } from './seconds.ts'
import type { Problem } from './state.ts'

/** What an import needs of its caller. */
export interface ImportOptions {
  /** A new logical time, later than any before: `StampClock.tick`. It gives the cookies their creation order, too. */
  readonly tick: () => LogicalTime
}

/** A cookie as a file has it: its domain may be in any case and begin with a dot. */
export type CookieDraft = Omit<Cookie, 'created'>

/**
 * Takes the cookies of a file, in its order, as a browser would: an expired one is passed over, an expiry beyond 400
 * days is cut, a domain that no subdomain can share makes the cookie host-only, and of two with one id the later
 * stays. What cannot be a cookie is noted as a problem.
 */
export class CookieIntake {
  readonly problems: Problem[] = []
  readonly #tick: () => LogicalTime
  readonly #cookies = new Map<string, Cookie>()

  constructor(options: ImportOptions) {
    this.#tick = options.tick
  }

  get cookies(): Cookie[] {
    return [...this.#cookies.values()]
  }

  /** Notes a place that was not taken as it is written. */
  note(at: string, why: string): void {
    this.problems.push({ at, why })
  }

  take(draft: CookieDraft, at: string): void {
    const created = this.#tick()
    const domain = canonicalHost(draft.domain.startsWith('.') ? draft.domain.slice(1) : draft.domain)
    if (domain === null) {
      this.note(at, 'its domain is no host name')
      return
    }
    const expiresAt =
      draft.expiresAt === null ? null : Math.min(draft.expiresAt, timeToMs(created) + MAX_LIFETIME_MS)
    if (expiresAt !== null && expiresAt <= timeToMs(created)) {
      this.note(at, 'it has expired')
      return
    }
    const topLevelSite = draft.partitionKey ? siteOfText(draft.partitionKey.topLevelSite) : ''
    if (topLevelSite === null) {
      this.note(at, 'its partition is no site')
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
      this.note(at, describeIssue(parsed.error.issues[0]))
      return
    }
    const unfit = unfitness(parsed.data)
    if (unfit !== null) {
      this.note(at, unfit)
      return
    }
    const id = cookieId(parsed.data)
    this.#cookies.delete(id)
    this.#cookies.set(id, parsed.data)
  }
}

/** The expiry of a file, in epoch seconds, as epoch milliseconds; absent, 0 and negative ones mean a session cookie. */
export function expiryFromSeconds(seconds: number | null | undefined): number | null {
  return seconds === null || seconds === undefined || seconds <= 0 ? null : secondsToMs(seconds)
}
