import { Agent, type buildConnector, type Dispatcher, Pool, ProxyAgent, Socks5ProxyAgent } from 'undici'
import { OnejarError } from '../core/index.ts'
import { type ExchangeHost, HttpExchange } from './http-exchange.ts'
import type { HttpRequest, HttpResponse } from './http-request.ts'

/** A proxy, with credentials apart or in its URL. */
export interface ProxyOptions {
  /** `http:`, `https:` or `socks5:` URL. */
  readonly server: string
  readonly username?: string | undefined
  readonly password?: string | undefined
}

export interface HttpTransportOptions {
  readonly proxy?: string | ProxyOptions | undefined
  /** An undici connector, or the TLS options of the built-in one. With a proxy it makes the connection to the proxy. */
  readonly connect?: buildConnector.connector | buildConnector.BuildOptions | undefined
  /** Accept any certificate, of sites and of the proxy. Default: false. */
  readonly ignoreHTTPSErrors?: boolean | undefined
  /** Default: true. */
  readonly allowH2?: boolean | undefined
  /** Default: 10,000. */
  readonly connectTimeoutMs?: number | undefined
  /** From the request's last byte to the response's headers. Default: 60,000; 0 for none. */
  readonly headersTimeoutMs?: number | undefined
  /** Between two chunks of a body. Default: 60,000; 0 for none. */
  readonly bodyTimeoutMs?: number | undefined
  /** How long an idle socket is kept. Default: 4,000. */
  readonly keepAliveTimeoutMs?: number | undefined
  /** All response headers together. Default: 64 KiB (Chromium allows 256 KiB). */
  readonly maxHeaderBytes?: number | undefined
  /** One body, on the wire and decoded. Default: no limit. */
  readonly maxResponseBytes?: number | undefined
  /** Sockets to one origin. Default: no limit. */
  readonly maxConnectionsPerOrigin?: number | undefined
  /** How long a peek waits for bytes after the headers. Default: 1,000. */
  readonly peekTimeoutMs?: number | undefined
}

/** The HTTP side's sockets: undici's pools, and the exchanges that travel through them. */
export class HttpTransport {
  readonly #host: ExchangeHost
  /** Exchanges, and requests of session dispatchers, that are not over. */
  #underway = 0
  #closing: Promise<void> | undefined
  #onIdle: (() => void) | undefined

