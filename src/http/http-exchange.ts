import { isIP } from 'node:net'
import type { Dispatcher } from 'undici'
import { chromiumUrl, OnejarError, requestTarget, safeUrl } from '../core/index.ts'
import type { RequestContext } from '../record/index.ts'
import { type NormalizedBody, normalizeBody } from './body.ts'
import { outOfTime } from './deadline.ts'
import type { FirstConnections } from './first-connections.ts'
import { type Hop, hopHeaders } from './hop-headers.ts'
import { toAbortError, toHttpError } from './http-error.ts'
import { type HttpObserver, showsIdentity } from './http-observer.ts'
import type { HttpRequest, HttpResponse } from './http-request.ts'
import type { Inspector, ResponseHeaders } from './ports.ts'
import {
  contextAfterRedirect,
  headersAfterRedirect,
  isRedirectStatus,
  planRedirect,
  type RedirectStep,
} from './redirect.ts'
import { type HeaderList, indexOfHeader, NO_HEADERS, toHeaderList } from './request-headers.ts'
import { type FlowHost, ResponseFlow } from './response-flow.ts'
import { brokeWhenUsedAgain } from './used-connection.ts'
import { bytesAtHand, type WireExchange } from './wire-observer.ts'

/** What an exchange needs of its transport. */
export interface ExchangeHost {
  readonly dispatcher: Dispatcher
  /** What it goes through, if anything. */
  readonly proxy: URL | undefined
  /** Bytes of one body, as they come and decoded, where a request does not say; 0 for no limit. */
  readonly maxResponseBytes: number
  /** How long a peek waits for bytes after the headers, in milliseconds. */
  readonly peekTimeoutMs: number
  readonly observer: HttpObserver | undefined
  /** Opens the first connection to an origin ahead; undefined where that cannot be done. */
  readonly first: FirstConnections | undefined
  /** Origins that were seen to speak HTTP/2, where there is no `first`. */
  readonly http2Origins: Set<string>
  /** An exchange is over: its body has arrived whole, or it failed. */
  onOver(): void
}

type Phase = 'waiting' | 'draining' | 'answering' | 'done'

const DEFAULT_MAX_REDIRECTS = 20

/** A redirect's body is read up to here so that its socket can be used again; then the socket is given up. */
const MAX_DRAIN_BYTES = 64 * 1024
const MAX_DRAIN_MS = 250

/** As many origins are remembered to speak HTTP/2; then the memory starts anew. */
const MAX_HTTP2_ORIGINS = 10_000

type Controller = Dispatcher.DispatchController

/**
 * One exchange: the handler that undici calls for each hop. It stores cookies and follows redirects; the last hop's response
 * it hands to a flow.
 *
 * Phases: waiting -> (draining -> waiting)* -> answering -> done; from each of them to done on an error.
 */
export class HttpExchange<V> implements Dispatcher.DispatchHandler, FlowHost<V> {
  readonly inspect: Inspector<V> | undefined
  readonly #host: ExchangeHost
  readonly #request: HttpRequest<V>
  readonly #resolve: (response: HttpResponse<V>) => void
  readonly #reject: (error: OnejarError) => void
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

  #controller: Controller | null = null
  #wireDone = false
  #deadline: NodeJS.Timeout | undefined
  #drainTimer: NodeJS.Timeout | undefined
  #step: RedirectStep | undefined
  #drainedBytes = 0
  #flow: ResponseFlow<V> | undefined
  /** Whether the caller has got the response. */
  #answered = false
  /** Whether the hop shows who asks as the session's browser would; kept only for an observer. */
  #consistent = true
  /** Who sees the hop as it is on the wire; undefined where nobody records. */
  #wire: WireExchange | undefined

  /** @param resolve - called when the headers of the last hop are in */
  constructor(
    host: ExchangeHost,
    request: HttpRequest<V>,
    resolve: (response: HttpResponse<V>) => void,
    reject: (error: OnejarError) => void,
  ) {
    this.#host = host
    this.#request = request
    this.#resolve = resolve
    this.#reject = reject
    this.inspect = request.inspect
    this.#url = chromiumUrl(request.url)
    this.#method = request.method ?? 'GET'
    this.#context = request.context
    if (this.#method !== 'GET' && this.#context !== undefined && this.#context.method === undefined) {
      this.#context = { ...this.#context, method: this.#method }
    }
    this.#callerHeaders = request.headers === undefined ? NO_HEADERS : toHeaderList(request.headers)
    this.#body = request.body == null ? undefined : normalizeBody(request.body)
  }

