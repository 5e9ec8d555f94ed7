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
  /** Whose product the signal belongs to; null when it belongs to no vendor. */
  readonly vendor: string | null
  /** Where in the response it was seen. */
  readonly where: EvidencePlace
  /** What it speaks for; `present` says only that a vendor's product is in use. */
  readonly verdict: VerdictKind | 'present'
  /** 0 to 1: how much it counts alone. */
  readonly weight: number
  /** What was seen, in words. */
  readonly note: string
}

/** What a response is taken for, and on what evidence. */
export interface Verdict {
  /** What the response is. */
  readonly kind: VerdictKind
  /** How sure that is, from 0 to 1. */
  readonly confidence: number
  /** Whose challenge or block it is; null when unknown, or when there is none. */
  readonly vendor: string | null
  /** What was seen, the strongest first. */
  readonly evidence: readonly Evidence[]
  /** Vendors seen at work on the response, whether they challenged or not; sorted. Not looked for on the fast path. */
  readonly vendorsPresent: readonly string[]
  /** What the Retry-After header says, in milliseconds; absent when the header is absent or unreadable. */
  readonly retryAfterMs?: number
  /** For a waiting room: how long the wait will be, in milliseconds; absent where the room does not say so. */
  readonly estimatedWaitMs?: number
  /** For a waiting room: after how many milliseconds it wants to be asked again; absent where its own script does that. */
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
