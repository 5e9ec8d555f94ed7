import { isIP } from 'node:net'
import { Dispatcher } from 'undici'
import { OnejarError, safeUrl } from '../core/index.ts'
import type { RequestContext } from '../record/index.ts'
import { type NormalizedBody, normalizeBody } from './body.ts'
import { ContentDecoder, type DecoderSink, parseContentEncoding } from './content-decoder.ts'
import { type Hop, hopHeaders } from './hop-headers.ts'
import { toAbortError, toHttpError } from './http-error.ts'
import { type HttpObserver, showsIdentity } from './http-observer.ts'
import type { HttpRequest, HttpResponse } from './http-request.ts'
import type { ResponseHead, ResponseHeaders } from './ports.ts'
import {
  contextAfterRedirect,
  headersAfterRedirect,
  isRedirectStatus,
  planRedirect,
  type RedirectStep,
} from './redirect.ts'
import { type HeaderList, indexOfHeader, NO_HEADERS, toHeaderList } from './request-headers.ts'
import { brokeWhenUsedAgain } from './used-connection.ts'

/** What an exchange needs of its transport. */
export interface ExchangeHost {
  readonly dispatcher: Dispatcher
  /** Decoded bytes of one body; 0 for no limit. */
  readonly maxResponseBytes: number
  /** How long a peek waits for bytes after the headers, in milliseconds. */
  readonly peekTimeoutMs: number
  readonly observer: HttpObserver | undefined
  /** Origins that were seen to speak HTTP/2. */
  readonly http2Origins: Set<string>
  /** An exchange is over: its body has arrived whole, or it failed. */
  onOver(): void
}

type Phase = 'waiting' | 'draining' | 'peeking' | 'flowing' | 'done'

const DEFAULT_MAX_REDIRECTS = 20

/** A redirect's body is read up to here so that its socket can be used again; then the socket is given up. */
const MAX_DRAIN_BYTES = 64 * 1024
const MAX_DRAIN_MS = 250

/** As many origins are remembered to speak HTTP/2; then the memory starts anew. */
const MAX_HTTP2_ORIGINS = 10_000

const EMPTY = Buffer.alloc(0)

type Controller = Dispatcher.DispatchController

/**
 * One exchange: the handler that undici calls for each hop, in front of undici's own response handler, which sees only
 * the last hop. It stores cookies, follows redirects, decodes, and holds the response back while a peek is wanted.
 *
 * Phases: waiting -> (draining -> waiting)* -> peeking? -> flowing -> done; from each of them to done on an error.
 */
