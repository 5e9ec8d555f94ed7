import { Dispatcher, Dispatcher1Wrapper } from 'undici'
import { chromiumUrl, OnejarError, requestTarget } from '../core/index.ts'
import type { RequestContext } from '../record/index.ts'
import { isScript, withCookies } from './hop-headers.ts'
import { tooLarge } from './http-error.ts'
import { showsIdentity } from './http-observer.ts'
import type { IdentitySource, SessionHeadersAt } from './http-request.ts'
import type { HttpTransport } from './http-transport.ts'
import { normalizeMethod } from './method.ts'
import { placeOwnHeaders } from './own-headers.ts'
import type { CookieSource, ResponseHeaders } from './ports.ts'
import {
  getHeader,
  type HeaderList,
  type HeadersInput,
  indexOfHeader,
  mergeCookies,
  NO_HEADERS,
  overlayHeaders,
  toHeaderList,
  withoutHeaders,
} from './request-headers.ts'
import { bytesAtHand, type WireExchange, type WireObserver } from './wire-observer.ts'

type Interceptor = Dispatcher.DispatcherComposeInterceptor

export interface SessionDispatcherOptions {
  readonly transport: HttpTransport
  readonly cookies: CookieSource
  readonly identity?: IdentitySource | undefined
  /** Further headers for a request to this URL; the caller's own, which are passed in, take precedence. */
  readonly extraHeaders?: ((url: URL, own: HeaderList) => HeaderList | undefined) | undefined
  /** Headers that the session itself adds; they replace others of their names. */
  readonly sessionHeaders?: SessionHeadersAt | undefined
  /** Sees each request as it is on the wire; undefined where nobody records. */
  readonly wire?: (() => WireObserver | undefined) | undefined
  /** How requests through the dispatcher came to be. Default: a script's fetch. */
  readonly context?: RequestContext | undefined
  /** Awaited before each request, where it returns a promise: the barrier of a session with a live page. */
  readonly before?: ((url: URL) => Promise<void> | undefined) | undefined
  /** Awaited after a response has set cookies and before anybody sees it, where it returns a promise. */
  readonly after?: (() => Promise<void> | undefined) | undefined
  /** Notified of each answer, and of its status, before its caller. Must not throw. */
  readonly onAnswer?: ((url: URL, method: string, status: number) => void) | undefined
  /** Notified of each request that fails, before its caller. Must not throw. */
  readonly onError?: ((error: unknown, url: URL) => void) | undefined
}

/**
 * A session as an undici dispatcher: `fetch(url, { dispatcher })` and `undici.request(url, { dispatcher })` live on the
 * record. Each request, so each redirect hop too, gets the record's `Cookie` and gives its `Set-Cookie` back.
 *
 * It works with undici's own functions and with Node's built-in fetch (an older undici; it is then kept to HTTP/1.1).
 * Bodies come as they are on the wire, and their limit is counted there: fetch decodes them itself, and `undici.request` is not made to ask for encodings.
 * Closing it closes nothing beneath: the transport belongs to who made it.
 */
export class SessionDispatcher extends Dispatcher {
  readonly #options: SessionDispatcherOptions
  readonly #context: RequestContext
  readonly #legacy = new Dispatcher1Wrapper(this)
  #closed = false

