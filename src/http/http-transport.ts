import type { Dispatcher } from 'undici'
import { OnejarError } from '../core/index.ts'
import { type Connections, createConnections } from './create-dispatcher.ts'
import { type ExchangeHost, HttpExchange } from './http-exchange.ts'
import type { HttpObserver } from './http-observer.ts'
import type { HttpTransportOptions } from './http-options.ts'
import type { HttpRequest, HttpResponse } from './http-request.ts'
import { nameProxy } from './proxy-fault.ts'
import { readProxy } from './read-proxy.ts'

/** The HTTP side's sockets: undici's pools, and the exchanges that travel through them. */
export class HttpTransport {
  readonly #host: ExchangeHost
  #made: Connections | undefined
  /** Exchanges, and requests of session dispatchers, that are not over. */
  #underway = 0
  /** What a body may have at most; 0 where there is no limit. */
  readonly maxResponseBytes: number
  #closing: Promise<void> | undefined
  #onIdle: (() => void) | undefined

  constructor(options: HttpTransportOptions = {}) {
    this.maxResponseBytes = options.maxResponseBytes ?? 0
    const connections = () => this.#connections(options)
    this.#host = {
      // Of many sessions that are open most are idle: sockets and their pools are made for those that ask for something.
      get dispatcher() {
        return connections().dispatcher
      },
      get first() {
        return connections().first
      },
      proxy: options.proxy === undefined ? undefined : readProxy(options.proxy),
      maxResponseBytes: this.maxResponseBytes,
      peekTimeoutMs: options.peekTimeoutMs ?? 1_000,
      observer: options.observer,
      http2Origins: new Set(),
      onOver: () => this.leave(),
    }
  }

  /**
   * One exchange, redirects included. Resolves when the headers of the last response are in and its cookies are stored;
   * the body is then still to be read. May be called concurrently.
   *
   * @throws OnejarError ONEJAR_NETWORK, ONEJAR_PROXY_FAILED, ONEJAR_ADDRESS_REFUSED, ONEJAR_TIMEOUT, ONEJAR_ABORTED, ONEJAR_BAD_RESPONSE, ONEJAR_BODY_TOO_LARGE,
   * ONEJAR_BAD_REDIRECT, ONEJAR_TOO_MANY_REDIRECTS, ONEJAR_BODY_NOT_REPLAYABLE, ONEJAR_BAD_INPUT, ONEJAR_CLOSED
   */
  send<V = undefined>(request: HttpRequest<V>): Promise<HttpResponse<V>> {
    return new Promise((resolve, reject) => {
      const exchange = new HttpExchange(this.#host, request, resolve, reject)
      this.enter()
      exchange.run()
    })
  }

  /**
   * Lets a request of a session dispatcher through, without redirects or decoding. `leave` has to follow.
   *
   * @throws OnejarError ONEJAR_CLOSED
   */
  enter(): Dispatcher {
    if (this.#closing !== undefined) throw new OnejarError('ONEJAR_CLOSED', 'The HTTP transport is closed')
    this.#underway += 1
    return this.#host.dispatcher
  }

  /** What a request that was let through failed with, or the proxy's fault in it. */
  explain(error: Error): Error {
    return nameProxy(error, this.#host.proxy)
  }

  /** Whether an origin was seen to speak HTTP/2. */
  speaksHttp2(origin: string): boolean {
    return this.#made?.first?.speaksHttp2(origin) ?? this.#host.http2Origins.has(origin)
  }

  /** The observer of connections and requests, if any. */
  get observer(): HttpObserver | undefined {
    return this.#host.observer
  }

  /** A request that was let through is over. */
  leave(): void {
    this.#underway -= 1
    if (this.#underway === 0) this.#onIdle?.()
  }

  /**
   * Takes no new request, waits for those on their way up to `graceMs`, then cuts off what is left. Idempotent: the call
   * that waits least counts.
   */
  close(graceMs = 5_000): Promise<void> {
    this.#closing ??= this.#close()
    if (this.#underway === 0) this.#onIdle?.()
    else {
      const timer = setTimeout(() => this.#onIdle?.(), graceMs)
      this.#closing.finally(() => clearTimeout(timer)).catch(() => {})
    }
    return this.#closing
  }

  async #close(): Promise<void> {
    if (this.#underway > 0) {
      await new Promise<void>((resolve) => {
        this.#onIdle = resolve
      })
    }
    this.#made?.first?.close()
    // undici's own close() forgets its pools, and could not cut them off afterwards.
    await this.#made?.dispatcher.destroy()
  }

  #connections(options: HttpTransportOptions): Connections {
    this.#made ??= createConnections(options)
    return this.#made
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}