export class HttpExchange<V>
  implements Dispatcher.DispatchHandler, Dispatcher.DispatchController, DecoderSink
{
  readonly #host: ExchangeHost
  readonly #request: HttpRequest<V>
  #phase: Phase = 'waiting'
  #url: URL
  #method: string
  #body: NormalizedBody | undefined
  #context: RequestContext | undefined
  #callerHeaders: HeaderList
  #hops = 0
  /** Where the last redirect came from. */
  #from: URL | undefined
  /** The hop was sent a second time, because the server closed the connection it had taken. */
  #sentAgain = false

  #downstream: Dispatcher.DispatchHandler | undefined
  #controller: Controller | null = null
  #wireDone = false
  #deadline: NodeJS.Timeout | undefined
  /** Of the redirect's drain or of the peek: there is never both. */
  #timer: NodeJS.Timeout | undefined

  #step: RedirectStep | undefined
  #drainedBytes = 0

  #statusCode = 0
  #statusText = ''
  #headers: ResponseHeaders = {}
  #wireHeaders: ResponseHeaders = {}
  #verdict: V | undefined
  #peeked: Buffer[] = []
  #peekedBytes = 0

  #decoder: ContentDecoder | undefined
  #decodedBytes = 0
  #trailers: ResponseHeaders = {}
  #paused = false
  /** Whether the hop shows who asks as the session's browser would; kept only for an observer. */
  #consistent = true

  constructor(host: ExchangeHost, request: HttpRequest<V>) {
    this.#host = host
    this.#request = request
    this.#url = request.url
    this.#method = request.method ?? 'GET'
    this.#context = request.context
    if (this.#method !== 'GET' && this.#context !== undefined && this.#context.method === undefined) {
      this.#context = { ...this.#context, method: this.#method }
    }
    this.#callerHeaders = request.headers === undefined ? NO_HEADERS : toHeaderList(request.headers)
    this.#body = request.body == null ? undefined : normalizeBody(request.body)
  }

  /** Sends the first hop. Settles when the headers of the last one are in, or the exchange failed. */
  run(resolve: (response: HttpResponse<V>) => void, reject: (error: OnejarError) => void): void {
    const { signal, timeoutMs } = this.#request
    if (signal !== undefined) {
      if (signal.aborted) {
        this.#release()
        reject(toAbortError(signal.reason, this.#url))
        return
      }
      signal.addEventListener('abort', this)
    }
    if (timeoutMs !== undefined) this.#deadline = setTimeout(onDeadline, timeoutMs, this)
    let options: Dispatcher.RequestOptions<HttpExchange<V>>
    try {
      options = this.#options()
    } catch (error) {
      this.#release()
      throw error
    }
    LINK.request<HttpExchange<V>>(options, (error, data) => {
      if (error !== null) {
        this.#release()
        reject(toHttpError(error, this.#url))
      } else {
        resolve(this.#response(data))
      }
    })
  }

  /** Called with undici's own response handler, which gets the last hop. */
  attach(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    this.#downstream = handler
    return this.#host.dispatcher.dispatch(options, this)
  }

  /** Ends the exchange with this error, whatever its phase. */
  fail(error: OnejarError): void {
    if (this.#phase === 'done') return
    this.#release()
    if (!this.#wireDone) this.#controller?.abort(error)
    this.#downstream?.onResponseError?.(this.#controller ?? this, error)
  }

  /** The caller's signal fired (EventListener, so that no closure is made). */
  handleEvent(): void {
    this.fail(toAbortError(this.#request.signal?.reason, this.#url))
  }

  // --- undici calls these, for each hop -------------------------------------------------------------------------

  onRequestStart(controller: Controller, context: unknown): void {
    this.#controller = controller
    this.#wireDone = false
    this.#host.observer?.onRequest(this.#consistent)
    if (this.#phase === 'done') controller.abort(new OnejarError('ONEJAR_ABORTED', 'The exchange is over'))
    else this.#downstream?.onRequestStart?.(controller, context)
  }

  onResponseStart(
    controller: Controller,
    statusCode: number,
    headers: ResponseHeaders,
    statusText = '',
  ): void {
    if (statusCode < 200 || this.#phase === 'done') return
    const setCookie = headers['set-cookie']
    if (setCookie !== undefined) {
      const lines = typeof setCookie === 'string' ? [setCookie] : setCookie
      const date = headers['date']
      this.#request.cookies.receive(
        lines,
        this.#url,
        this.#context,
        typeof date === 'string' ? date : undefined,
      )
    }
    if (isRedirectStatus(statusCode) && this.#request.redirect !== 'manual') {
      const step = planRedirect(statusCode, headers, this.#url, this.#method)
      if (step !== undefined) {
        this.#startDrain(step)
        return
      }
    }
    this.#statusCode = statusCode
    this.#statusText = statusText
    this.#wireHeaders = headers
    this.#headers = headers
    if (headers['content-encoding'] !== undefined) this.#startDecoder(statusCode, headers)
    const { inspect } = this.#request
    if (inspect !== undefined) {
      const head = this.#head()
      if (inspect.needsPeek(head)) {
        this.#phase = 'peeking'
        // A small body comes with its headers, in one read of the socket: most peeks are over before a timer is needed.
        process.nextTick(armPeekTimer, this)
        return
      }
      this.#verdict = inspect.judge(head, EMPTY, false)
    }
    this.#phase = 'flowing'
    this.#downstream?.onResponseStart?.(
      this.#decoder === undefined ? controller : this,
      statusCode,
      this.#headers,
      statusText,
    )
  }

  onResponseData(controller: Controller, chunk: Buffer): void {
    if (this.#phase === 'done') return
    if (this.#phase === 'draining') {
      this.#drainedBytes += chunk.length
      if (this.#drainedBytes > MAX_DRAIN_BYTES) this.abandonDrain()
    } else if (this.#decoder !== undefined) this.#decoder.write(chunk)
    else if (this.#phase === 'peeking') this.#peek(chunk)
    else this.#downstream?.onResponseData?.(controller, chunk)
  }

  onResponseEnd(controller: Controller, trailers: ResponseHeaders): void {
    this.#wireDone = true
    if (this.#phase === 'done') return
    if (this.#phase === 'draining') {
      this.#follow()
    } else if (this.#decoder !== undefined) {
      this.#trailers = trailers
      this.#decoder.end()
    } else {
      if (this.#phase === 'peeking') this.#judge(true)
      this.#release()
      this.#downstream?.onResponseEnd?.(controller, trailers)
    }
  }

  onResponseError(controller: Controller, error: Error): void {
    this.#wireDone = true
    if (this.#phase === 'done') return
    if (this.#phase === 'draining') {
      this.#follow()
      return
    }
    if (this.#phase === 'waiting' && !this.#sentAgain && this.#isSafe() && brokeWhenUsedAgain(error)) {
      this.#sentAgain = true
      this.#sendLater()
      return
    }
    this.#release()
    this.#downstream?.onResponseError?.(controller, toHttpError(error, this.#url))
  }

  // --- the decoder calls these --------------------------------------------------------------------------------------

  onDecoded(chunk: Buffer): void {
    if (this.#phase === 'done') return
    this.#decodedBytes += chunk.length
    const max = this.#host.maxResponseBytes
    if (max > 0 && this.#decodedBytes > max) {
      this.fail(
        new OnejarError('ONEJAR_BAD_RESPONSE', `${safeUrl(this.#url)}: the body is larger than ${max} bytes`),
      )
    } else if (this.#phase === 'peeking') this.#peek(chunk)
    else this.#downstream?.onResponseData?.(this, chunk)
  }

  onDecodedEnd(): void {
    if (this.#phase === 'done') return
    if (this.#phase === 'peeking') this.#judge(true)
    this.#release()
    this.#downstream?.onResponseEnd?.(this, this.#trailers)
  }

  onDecodeError(error: Error): void {
    const what = `${safeUrl(this.#url)}: the body cannot be decoded`
    this.fail(new OnejarError('ONEJAR_BAD_RESPONSE', what, { cause: error }))
  }

  onDecoderFull(): void {
    this.#controller?.pause()
  }

  onDecoderDrain(): void {
    this.#controller?.resume()
  }

  // --- the controller that undici's response handler gets where a decoder stands between ------------------------------

  get aborted(): boolean {
    return this.#phase === 'done'
  }

  get paused(): boolean {
    return this.#paused
  }

  get reason(): Error | null {
    return this.#controller?.reason ?? null
  }

  get rawHeaders(): Buffer[] | string[] | ResponseHeaders | null {
    return this.#controller?.rawHeaders ?? null
  }

  pause(): void {
    this.#paused = true
    this.#decoder?.pause()
  }

  resume(): void {
    this.#paused = false
    this.#decoder?.resume()
  }

  abort(reason?: Error): void {
    this.fail(toHttpError(reason ?? new OnejarError('ONEJAR_ABORTED', 'The body was given up'), this.#url))
  }

  // --- redirects ----------------------------------------------------------------------------------------------------

  #startDrain(step: RedirectStep): void {
    const { redirect, maxRedirects = DEFAULT_MAX_REDIRECTS } = this.#request
    const where = safeUrl(this.#url)
    if (redirect === 'error') {
      this.fail(new OnejarError('ONEJAR_TOO_MANY_REDIRECTS', `${where} redirects, and redirects are refused`))
      return
    }
    if (this.#hops >= maxRedirects) {
      this.fail(new OnejarError('ONEJAR_TOO_MANY_REDIRECTS', `${where} is redirect number ${this.#hops + 1}`))
      return
    }
    if (this.#body !== undefined && !step.dropBody && !this.#body.replayable) {
      this.fail(
        new OnejarError('ONEJAR_BODY_NOT_REPLAYABLE', `${where} redirects a request whose body is a stream`),
      )
      return
    }
    this.#step = step
    this.#drainedBytes = 0
    this.#phase = 'draining'
    this.#timer = setTimeout(onDrainTimeout, MAX_DRAIN_MS, this)
  }

  /** The redirect's body is too long or too slow: give the socket up and go on. */
  abandonDrain(): void {
    if (this.#phase === 'draining')
      this.#controller?.abort(new OnejarError('ONEJAR_ABORTED', 'The redirect is followed'))
  }

  #follow(): void {
    clearTimeout(this.#timer)
    const step = this.#step!
    const from = this.#url
    this.#callerHeaders = headersAfterRedirect(this.#callerHeaders, step, from)
    if (step.dropBody) this.#body = undefined
    this.#context = contextAfterRedirect(this.#context, step, this.#method)
    this.#from = from
    this.#url = step.url
    this.#method = step.method
    this.#hops += 1
    this.#phase = 'waiting'
    this.#sentAgain = false
    this.#sendLater()
  }

  /** undici frees the connection in an immediate that it queues after this callback; what is sent next wants it. */
  #sendLater(): void {
    this.#controller = null
    queueMicrotask(() => setImmediate(dispatchNext, this))
  }

  /** Whether the hop only reads, so that it may be sent twice (RFC 9110, section 9.2.1). */
  #isSafe(): boolean {
    return (
      this.#body === undefined &&
      (this.#method === 'GET' || this.#method === 'HEAD' || this.#method === 'OPTIONS')
    )
  }

  /** Sends the next hop, or the same one again, unless the exchange has ended in between. */
  next(): void {
    if (this.#phase !== 'waiting') return
    const wait = this.#sentAgain
      ? undefined
      : this.#request.beforeHop?.(this.#url, this.#from!, this.#request)
    if (wait === undefined) this.#dispatch()
    else
      wait.then(
        () => this.#dispatch(),
        (error: unknown) => this.fail(toHttpError(error, this.#url)),
      )
  }

  #dispatch(): void {
    if (this.#phase !== 'waiting') return
    try {
      this.#host.dispatcher.dispatch(this.#options(), this)
    } catch (error) {
      this.fail(toHttpError(error, this.#url))
    }
  }

  // --- peek ---------------------------------------------------------------------------------------------------------

  #peek(chunk: Buffer): void {
    this.#peeked.push(chunk)
    this.#peekedBytes += chunk.length
    if (this.#peekedBytes >= this.#request.inspect!.peekBytes) this.#judge(false)
  }

  /** The peek has to wait for more of the body. */
  startPeekTimer(): void {
    if (this.#phase === 'peeking') this.#timer = setTimeout(onPeekTimeout, this.#host.peekTimeoutMs, this)
  }

  /** The peek has waited long enough: judge with what is there. */
  endPeek(): void {
    if (this.#phase === 'peeking') this.#judge(false)
  }

  #judge(complete: boolean): void {
    clearTimeout(this.#timer)
    const inspect = this.#request.inspect!
    const chunks = this.#peeked
    this.#peeked = []
    const all = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)
    const whole = complete && all.length <= inspect.peekBytes
    try {
      this.#verdict = inspect.judge(this.#head(), all.subarray(0, inspect.peekBytes), whole)
    } catch (error) {
      this.fail(toHttpError(error, this.#url))
      return
    }
    this.#phase = 'flowing'
    const downstream = this.#downstream!
    const controller = this.#decoder === undefined ? this.#controller! : this
    downstream.onResponseStart?.(controller, this.#statusCode, this.#headers, this.#statusText)
    for (const chunk of chunks) downstream.onResponseData?.(controller, chunk)
  }

  // --- small parts --------------------------------------------------------------------------------------------------

  #head(): ResponseHead {
    return { statusCode: this.#statusCode, headers: this.#headers, url: this.#url, method: this.#method }
  }

  #startDecoder(statusCode: number, headers: ResponseHeaders): void {
    if (this.#method === 'HEAD' || statusCode === 204 || statusCode === 304) return
    const encodings = parseContentEncoding(headers['content-encoding'])
    if (encodings.length === 0) return
    const { 'content-encoding': _encoding, 'content-length': _length, ...rest } = headers
    this.#headers = rest
    this.#decoder = new ContentDecoder(encodings, this)
  }

  #options(): Dispatcher.RequestOptions<HttpExchange<V>> {
    const url = this.#url
    const origin = url.origin
    const hop: Hop = {
      url,
      context: this.#context,
      callerHeaders: this.#callerHeaders,
      contentType: this.#body?.contentType,
      http2: this.#host.http2Origins.has(origin),
    }
    const headers = hopHeaders(this.#request, hop)
    if (this.#host.observer !== undefined) this.#consistent = this.#showsIdentity(headers)
    const servername = this.#servername()
    return {
      origin,
      path: url.pathname + url.search,
      method: this.#method as Dispatcher.HttpMethod,
      headers: headers as string[],
      body: (this.#body?.payload ?? null) as string | null,
      opaque: this,
      ...(servername === undefined ? {} : ({ servername } as object)),
    }
  }

  /** A `Host` of the caller's does not choose whose certificate is asked for; undici takes it for that. */
  #servername(): string | undefined {
    const { protocol, hostname } = this.#url
    if (protocol !== 'https:' || indexOfHeader(this.#callerHeaders, 'host') === -1) return undefined
    return isIP(hostname.replace(/^\[|\]$/g, '')) === 0 ? hostname : undefined
  }

  #showsIdentity(headers: HeaderList): boolean {
    const { identity } = this.#request
    const untouched = this.#callerHeaders.length === 0 && this.#request.omitHeaders === undefined
    if (identity === undefined || untouched) return true
    return showsIdentity(identity.headersFor(this.#url, this.#context), headers)
  }

  #response(data: Dispatcher.ResponseData<unknown>): HttpResponse<V> {
    // undici's HTTP/1 parser gives raw pairs, its HTTP/2 side an object.
    const http2 = !Array.isArray(this.#controller?.rawHeaders)
    if (http2) {
      const known = this.#host.http2Origins
      if (known.size >= MAX_HTTP2_ORIGINS) known.clear()
      known.add(this.#url.origin)
    }
    return {
      statusCode: data.statusCode,
      statusText: this.#statusText,
      headers: this.#headers,
      wireHeaders: this.#wireHeaders,
      trailers: data.trailers,
      body: data.body,
      url: this.#url,
      method: this.#method,
      redirected: this.#hops > 0,
      hops: this.#hops,
      verdict: this.#verdict,
      httpVersion: http2 ? '2' : '1.1',
    }
  }

  #release(): void {
    if (this.#phase === 'done') return
    this.#phase = 'done'
    if (this.#deadline !== undefined) clearTimeout(this.#deadline)
    if (this.#timer !== undefined) clearTimeout(this.#timer)
    this.#request.signal?.removeEventListener('abort', this)
    this.#decoder?.destroy()
    this.#peeked = []
    this.#host.onOver()
  }

  /** The deadline passed. */
  expire(): void {
    const what = `${safeUrl(this.#url)} took longer than ${this.#request.timeoutMs} ms`
    this.fail(new OnejarError('ONEJAR_TIMEOUT', what))
  }
}

/** Hands undici's own response handler to the exchange instead of to a connection. */
class ExchangeLink extends Dispatcher {
  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    return (options as { opaque: HttpExchange<unknown> } & Dispatcher.DispatchOptions).opaque.attach(
      options,
      handler,
    )
  }
}

const LINK = new ExchangeLink()

const onDeadline = (exchange: HttpExchange<unknown>) => exchange.expire()
const armPeekTimer = (exchange: HttpExchange<unknown>) => exchange.startPeekTimer()
const onPeekTimeout = (exchange: HttpExchange<unknown>) => exchange.endPeek()
const onDrainTimeout = (exchange: HttpExchange<unknown>) => exchange.abandonDrain()
const dispatchNext = (exchange: HttpExchange<unknown>) => exchange.next()
