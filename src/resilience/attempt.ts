import type { ErrorCode } from '../core/index.ts'

/** What one attempt came to, as far as it matters for what is done next. */
export type Attempt =
  | {
      readonly kind: 'response'
      readonly status: number
      /** What the classifier calls it; undefined when nobody asked. */
      readonly verdict: string | undefined
      /** What the site asked for, in milliseconds; undefined when it did not, or not in a form that can be read. */
      readonly retryAfterMs: number | undefined
    }
  | {
      readonly kind: 'error'
      readonly code: ErrorCode
      /** The system's or TLS's own code beneath it, where there is one. */
      readonly causeCode: string | undefined
      readonly retryAfterMs: number | undefined
    }

/** Statuses that time may mend (RFC 9110; 425 from RFC 8470). */
const TRANSIENT: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504])

/** Verdicts that another stage of the pipeline handles: a retry of the same request would meet them again. */
const DEALT_WITH: ReadonlySet<string> = new Set([
  'js-challenge',
  'captcha',
  'block',
  'waiting-room',
  'unauthorised',
])

const TRANSIENT_CODES: ReadonlySet<ErrorCode> = new Set([
  'ONEJAR_TIMEOUT',
  'ONEJAR_NETWORK',
  'ONEJAR_PROXY_FAILED',
  'ONEJAR_BAD_RESPONSE',
  'ONEJAR_RATE_LIMITED',
  'ONEJAR_OUTCOME_UNKNOWN',
])

/** What is the same at the next attempt: a name that does not exist, a limit of ours, credentials. */
const LASTING_CAUSES: ReadonlySet<string> = new Set([
  'ENOTFOUND',
  'UND_ERR_HEADERS_OVERFLOW',
  'PROXY_CREDENTIALS',
])

/** Why an attempt may be worth another one, in a word or two without secrets; null when it is not. */
export function transientReason(attempt: Attempt): string | null {
  if (attempt.kind === 'response') {
    if (attempt.verdict === 'rate-limited') return 'rate-limited'
    if (attempt.verdict !== undefined && DEALT_WITH.has(attempt.verdict)) return null
    return TRANSIENT.has(attempt.status) ? `status ${attempt.status}` : null
  }
  if (!TRANSIENT_CODES.has(attempt.code)) return null
  return attempt.causeCode !== undefined && LASTING_CAUSES.has(attempt.causeCode) ? null : attempt.code
}

/**
 * Whether an attempt says that the origin is down: `true` counts towards an open circuit, `false` is proof that it works,
 * and null says nothing about it.
 */
export function isOutage(attempt: Attempt): boolean | null {
  if (attempt.kind === 'response') {
    const own = attempt.verdict === undefined || attempt.verdict === 'ok' || attempt.verdict === 'error'
    // One that says when it will be back is not down: it is waited for.
    return own && attempt.status >= 500 && attempt.retryAfterMs === undefined
  }
  if (attempt.code === 'ONEJAR_NETWORK' || attempt.code === 'ONEJAR_BAD_RESPONSE') return true
  return attempt.code === 'ONEJAR_TIMEOUT' ? true : null
}

/** Whether the origin says that there were too many requests. One that challenges with that status does not. */
export function isRateLimited(attempt: Attempt): boolean {
  if (attempt.kind === 'error') return attempt.code === 'ONEJAR_RATE_LIMITED'
  return isRateLimit(attempt.status, attempt.verdict)
}

/** The same of an answer. @param verdict - undefined where nobody looked */
export function isRateLimit(status: number, verdict: string | undefined): boolean {
  if (verdict === 'rate-limited') return true
  return status === 429 && (verdict === undefined || !DEALT_WITH.has(verdict))
}

/** How long the origin asked to be left alone: Retry-After of a refusal (429, 503 or as the classifier sees it). */
export function askedPauseMs(attempt: Attempt): number | undefined {
  if (attempt.kind === 'error') {
    return attempt.code === 'ONEJAR_RATE_LIMITED' ? attempt.retryAfterMs : undefined
  }
  const refused = attempt.status === 429 || attempt.status === 503 || attempt.verdict === 'rate-limited'
  return refused ? attempt.retryAfterMs : undefined
}