  constructor(options: SessionDispatcherOptions) {
    super()
    this.#options = options
    this.#context = options.context ?? { kind: 'fetch' }
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    // Node's built-in fetch speaks an older undici's handler interface; the wrapper comes back here with today's.
    if (typeof handler.onRequestStart !== 'function') return this.#legacy.dispatch(options, handler)
    let url: URL
    let pending: Promise<void> | undefined
    let sent: Dispatcher.DispatchOptions
    try {
      if (this.#closed) throw new OnejarError('ONEJAR_CLOSED', 'The session’s dispatcher is closed')
      url = siteUrl(options)
      sent = copyOf(options)
      pending = this.#options.before?.(url)
    } catch (error) {
      return refuse(handler, error)
    }
    if (pending === undefined) return this.#forward(sent, handler, url)
    pending.then(
      () => this.#forward(sent, handler, url),
      (error: unknown) => refuse(handler, error),
    )
    return true
  }

  /**
   * The dispatcher under undici's interceptors and those of others. Node's built-in fetch works with it too, whose handlers
   * undici's interceptors do not know and would never call.
   */
  override compose(interceptors: Interceptor[]): Dispatcher.ComposedDispatcher
  override compose(...interceptors: Interceptor[]): Dispatcher.ComposedDispatcher
  override compose(...interceptors: Interceptor[] | [Interceptor[]]): Dispatcher.ComposedDispatcher {
    const composed = super.compose(...(interceptors as Interceptor[]))
    const legacy = new Dispatcher1Wrapper(composed)
    const dispatch: Dispatcher['dispatch'] = (options, handler) =>
      typeof handler.onRequestStart === 'function'
        ? composed.dispatch(options, handler)
        : legacy.dispatch(options, handler)
    return new Proxy(composed, {
      get: (target, key) => (key === 'dispatch' ? dispatch : target[key as keyof typeof target]),
    })
  }

  #forward(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler, url: URL): boolean {
    const { transport } = this.#options
    const { method } = options
    const context = method === 'GET' || this.#context.method ? this.#context : { ...this.#context, method }
    try {
      const given = options.headers as HeadersInput | null | undefined
      // Node's built-in fetch does not speak it, whatever the origin does.
      const mayBeHttp2 = (options as { readonly allowH2?: boolean }).allowH2 !== false
      const http2 = mayBeHttp2 && transport.speaksHttp2(url.origin)
      const headers = this.#headers(given, url, context, http2) as string[]
      const dispatcher = transport.enter()
      const identity = this.#options.identity?.headersFor(url, context) ?? NO_HEADERS
      const observed = transport.observer && showsIdentity(identity, headers)
      const body = bytesAtHand(options.body)
      const wire = this.#options.wire?.()?.begin({ method, url, headers, body })
      const receiver = new CookieHandler(handler, this.#options, { url, method, context, wire }, observed)
      return dispatcher.dispatch({ ...options, path: requestTarget(url), headers }, receiver)
    } catch (error) {
      return refuse(handler, error)
    }
  }

  #headers(
    input: HeadersInput | null | undefined,
    url: URL,
    context: RequestContext,
    http2: boolean,
  ): HeaderList {
    const { identity, cookies, extraHeaders, sessionHeaders } = this.#options
    const caller = input == null ? NO_HEADERS : toHeaderList(input)
    let base = identity?.headersFor(url, context) ?? NO_HEADERS
    if (indexOfHeader(caller, 'accept-encoding') === -1) {
      base = withoutHeaders(base, (name) => name === 'accept-encoding')
    }
    const given = identity === undefined ? caller : withoutFetchDefaults(caller)
    const own = overlayHeaders(
      extraHeaders?.(url, caller) ?? NO_HEADERS,
      withoutHeaders(given, (name) => name === 'cookie'),
    )
    const list =
      identity === undefined ? overlayHeaders(base, own) : placeOwnHeaders(base, own, isScript(context))
    const cookie = mergeCookies(cookies.header(url, context), getHeader(caller, 'cookie'))
    const all = withCookies(list, cookie, {
      http2,
      priority: http2 ? identity?.priorityFor?.(context) : undefined,
    })
    return overlayHeaders(all, sessionHeaders?.(url) ?? NO_HEADERS)
  }

  override close(): Promise<void>
  override close(callback: () => void): void
  override close(callback?: () => void): Promise<void> | undefined {
    this.#closed = true
    if (callback === undefined) return Promise.resolve()
    queueMicrotask(callback)
    return undefined
  }

  override destroy(): Promise<void>
  override destroy(error: Error | null): Promise<void>
  override destroy(callback: () => void): void
  override destroy(error: Error | null, callback: () => void): void
  override destroy(first?: Error | null | (() => void), second?: () => void): Promise<void> | undefined {
    const callback = typeof first === 'function' ? first : second
    return callback === undefined ? this.close() : (this.close(callback) as undefined)
  }
}

/** What the caller asks for as it is now, as there may be something to wait for before it is sent. */
function copyOf(options: Dispatcher.DispatchOptions): Dispatcher.DispatchOptions {
  const { method, headers, body } = options
  return {
    ...options,
    method: normalizeMethod(method) as Dispatcher.HttpMethod,
    headers: headers == null ? headers : (toHeaderList(headers as HeadersInput) as string[]),
    body: body instanceof Uint8Array ? Buffer.from(body) : body,
  } as Dispatcher.DispatchOptions
}

/** A path that begins with two slashes names no host. */
function siteUrl({ origin = '', path }: Dispatcher.DispatchOptions): URL {
  return chromiumUrl(new URL(path.startsWith('/') ? new URL(origin).origin + path : path, origin))
}

/** As undici itself reports what goes wrong before there is a connection: without a controller. */
function refuse(handler: Dispatcher.DispatchHandler, error: unknown): false {
  handler.onResponseError?.(null as never, error as Error)
  return false
}

/** What undici's and Node's fetch add when the caller names none; the identity's own are truer. */
const FETCH_DEFAULTS: Readonly<Record<string, readonly string[]>> = {
  accept: ['*/*'],
  'accept-language': ['*'],
  'user-agent': ['undici', 'node'],
  'sec-fetch-mode': ['cors'],
}

function withoutFetchDefaults(headers: HeaderList): HeaderList {
  return withoutHeaders(headers, (name) => {
    const defaults = FETCH_DEFAULTS[name]
    return defaults?.includes(getHeader(headers, name) ?? '') ?? false
  })
}

