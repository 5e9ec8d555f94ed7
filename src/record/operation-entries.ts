/** What an entry keeps of a body at most, before it is written as base64. */
export const MAX_KEPT_BODY_BYTES = 64 * 1024

/** Header fields in the order they were sent or came in; lower-case names. */
export type KeptHeaders = readonly (readonly [name: string, value: string])[]

/** A request that was given up, kept so that somebody can look at it and send it again. Its id is a chance one. */
export interface DeadLetter {
  /** Epoch milliseconds, as all instants here. */
  readonly at: number
  /** When it is forgotten. */
  readonly expiresAt: number
  readonly method: string
  /** Origin and path: what may be shown. */
  readonly url: string
  readonly tier: 'recoverable' | 'non-recoverable' | 'compliance-blocked'
  /** The code of the error that was the last. */
  readonly code: string
  readonly attempts: number
  /** What it takes to send it again; for nobody's eyes. */
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
  /** A hash of what the request is: another one under the same key is a mistake. */
  readonly fingerprint: string
  readonly startedAt: number
  /** Until when a repetition gets the kept response. */
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

/** That a session has to stop at an origin until a person says that it goes on. Its id is the origin. */
export interface Halt {
  /** Epoch milliseconds: when it was met. */
  readonly at: number
  /** A puzzle for a person, or a firm refusal. */
  readonly verdict: 'captcha' | 'block'
  readonly vendor: string | null
  /** In a sentence without secrets. */
  readonly reason: string
}

/** That a session is not to be used for a while. Its id is the origin that this is about, or empty for all of them. */
export interface Quarantine {
  readonly at: number
  /** Afterwards it may be used again. */
  readonly until: number
  /** In a sentence without secrets. */
  readonly reason: string
  /** The origin that stopped the session: it ends when the session goes on there. Absent where it came of something else. */
  readonly from?: string | undefined
}
