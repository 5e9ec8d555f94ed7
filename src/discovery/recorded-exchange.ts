/** One request that a page made, with its answer, as far as it was kept. Secrets may be in it: it stays in memory. */
export interface RecordedExchange {
  readonly method: string
  /** With its query, without a fragment. */
  readonly url: string
  readonly kind: ExchangeKind
  readonly requester: ExchangeRequester
  /** Whether the site's service worker answered it: HTTP may get something else. */
  readonly byServiceWorker: boolean
  /** The headers that the page's script gave it: lower-case names, without those that browsers add. */
  readonly requestHeaders: readonly (readonly [name: string, value: string])[]
  /** Null where there was none, or one that is no text. */
  readonly requestBody: string | null
  /** 0 where no answer came. */
  readonly status: number
  /** Whether it was answered from elsewhere, after a redirect. */
  readonly redirected: boolean
  /** Lower case, without parameters. */
  readonly mediaType: string
  /** The `Link` header, which can name the next page; empty where there is none. */
  readonly link: string
  /** Headers of the answer that a script may read something from: see `readableHeaders`. */
  readonly answerHeaders: readonly (readonly [name: string, value: string])[]
  /** Null where it was not kept: see `left`. */
  readonly body: string | null
  /** Why there is no body. */
  readonly left: 'nothing' | 'too-large' | 'no-text' | 'unread'
}

/** What was kept of the requests of one page, in the order in which they began. */
export interface Recording {
  readonly exchanges: readonly RecordedExchange[]
  /** How many were not kept: there were too many. */
  readonly left: number
}

/** `document`: the page itself. `socket` and `events` have no answer that ends. */
export type ExchangeKind = 'document' | 'data' | 'socket' | 'events'

/** Whose script asked: that of the page itself, of a frame in it, or of a worker. */
export type ExchangeRequester = 'page' | 'frame' | 'worker'

/** What is kept of one page. */
export interface RecordingBounds {
  readonly maxExchanges: number
  /** Of one body, in bytes. */
  readonly maxBodyBytes: number
  /** Of all bodies together, in bytes. */
  readonly maxBytes: number
}

export const RECORDING_BOUNDS: RecordingBounds = {
  maxExchanges: 200,
  maxBodyBytes: 2 * 1024 * 1024,
  maxBytes: 16 * 1024 * 1024,
}