/** Passes everything on, stores the cookies of the response first, and says when the request is over. */
class CookieHandler implements Dispatcher.DispatchHandler {
  readonly #handler: Dispatcher.DispatchHandler
  readonly #cookies: CookieSource
  readonly #after: SessionDispatcherOptions['after']
  readonly #onError: SessionDispatcherOptions['onError']
  readonly #onAnswer: SessionDispatcherOptions['onAnswer']
  readonly #url: URL
  readonly #method: string
  readonly #context: RequestContext
  readonly #wire: WireExchange | undefined
  #transport: HttpTransport | undefined
  /** What the transport's observer is notified of. */
  readonly #consistent: boolean | undefined
  readonly #maxBytes: number
  #bytes = 0
  /** What has to wait until open pages have the response's cookies. */
  #held: Array<() => void> | undefined

  constructor(
    handler: Dispatcher.DispatchHandler,
    options: SessionDispatcherOptions,
    request: {
      readonly url: URL
      readonly method: string
      readonly context: RequestContext
      readonly wire: WireExchange | undefined
    },
    consistent: boolean | undefined,
  ) {
    this.#consistent = consistent
    this.#handler = handler
    this.#transport = options.transport
    this.#maxBytes = options.transport.maxResponseBytes
    this.#cookies = options.cookies
    this.#after = options.after
    this.#onError = options.onError
    this.#onAnswer = options.onAnswer
    this.#url = request.url
    this.#method = request.method
    this.#context = request.context
    this.#wire = request.wire
  }

  onRequestStart(controller: Dispatcher.DispatchController, context: unknown): void {
    if (this.#consistent !== undefined) this.#transport?.observer?.onRequest(this.#consistent)
    this.#handler.onRequestStart?.(controller, context)
  }

  onRequestUpgrade(
    controller: Dispatcher.DispatchController,
    statusCode: number,
    headers: ResponseHeaders,
    socket: Parameters<NonNullable<Dispatcher.DispatchHandler['onRequestUpgrade']>>[3],
  ): void {
    this.#leave()
    this.#receive(headers)
    this.#handler.onRequestUpgrade?.(controller, statusCode, headers, socket)
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    statusCode: number,
    headers: ResponseHeaders,
    statusText?: string,
  ): void {
    if (statusCode >= 200) {
      const version = Array.isArray(controller.rawHeaders) ? '1.1' : '2'
      this.#wire?.onHead(statusCode, statusText ?? '', headers, version)
      this.#onAnswer?.(this.#url, this.#method, statusCode)
    }
    const settled = statusCode >= 200 && this.#receive(headers) ? this.#after?.() : undefined
    if (settled !== undefined) this.#hold(controller, settled)
    this.#pass(() => this.#handler.onResponseStart?.(controller, statusCode, headers, statusText))
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bytes += chunk.length
    this.#wire?.onData(chunk)
    if (this.#maxBytes > 0 && this.#bytes > this.#maxBytes) {
      controller.abort(tooLarge(this.#url, this.#maxBytes))
      return
    }
    if (this.#held === undefined) this.#handler.onResponseData?.(controller, chunk)
    else this.#held.push(() => this.#handler.onResponseData?.(controller, chunk))
  }

  onResponseEnd(controller: Dispatcher.DispatchController, trailers: ResponseHeaders): void {
    this.#leave()
    this.#wire?.onEnd()
    this.#pass(() => this.#handler.onResponseEnd?.(controller, trailers))
  }

  onResponseError(controller: Dispatcher.DispatchController, failure: Error): void {
    const error = this.#transport?.explain(failure) ?? failure
    this.#leave()
    this.#wire?.onError(error)
    this.#onError?.(error, this.#url)
    this.#pass(() => this.#handler.onResponseError?.(controller, error))
  }

  onBodySent(chunk: Buffer): void {
    this.#handler.onBodySent?.(chunk)
  }

  onRequestSent(): void {
    this.#handler.onRequestSent?.()
  }

  onResponseStarted(): void {
    this.#handler.onResponseStarted?.()
  }

  /** Keeps the response back until the promise has settled, however it does. */
  #hold(controller: Dispatcher.DispatchController, settled: Promise<void>): void {
    this.#held = []
    controller.pause()
    const release = () => {
      const held = this.#held ?? []
      this.#held = undefined
      for (const event of held) event()
      controller.resume()
    }
    settled.then(release, release)
  }

  #pass(event: () => void): void {
    if (this.#held === undefined) event()
    else this.#held.push(event)
  }

  #leave(): void {
    this.#transport?.leave()
    this.#transport = undefined
  }

  /** Whether the response set any cookie. */
  #receive(headers: ResponseHeaders): boolean {
    const lines = headers['set-cookie']
    if (lines === undefined) return false
    const date = headers['date']
    this.#cookies.receive(
      typeof lines === 'string' ? [lines] : lines,
      this.#url,
      this.#context,
      typeof date === 'string' ? date : undefined,
    )
    this.#cookies.onSet?.(this.#url, headers)
    return true
  }
}
