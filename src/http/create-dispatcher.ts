import type { ConnectionOptions } from 'node:tls'
import { Agent, buildConnector, type Dispatcher, Pool, ProxyAgent } from 'undici'
import { OnejarError } from '../core/index.ts'
import { type ConnectionGuard, guardedConnector } from './guarded-connector.ts'
import type { HttpTransportOptions, ProxyOptions } from './http-options.ts'
import { Pins } from './pins.ts'
import { socksConnector } from './socks-connector.ts'
import { TLS_SETTINGS } from './tls-settings.ts'

type Connector = buildConnector.connector

/** The undici dispatcher that a transport sends through: pools of connections that all begin in the same way. */
export function createDispatcher(options: HttpTransportOptions): Dispatcher {
  const { connect, proxy, connectTimeoutMs = 10_000, allowH2 = true } = options
  const tls: buildConnector.BuildOptions = {
    ...TLS_SETTINGS,
    timeout: connectTimeoutMs,
    allowH2,
    ...(options.ignoreHTTPSErrors ? { rejectUnauthorized: false } : {}),
    ...(typeof connect === 'object' ? connect : {}),
  }
  const pins = options.pins === undefined ? undefined : new Pins(options.pins)
  const common: Agent.Options = {
    allowH2,
    connectTimeout: connectTimeoutMs,
    headersTimeout: options.headersTimeoutMs ?? 60_000,
    bodyTimeout: options.bodyTimeoutMs ?? 60_000,
    keepAliveTimeout: options.keepAliveTimeoutMs ?? 4_000,
    maxHeaderSize: options.maxHeaderBytes ?? 256 * 1024,
    ...(options.maxConnectionsPerOrigin ? { connections: options.maxConnectionsPerOrigin } : {}),
  }
  const own = typeof connect === 'function' ? connect : undefined
  const guard: ConnectionGuard = { pins, observer: options.observer, tls: tls as ConnectionOptions }
  const dispatcher =
    proxy === undefined
      ? new Agent({ ...common, connect: guardedConnector(own ?? tlsConnector(tls), guard) })
      : createProxyAgent(readProxy(proxy), { common, tls, own, guard })
  return pins === undefined ? dispatcher : dispatcher.compose(onlyOverTls(pins))
}

/** undici's own connector; clients that do not speak HTTP/2 (Node's built-in fetch) are given a connection without. */
function tlsConnector(tls: buildConnector.BuildOptions): Connector {
  const all = buildConnector(tls)
  const onlyHttp1 = buildConnector({ ...tls, allowH2: false })
  return (to, callback) => ((to as { allowH2?: boolean }).allowH2 === false ? onlyHttp1 : all)(to, callback)
}

interface ProxyParts {
  readonly common: Agent.Options
  readonly tls: buildConnector.BuildOptions
  /** The user's connector: it dials the proxy. */
  readonly own: Connector | undefined
  readonly guard: ConnectionGuard
}

function createProxyAgent(proxy: URL, { common, tls, own, guard }: ProxyParts): Dispatcher {
  if (proxy.protocol.startsWith('socks')) {
    const secure = tlsConnector(tls)
    const timeoutMs = tls.timeout ?? 0
    const connect = socksConnector({ proxy, dial: own ?? secure, secure, timeoutMs })
    return new Agent({ ...common, connect: guardedConnector(connect, guard) })
  }
  return new ProxyAgent({
    ...common,
    uri: proxy.href,
    requestTls: tls,
    proxyTls: tls,
    // Tunnels are asked for through the first; sites and plain forwarding are reached through the second.
    clientFactory: (origin, opts) => new Pool(origin, { ...opts, ...(own ? { connect: own } : {}) }),
    factory: (origin, opts) => {
      const isProxy = new URL(origin).origin === proxy.origin
      const connect = isProxy && own ? own : (opts as { connect: Connector }).connect
      return new Pool(origin, { ...common, ...opts, connect: guardedConnector(connect, guard) })
    },
  })
}

/** @throws OnejarError ONEJAR_BAD_OPTIONS */
export function readProxy(proxy: string | ProxyOptions): URL {
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
  return url
}

/** A host with pins is not spoken to without TLS, wherever a redirect leads. */
function onlyOverTls(pins: Pins): Dispatcher.DispatcherComposeInterceptor {
  return (dispatch) => (options, handler) => {
    const { protocol, hostname, origin } = new URL(options.origin ?? '')
    if (protocol === 'http:' && pins.has(hostname)) {
      const what = `${hostname} is pinned and was to be asked over plain http`
      throw new OnejarError('ONEJAR_PIN_MISMATCH', what, { details: { origin } })
    }
    return dispatch(options, handler)
  }
}