  /** Sends the first hop. */
  run(): void {
    const { signal, timeoutMs } = this.#request
    if (signal !== undefined) {
      if (signal.aborted) {
        this.fail(toAbortError(signal.reason, this.#url))
        return
      }
      signal.addEventListener('abort', this)
    }
    if (timeoutMs !== undefined) this.#deadline = setTimeout(onDeadline, timeoutMs, this)
    this.#dispatch()
  }

  /** Ends the exchange with this error, whatever its phase. */
  fail(error: OnejarError): void {
    if (this.#phase === 'done') return
    if (!this.#wireDone) this.#wire?.onError(error)
    this.#release()
    if (!this.#wireDone) this.#controller?.abort(error)
    this.#flow?.stop(error)
    if (!this.#answered) this.#reject(error)
  }

  /** The caller's signal fired (EventListener, so that no closure is made). */
  handleEvent(): void {
    this.fail(toAbortError(this.#request.signal?.reason, this.#url))
  }

  get maxResponseBytes(): number {
    return this.#request.maxResponseBytes ?? this.#host.maxResponseBytes
  }

  get peekTimeoutMs(): number {
    return this.#host.peekTimeoutMs
  }

  // --- undici calls these, for each hop -------------------------------------------------------------------------

  onRequestStart(controller: Controller): void {
    this.#controller = controller
    this.#wireDone = false
    this.#host.observer?.onRequest(this.#consistent)
    if (this.#phase === 'done') controller.abort(new OnejarError('ONEJAR_ABORTED', 'The exchange is over'))
  }

  onResponseStart(
    controller: Controller,
    statusCode: number,
    headers: ResponseHeaders,
    statusText = '',
  ): void {
    if (statusCode < 200 || this.#phase === 'done') return
    this.#wire?.onHead(statusCode, statusText, headers, Array.isArray(controller.rawHeaders) ? '1.1' : '2')
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
      this.#request.cookies.onSet?.(this.#url, headers)
    }
    if (isRedirectStatus(statusCode) && this.#request.redirect !== 'manual') {
      const step = planRedirect(statusCode, headers, this.#url, this.#method)
      if (step !== undefined) {
        this.#startDrain(step)
        return
      }
    }
    const { url, method = 'GET' } = this.#request
    const asked = this.#hops === 0 ? undefined : { url, method }
    const head = { statusCode, headers, url: this.#url, method: this.#method, asked }
    this.#flow = new ResponseFlow(this, controller, head, statusText)
    this.#phase = 'answering'
    this.#flow.start()
  }

  onResponseData(_controller: Controller, chunk: Buffer): void {
    this.#wire?.onData(chunk)
    if (this.#phase === 'answering') this.#flow!.write(chunk)
    else if (this.#phase === 'draining') {
      this.#drainedBytes += chunk.length
      if (this.#drainedBytes > MAX_DRAIN_BYTES) this.abandonDrain()
    }
  }

  onResponseEnd(_controller: Controller, trailers: ResponseHeaders): void {
    this.#wireDone = true
    this.#wire?.onEnd()
    if (this.#phase === 'answering') this.#flow!.end(trailers)
    else if (this.#phase === 'draining') this.#follow()
  }

  onResponseError(_controller: Controller, error: Error): void {
    this.#wireDone = true
    this.#wire?.onError(error)
    if (this.#phase === 'draining') {
      this.#follow()
      return
    }
    if (this.#phase === 'waiting' && !this.#sentAgain && this.#isSafe() && brokeWhenUsedAgain(error)) {
      this.#sentAgain = true
      this.#sendLater()
      return
    }
    this.fail(toHttpError(error, this.#url, this.#host.proxy))
  }

  // --- its flow calls these -----------------------------------------------------------------------------------------

  onAnswer(flow: ResponseFlow<V>): void {
    this.#answered = true
    const { head, wireHeaders, statusText, trailers, body, verdict } = flow
    // undici's HTTP/1 parser gives raw pairs, its HTTP/2 side an object.
    const http2 = !Array.isArray(this.#controller?.rawHeaders)
    if (http2 && this.#host.first === undefined) {
      const known = this.#host.http2Origins
      if (known.size >= MAX_HTTP2_ORIGINS) known.clear()
      known.add(this.#url.origin)
    }
    this.#resolve({
      statusCode: head.statusCode,
      statusText,
      headers: head.headers,
      wireHeaders,
      trailers,
      body,
      url: this.#url,
      method: this.#method,
      redirected: this.#hops > 0,
      hops: this.#hops,
      verdict,
      httpVersion: http2 ? '2' : '1.1',
    })
  }

  onFlowEnd(): void {
    this.#release()
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
      const details = { redirects: this.#hops }
      const what = `${where} is redirect number ${this.#hops + 1}`
      this.fail(new OnejarError('ONEJAR_TOO_MANY_REDIRECTS', what, { details }))
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
    this.#drainTimer = setTimeout(onDrainTimeout, MAX_DRAIN_MS, this)
  }

  /** The redirect's body is too long or too slow: give the socket up and go on. */
  abandonDrain(): void {
    if (this.#phase === 'draining')
      this.#controller?.abort(new OnejarError('ONEJAR_ABORTED', 'The redirect is followed'))
  }

  #follow(): void {
    clearTimeout(this.#drainTimer)
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

  /** Sends the hop, after the connection is there that decides how its headers look. */
  #dispatch(): void {
    if (this.#phase !== 'waiting') return
    const { identity } = this.#request
    const learning = identity === undefined ? undefined : this.#host.first?.learn(this.#url)
    if (learning === undefined) this.#dispatchNow()
    else learning.then(() => this.#dispatchNow())
  }

  #dispatchNow(): void {
    if (this.#phase !== 'waiting') return
    try {
      this.#host.dispatcher.dispatch(this.#options(), this)
    } catch (error) {
      this.fail(toHttpError(error, this.#url))
    }
  }

  // --- small parts --------------------------------------------------------------------------------------------------

  #options(): Dispatcher.DispatchOptions {
    const url = this.#url
    const origin = url.origin
    const hop: Hop = {
      url,
      origin,
      context: this.#context,
      callerHeaders: this.#callerHeaders,
      contentType: this.#body?.contentType,
      http2: this.#host.first?.speaksHttp2(origin) ?? this.#host.http2Origins.has(origin),
    }
    const headers = hopHeaders(this.#request, hop)
    if (this.#host.observer !== undefined) this.#consistent = this.#showsIdentity(headers)
    const servername = this.#servername()
    const body = this.#body?.payload ?? null
    this.#wire = this.#request.wire?.begin({ method: this.#method, url, headers, body: bytesAtHand(body) })
    return {
      origin,
      path: requestTarget(url),
      method: this.#method as Dispatcher.HttpMethod,
      headers: headers as string[],
      body: body as string | null,
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
    if (identity === undefined) return true
    // undici sends the length of a body last, the browser first.
    if (this.#body !== undefined) return false
    const untouched = this.#callerHeaders.length === 0 && this.#request.omitHeaders === undefined
    if (untouched) return true
    return showsIdentity(identity.headersFor(this.#url, this.#context), headers)
  }

  #release(): void {
    if (this.#phase === 'done') return
    this.#phase = 'done'
    if (this.#deadline !== undefined) clearTimeout(this.#deadline)
    if (this.#drainTimer !== undefined) clearTimeout(this.#drainTimer)
    this.#request.signal?.removeEventListener('abort', this)
    this.#host.onOver()
  }

  /** The deadline passed. */
  expire(): void {
    const { timeoutMs = 0, limitMs } = this.#request
    this.fail(outOfTime({ url: this.#url, timeoutMs, limitMs }))
  }
}

const onDeadline = (exchange: { expire(): void }) => exchange.expire()
const onDrainTimeout = (exchange: { abandonDrain(): void }) => exchange.abandonDrain()
const dispatchNext = (exchange: { next(): void }) => exchange.next()
