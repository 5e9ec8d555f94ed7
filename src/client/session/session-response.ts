import type { Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'
import type { Verdict } from '../../challenge/index.ts'
import type { SitePreferences } from '../../compliance/index.ts'
import type { Via } from '../../http/index.ts'

/**
 * The body of a `SessionResponse`: a Node stream that can also be read whole, once, in one of several forms. A test can
 * stand in for it with any object of this shape.
 */
export interface SessionResponseBody extends Readable {
  /** The body as UTF-8, without a byte order mark. @throws TypeError when the body was read already */
  text(): Promise<string>
  /** The body parsed as JSON. @throws SyntaxError when it is not JSON, TypeError when it was read already */
  json(): Promise<unknown>
  /** The bytes of the body, in memory of their own. @throws TypeError when it was read already */
  bytes(): Promise<Uint8Array>
  /** The same as an ArrayBuffer. @throws TypeError when it was read already */
  arrayBuffer(): Promise<ArrayBuffer>
  /** The same as a Blob, whose type is the `content-type` header. @throws TypeError when it was read already */
  blob(): Promise<Blob>
  /** The fields of a form, by the `content-type` header. @throws TypeError when it is no form or was read already */
  formData(): Promise<FormData>
  /** Whether the body was read, or its reading has started. */
  readonly bodyUsed: boolean
  /** The body as a web stream; it is locked when the body is read in another way. */
  readonly body: ReadableStream
  /**
   * Reads the body and throws it away, so that its connection can be used again. A body of more than `limit` bytes is not
   * read to its end: its connection is closed.
   *
   * @param options - `limit` in bytes (default: 131,072); `signal` ends the reading
   */
  dump(options?: { readonly limit?: number; readonly signal?: AbortSignal }): Promise<void>
}

/**
 * The response of `session.request()`, in the shape that undici's `request()` has. A wrapper or a test can implement it.
 *
 * @example
 * ```ts
 * import type { SessionResponse } from 'onejar'
 *
 * async function readOrder({ statusCode, body }: SessionResponse): Promise<unknown> {
 *   if (statusCode === 200) return body.json()
 *   await body.dump()
 *   return null
 * }
 * ```
 */
export interface SessionResponse {
  /** The status, as a number: 200. */
  readonly statusCode: number
  /** The reason phrase; empty over HTTP/2. */
  readonly statusText: string
  /**
   * The headers, by their names in lower case; an array where a header came more than once. `content-encoding` and
   * `content-length` are absent when the body was decoded.
   */
  readonly headers: Record<string, string | string[] | undefined>
  /** The trailers, by their names in lower case. Empty until the body has been read to its end. */
  readonly trailers: Record<string, string>
  /** The decoded body. Read it, `dump()` it or destroy it: until then it holds its connection. */
  readonly body: SessionResponseBody
  /** The URL that answered, after redirects. */
  readonly url: URL
  /** Whether at least one redirect was followed. */
  readonly redirected: boolean
  /** The version of HTTP. A response that came through a page has `1.1`. */
  readonly httpVersion: '1.1' | '2'
  /** The transport that got the response. */
  readonly via: Via
  /** Whether a challenge had to be solved for it, by this request or one that it waited for. */
  readonly solved: boolean
  /** What the site wishes to be done with it: robots.txt and headers, and with a declared `purpose` its metas and its TDM file. */
  readonly preferences: SitePreferences
  /** What the classifier takes the response for; undefined where it was not classified. */
  readonly verdict: Verdict | undefined
}
