/** What an entry keeps of a body at most, before it is written as base64. */
export const MAX_KEPT_BODY_BYTES = 64 * 1024

/** Header fields in the order they were sent or came in; lower-case names. */
export type KeptHeaders = readonly (readonly [name: string, value: string])[]

/** A request that failed for good, kept so that a person can examine it and send it again. Its id is random. */
export interface DeadLetter {
  /** Epoch milliseconds, as all instants here. */
  readonly at: number
  /** When it is forgotten. */
  readonly expiresAt: number
  /** The method of the request. */
  readonly method: string
  /** Origin and path: what may be shown. */
  readonly url: string
  /** The tier of the last error. */
  readonly tier: 'recoverable' | 'non-recoverable' | 'compliance-blocked'
  /** The code of the last error. */
  readonly code: string
  /** What the last answer had; null where there was none, absent where that is not known. */
  readonly status?: number | null | undefined
  /** How often it was sent. */
  readonly attempts: number
  /** What is needed to send it again; never shown. */
  readonly request: {
    /** The query with its `?`, or an empty text. */
    readonly search: string
    /** Without cookies and credentials: the session adds its own when it is sent again. */
    readonly headers: KeptHeaders
    /** Null when there was none, or one that could not be kept. */
    readonly bodyBase64: string | null
    /** Whether `bodyBase64` is all of the body; what is not whole is not sent again. */
    readonly isWhole: boolean
  }
}

/** A request that must reach the server once, however often it is made. Its id is a hash of its key. */
export interface IdempotentRequest {
  readonly state: 'running' | 'done'
  /** A hash of the request: another request with the same key is an error. */
  readonly fingerprint: string
  readonly startedAt: number
  /** Until when a repeated request gets the stored response. */
  readonly expiresAt: number
  /** Null while it is running. */
  readonly response: {
    readonly status: number
    readonly url: string
    readonly headers: KeptHeaders
    /** Null when the body was larger than what is kept. */
    readonly bodyBase64: string | null
  } | null
}

/** A session is blocked for an origin until a person unblocks it. Its id is the origin. */
export interface Halt {
  /** Epoch milliseconds: when the block was seen. */
  readonly at: number
  /** A puzzle for a person, or a refusal. */
  readonly verdict: 'captcha' | 'block'
  /** The product that blocks; null when unknown. */
  readonly vendor: string | null
  /** In a sentence without secrets. */
  readonly reason: string
}

/** An origin asked to be left alone (Retry-After). Its id is the origin. */
export interface RateLimitPause {
  /** Epoch milliseconds: when it asked. */
  readonly at: number
  /** Afterwards it may be asked again. */
  readonly until: number
}

/** A login at an origin, made by the application's hook. Its id is the origin. */
export interface LoginLife {
  /** Epoch milliseconds: when the session was logged in. */
  readonly at: number
  /** When what the login brought ends by its own word. */
  readonly endsAt: number
}

/** A session is quarantined for a while. Its id is the origin, or empty for all origins. */
export interface Quarantine {
  readonly at: number
  /** Afterwards it may be used again. */
  readonly until: number
  /** In a sentence without secrets. */
  readonly reason: string
  /** The blocked origin that caused it: the quarantine ends when the origin is unblocked. Absent for other causes. */
  readonly from?: string | undefined
}