  constructor(options: HttpTransportOptions = {}) {
    this.#host = {
      dispatcher: createDispatcher(options),
      maxResponseBytes: options.maxResponseBytes ?? 0,
      peekTimeoutMs: options.peekTimeoutMs ?? 1_000,
      http2Origins: new Set(),
      onOver: () => this.leave(),
    }
  }

  /**
   * One exchange, redirects included. Resolves when the headers of the last response are in and its cookies are stored;
   * the body is then still to be read. May be called concurrently.
   *
   * @throws OnejarError ONEJAR_NETWORK, ONEJAR_TIMEOUT, ONEJAR_ABORTED, ONEJAR_BAD_RESPONSE, ONEJAR_BAD_REDIRECT,
   * ONEJAR_TOO_MANY_REDIRECTS, ONEJAR_BODY_NOT_REPLAYABLE, ONEJAR_BAD_INPUT, ONEJAR_CLOSED
   */
  send<V = undefined>(request: HttpRequest<V>): Promise<HttpResponse<V>> {
    return new Promise((resolve, reject) => {
      const exchange = new HttpExchange(this.#host, request)
      this.enter()
      exchange.run(resolve, reject)
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

  /** A request that was let through is over. */
  leave(): void {
    this.#underway -= 1
    if (this.#underway === 0) this.#onIdle?.()
  }

  /**
   * Takes no new request, waits for those on their way up to `graceMs`, then cuts off what is left. Idempotent.
   */
  close(graceMs = 5_000): Promise<void> {
    this.#closing ??= this.#close(graceMs)
    return this.#closing
  }

  async #close(graceMs: number): Promise<void> {
    if (this.#underway > 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, graceMs)
        this.#onIdle = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
    // undici's own close() forgets its pools, and could not cut them off afterwards.
    await this.#host.dispatcher.destroy()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

function createDispatcher(options: HttpTransportOptions): Dispatcher {
  const { connect } = options
  const allowH2 = options.allowH2 ?? true
  const tls: buildConnector.BuildOptions = {
    timeout: options.connectTimeoutMs ?? 10_000,
    // Chromium offers h2 first; so does this.
    ...(allowH2 ? { preferH2: true } : {}),
    ...(options.ignoreHTTPSErrors ? { rejectUnauthorized: false } : {}),
    ...(typeof connect === 'object' ? connect : {}),
  }
  const common: Agent.Options = {
    allowH2,
    connectTimeout: options.connectTimeoutMs ?? 10_000,
    headersTimeout: options.headersTimeoutMs ?? 60_000,
    bodyTimeout: options.bodyTimeoutMs ?? 60_000,
    keepAliveTimeout: options.keepAliveTimeoutMs ?? 4_000,
    maxHeaderSize: options.maxHeaderBytes ?? 64 * 1024,
    ...(options.maxResponseBytes ? { maxResponseSize: options.maxResponseBytes } : {}),
    ...(options.maxConnectionsPerOrigin ? { connections: options.maxConnectionsPerOrigin } : {}),
  }
  if (options.proxy === undefined)
    return new Agent({ ...common, connect: typeof connect === 'function' ? connect : tls })
  return createProxyAgent(options.proxy, common, tls, typeof connect === 'function' ? connect : undefined)
}

function createProxyAgent(
  proxy: string | ProxyOptions,
  common: Agent.Options,
  tls: buildConnector.BuildOptions,
  connector: buildConnector.connector | undefined,
): Dispatcher {
  const { server, username, password } = typeof proxy === 'string' ? { server: proxy } : proxy
  let url: URL
  try {
    url = new URL(server)
  } catch {
    throw new OnejarError('ONEJAR_BAD_OPTIONS', 'proxy: the server is not a URL')
  }
  if (!/^(https?|socks5?):$/.test(url.protocol)) {
    throw new OnejarError('ONEJAR_BAD_OPTIONS', `proxy: the scheme ${url.protocol} is not supported`)
  }
  if (username !== undefined) url.username = encodeURIComponent(username)
  if (password !== undefined) url.password = encodeURIComponent(password)
  if (url.protocol.startsWith('socks')) return createSocksAgent(url, common, tls, connector)
  return new ProxyAgent({
    ...common,
    uri: url.href,
    requestTls: tls,
    proxyTls: tls,
    ...(connector === undefined ? {} : connectProxyWith(connector, url)),
  })
}

/**
 * undici's SOCKS5 agent opens its pools without options, so what can be given with a request is given there. It speaks
 * HTTP/1.1 only, and `maxHeaderBytes` and the wire part of `maxResponseBytes` do not reach it.
 */
function createSocksAgent(
  proxy: URL,
  common: Agent.Options,
  tls: buildConnector.BuildOptions,
  connector: buildConnector.connector | undefined,
): Dispatcher {
  const { connectTimeout, headersTimeout, bodyTimeout, connections } = common
  const agent = new Socks5ProxyAgent(proxy, {
    connectTimeout: connectTimeout!,
    requestTls: tls,
    ...(connector === undefined ? {} : { connect: connector }),
  })
  const perRequest = { headersTimeout, bodyTimeout, ...(connections ? { connections } : {}) }
  return agent.compose((dispatch) => (options, handler) => {
    return dispatch({ ...options, ...perRequest } as Dispatcher.DispatchOptions, handler)
  })
}

/** Lets the user's connector dial the proxy; tunnels and plain forwarding reach it through different factories. */
function connectProxyWith(connector: buildConnector.connector, proxy: URL): Partial<ProxyAgent.Options> {
  return {
    clientFactory: (origin, opts) => new Pool(origin, { ...opts, connect: connector }),
    factory: (origin, opts) =>
      new Pool(origin, new URL(origin).origin === proxy.origin ? { ...opts, connect: connector } : opts),
  }
}
