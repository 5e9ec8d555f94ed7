import type { RequestContext } from '../record/index.ts'
import type { NormalizedBody, RequestBody } from './body.ts'
import type { CookieSource, Inspector, ResponseHeaders } from './ports.ts'
import type { HeaderList, HeadersInput } from './request-headers.ts'
import type { ResponseBody } from './response-body.ts'
import type { WireObserver } from './wire-observer.ts'

/** Gives the headers that tell a site who asks. Called once per hop, so it has to be cheap. */
export interface IdentitySource {
  headersFor(url: URL, context: RequestContext | undefined): HeaderList
  /** The `priority` header for HTTP/2, which comes after the cookies. */
  priorityFor?(context: RequestContext | undefined): string | undefined
}

/**
 * The headers that a session adds to a request for this URL: a signature, an id. Called once per hop, so it has to be cheap; the
 * origin is that of the URL, where it is known already.
 */
export type SessionHeadersAt = (url: URL, origin?: string) => HeaderList | undefined

/** One exchange: a request and the redirects it leads to. */
export interface HttpRequest<V = undefined> {
  readonly url: URL
  /** Default: GET. */
  readonly method?: string | undefined
  /**
   * The caller's headers; they replace identity and token headers of the same name. A `cookie` header is added to the
   * jar's cookies, without those whose name the jar sends. `cookie`, `authorization` and `proxy-authorization` do not
   * follow a redirect to another origin.
   */
  readonly headers?: HeadersInput | undefined
  /** Names of headers (lower case) that are not sent, whoever would add them: identity, tokens, cookies, the body. */
  readonly omitHeaders?: ReadonlySet<string> | undefined
  readonly identity?: IdentitySource | undefined
  readonly body?: RequestBody | NormalizedBody | null | undefined
  /** How the request came to be; `method` is filled in from the request. */
  readonly context?: RequestContext | undefined
  readonly cookies: CookieSource
  readonly inspect?: Inspector<V> | undefined
  /** Ends the exchange at any moment, until the body has arrived whole. */
  readonly signal?: AbortSignal | undefined
  /** For the whole exchange, redirects and body included, in milliseconds. Cheaper than a signal. */
  readonly timeoutMs?: number | undefined
  /** The time that the caller gave, which errors name; `timeoutMs` is what is left of it. Default: that. */
  readonly limitMs?: number | undefined
  /** What the body may have at most, as it comes and decoded; 0 for no limit. Default: the transport's. */
  readonly maxResponseBytes?: number | undefined
  /** Default: follow. */
  readonly redirect?: 'follow' | 'manual' | 'error' | undefined
  /** Default: 20. */
  readonly maxRedirects?: number | undefined
  /**
   * Asked before a redirect is followed; where it returns a promise, the hop waits for it. What it rejects with ends the
   * exchange.
   */
  readonly beforeHop?:
    | ((url: URL, from: URL, request: HttpRequest<unknown>) => Promise<void> | undefined)
    | undefined
  /** Headers bound to the target's origin (learned tokens), asked for again on each hop. */
  readonly extraHeaders?: ((url: URL) => HeadersInput | undefined) | undefined
  /** Headers that the session itself adds, asked for again on each hop; they replace others of their names. */
  readonly sessionHeaders?: SessionHeadersAt | undefined
  /** Sees each hop as it is on the wire; undefined where nobody records. */
  readonly wire?: WireObserver | undefined
}

/** What came back, once the headers of the last hop are in. The shape of undici's `request`, and a little more. */
export interface HttpResponse<V = undefined> {
  readonly statusCode: number
  /** The reason phrase; empty over HTTP/2. */
  readonly statusText: string
  /** Lower-case names, byte strings; without `content-encoding` and `content-length` where the body was decoded. */
  readonly headers: ResponseHeaders
  /** The same as they were on the wire. */
  readonly wireHeaders: ResponseHeaders
  /** Filled in when the body has ended. */
  readonly trailers: Record<string, string>
  /** Decoded. Has to be read, dumped or destroyed, as with undici. */
  readonly body: ResponseBody
  /** The URL of the last hop, with the fragment. */
  readonly url: URL
  /** The method of the last hop. */
  readonly method: string
  readonly redirected: boolean
  /** How many redirects were followed. */
  readonly hops: number
  /** What the inspector said; undefined when there was none. */
  readonly verdict: V | undefined
  readonly httpVersion: '1.1' | '2'
}
