import type { SignalPlace } from './signal.ts'

/**
 * What a response is. `js-challenge`: a browser passes it by itself. `captcha`: a puzzle meant for a person. `block`: a
 * firm refusal of this client. `waiting-room`: a place in line. `rate-limited`: slow down. `unauthorised`: log in first. `error`: any other failure.
 */
export type VerdictKind =
  | 'ok'
  | 'js-challenge'
  | 'captcha'
  | 'block'
  | 'waiting-room'
  | 'rate-limited'
  | 'unauthorised'
  | 'error'

/** Where something was observed: a place of the table, or the build of the document, which joins several. */
type EvidencePlace = SignalPlace | 'structure'

/** One observation that counted. Built from the table and from structure: it never quotes what the site sent. */
export interface Evidence {
  /** Id of the signal. */
  readonly signal: string
  readonly vendor: string | null
  readonly where: EvidencePlace
  /** What it speaks for; `present` says only that a vendor's product is in use. */
  readonly verdict: VerdictKind | 'present'
  /** 0 to 1: how much it counts alone. */
  readonly weight: number
  /** What was seen, in words. */
  readonly note: string
}

export interface Verdict {
  readonly kind: VerdictKind
  /** 0 to 1. */
  readonly confidence: number
  /** Whose challenge or block it is; null when unknown, or when there is none. */
  readonly vendor: string | null
  /** The strongest first. */
  readonly evidence: readonly Evidence[]
  /** Vendors seen at work on the response, whether they challenged or not; sorted. Not looked for on the fast path. */
  readonly vendorsPresent: readonly string[]
  /** From Retry-After; absent when the header is absent or unreadable. */
  readonly retryAfterMs?: number
  /** Of a waiting room: how long it takes, as far as it says so, in milliseconds. */
  readonly estimatedWaitMs?: number
  /** Of a waiting room: when it asks to be asked again, in milliseconds; absent where a script of its own does that. */
  readonly askAgainMs?: number
}

/** The head of a response, in the shape undici gives. */
export interface ResponseHead {
  /** The URL that answered (after redirects). */
  readonly url: string | { readonly origin: string; readonly pathname: string }
  readonly method: string
  /** What was asked for first, where redirects were followed. */
  readonly asked?:
    | {
        readonly url: string | { readonly origin: string; readonly pathname: string }
        readonly method: string
      }
    | undefined
  readonly statusCode: number
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
}

/** The verdict of the fast path: shared, so that an ordinary response allocates nothing. */
export const OK_VERDICT: Verdict = Object.freeze({
  kind: 'ok',
  confidence: 1,
  vendor: null,
  evidence: Object.freeze([]),
  vendorsPresent: Object.freeze([]),
})
