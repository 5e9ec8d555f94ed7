import { MAX_ROBOTS_BYTES, RobotsRules } from './robots-rules.ts'

/** What came of asking for a robots.txt. */
export type RobotsAnswer =
  | { readonly kind: 'file'; readonly body: Uint8Array }
  /** A status other than success; `challenge`: a bot challenge stood in for it. */
  | { readonly kind: 'status'; readonly statusCode: number; readonly challenge: boolean }
  | { readonly kind: 'too-many-redirects' }

/** What is known of an origin's robots.txt, and until when. */
export interface KnownRobots {
  readonly rules: RobotsRules
  /** Why nothing is allowed, where the site could not say; null where the rules decide. */
  readonly closed: string | null
  /** On the clock of whoever learned it. */
  readonly until: number
  /** What the file weighs that the rules are of. */
  readonly bytes: number
}

/** RFC 9309, section 2.4: no longer than a day. */
const KEPT_MS = 24 * 3_600_000
/** What stood in for the file says nothing of tomorrow. */
const CHALLENGED_MS = 10 * 60_000
/** How long nothing is allowed before the site is asked again. */
const CLOSED_MS = 60_000

const NO_RULES = new RobotsRules('', '')

/**
 * What an answer means (RFC 9309, section 2.3.1): a file has rules; "unavailable" (4xx, more than five redirects) allows
 * everything; "unreachable" (5xx, and 429 as search engines have it) allows nothing for a minute, unless the rules are
 * known from before.
 */
export function learnRobots(
  answer: RobotsAnswer,
  before: KnownRobots | undefined,
  userAgent: string,
  now: number,
): KnownRobots {
  if (answer.kind === 'file') {
    const text = new TextDecoder().decode(answer.body.subarray(0, MAX_ROBOTS_BYTES))
    return { rules: new RobotsRules(text, userAgent), closed: null, until: now + KEPT_MS, bytes: text.length }
  }
  if (answer.kind === 'too-many-redirects')
    return { rules: NO_RULES, closed: null, until: now + KEPT_MS, bytes: 0 }
  const { statusCode, challenge } = answer
  if (challenge) return { rules: NO_RULES, closed: null, until: now + CHALLENGED_MS, bytes: 0 }
  if (statusCode < 500 && statusCode !== 429)
    return { rules: NO_RULES, closed: null, until: now + KEPT_MS, bytes: 0 }
  if (before && before.closed === null) return { ...before, until: now + CLOSED_MS }
  return { rules: NO_RULES, closed: `robots.txt answered ${statusCode}`, until: now + CLOSED_MS, bytes: 0 }
}
