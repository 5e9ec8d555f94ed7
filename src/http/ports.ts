import type { RequestContext } from '../record/index.ts'

/** Response headers as undici gives them: lower-case names, values as byte strings (one char is one byte). */
export type ResponseHeaders = Record<string, string | string[] | undefined>

/** Where cookies come from and go to. Called synchronously, once per hop; must not throw. */
export interface CookieSource {
  /** The `Cookie` header for a request, as a byte string; empty when there is nothing to send. */
  header(url: URL, context: RequestContext | undefined): string
  /**
   * The `Set-Cookie` lines of a response, as they were on the wire, called before anybody sees the response.
   *
   * @param dateHeader - the response's `Date`, for Expires against a wrong clock
   */
  receive(
    lines: readonly string[],
    url: URL,
    context: RequestContext | undefined,
    dateHeader: string | undefined,
  ): void
  /** A response whose cookies were received: what else it says of how long they hold. Default: nobody wants to know. */
  onSet?(url: URL, headers: ResponseHeaders): void
}

/** What is known of a response when its headers are in. */
export interface ResponseHead {
  readonly statusCode: number
  readonly headers: ResponseHeaders
  /** URL of this response, after redirects. */
  readonly url: URL
  readonly method: string
  /** What was asked for first, where redirects were followed. */
  readonly asked?: { readonly url: URL; readonly method: string } | undefined
}

/** Looks at a response before the caller does. Must not throw; what it throws fails the exchange. */
export interface Inspector<V> {
  /** Whether the head alone does not tell, so that the first bytes of the body are wanted. */
  needsPeek(head: ResponseHead): boolean
  /** How many decoded bytes are held back to be looked at, where some are. */
  readonly peekBytes: number
  /** The same for one response. Default: `peekBytes`. */
  peekBytesFor?(head: ResponseHead): number
  /** Whether those do not tell either, so that `widePeekBytes` are held back. Default: they do. */
  wantsMore?(head: ResponseHead, peek: Buffer): boolean
  readonly widePeekBytes?: number
  /**
   * What `judge` would say, where the beginning of the body decides it already; the body is not held back any more then. Asked a few
   * times while a peek waits for more. Default: it never does.
   */
  early?(head: ResponseHead, beginning: Buffer): V | undefined
  /**
   * Called once for each response that goes to the caller (not for redirects that are followed). `peek` is empty when
   * no peek was asked for; `complete` says that the body ends with it.
   */
  judge(head: ResponseHead, peek: Buffer, complete: boolean): V
}
