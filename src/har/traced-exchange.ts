export type HeaderPairs = readonly (readonly [name: string, value: string])[]

/** A request and its response, as they were on the wire: one hop of a redirect is one. */
export interface TracedExchange {
  /** Epoch milliseconds. */
  readonly startedAt: number
  readonly transport: 'http' | 'page-fetch' | 'page'
  /** What the browser calls it: `document`, `script`, `fetch`. Null where no browser asked. */
  readonly resourceType: string | null
  readonly request: {
    readonly method: string
    readonly url: string
    readonly httpVersion: string
    readonly headers: HeaderPairs
    readonly body: Buffer | null
    readonly bodyBytes: number
  }
  /** Null where none came. */
  readonly response: {
    readonly status: number
    readonly statusText: string
    readonly httpVersion: string
    readonly headers: HeaderPairs
    /** Decoded; null where it is not kept. */
    readonly body: Buffer | null
    /** As it came. */
    readonly bodyBytes: number
  } | null
  /** From the request to the first byte of the response, in milliseconds. */
  readonly waitMs: number
  /** From there to the end. */
  readonly receiveMs: number
  /** What it failed with, without secrets; null where it did not. */
  readonly error: string | null
  /** Why it went by its transport. */
  readonly reason: string | null
}
