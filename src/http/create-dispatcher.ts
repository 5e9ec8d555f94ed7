import type { ConnectionOptions } from 'node:tls'
import { Agent, type buildConnector, Client, type Dispatcher, Pool, ProxyAgent } from 'undici'
import { type AddressPolicy, ANY_ADDRESS } from '../compliance/index.ts'
import { OnejarError } from '../core/index.ts'
import { FirstConnections } from './first-connections.ts'
import { type ConnectionGuard, guardedConnector } from './guarded-connector.ts'
import type { HttpTransportOptions } from './http-options.ts'
import {
  bareHost,
  judgedAfterwards,
  judgedConnector,
  portOf,
  refusedAddress,
  tlsConnector,
} from './judged-connector.ts'
import { Pins } from './pins.ts'
import { toProxy } from './proxy-fault.ts'
import { readProxy } from './read-proxy.ts'
import type { SocketBudget } from './socket-budget.ts'
import { socksConnector } from './socks-connector.ts'
import { TLS_SETTINGS } from './tls-settings.ts'
import { TunnelPool } from './tunnel-pool.ts'

type Connector = buildConnector.connector

/** What a transport sends through. */
export interface Connections {
  /** Pools of connections that all begin in the same way. */
  readonly dispatcher: Dispatcher
  /** Undefined where a proxy stands between, and where HTTP/2 is not offered. */
  readonly first: FirstConnections | undefined
}

export function createConnections(options: HttpTransportOptions): Connections {
  const { connect, proxy, connectTimeoutMs = 10_000, allowH2 = true, addresses = ANY_ADDRESS } = options
  const tls = connectionOptions(options)
  const pins = options.pins === undefined ? undefined : new Pins(options.pins)
  const common: Agent.Options = {
    allowH2,
    connectTimeout: connectTimeoutMs,
    headersTimeout: options.headersTimeoutMs ?? 60_000,
    bodyTimeout: options.bodyTimeoutMs ?? 60_000,
    keepAliveTimeout: options.keepAliveTimeoutMs ?? 4_000,
    maxHeaderSize: options.maxHeaderBytes ?? 256 * 1024,
    ...(options.maxConnectionsPerOrigin ? { connections: options.maxConnectionsPerOrigin } : {}),
    ...(options.maxRequestsPerConnection ? { maxRequestsPerClient: options.maxRequestsPerConnection } : {}),
  }
  const own = typeof connect === 'function' ? connect : undefined
  const { budget } = options
  const counted = (connector: Connector): Connector => budget?.connector(connector) ?? connector
  // A pool also for a single connection: its requests wait in one line. Each connection is known to the budget.
  const factory = (origin: string | URL, given: Pool.Options) =>
    new Pool(origin, budget === undefined ? given : { ...given, factory: countedClient(budget) })
  const guard: ConnectionGuard = { pins, observer: options.observer, tls: tls as ConnectionOptions }
  const direct = () =>
    counted(own === undefined ? judgedConnector(tls, addresses) : judgedAfterwards(own, addresses))
  const first =
    proxy === undefined && allowH2 ? new FirstConnections(guardedConnector(direct(), guard)) : undefined
  const dispatcher =
    proxy === undefined
      ? new Agent({ ...common, factory, connect: first?.connector ?? guardedConnector(direct(), guard) })
      : createProxyAgent(readProxy(proxy), { common, tls, own, guard, counted, factory })
  const rules = [
    ...(pins === undefined ? [] : [onlyOverTls(pins)]),
    ...(proxy === undefined || addresses.any ? [] : [onlyAdmitted(addresses)]),
  ]
  return { dispatcher: rules.length === 0 ? dispatcher : dispatcher.compose(...rules), first }
}

/** How connections are made, as undici's connector takes it. */
export function connectionOptions(
  options: Pick<HttpTransportOptions, 'connect' | 'connectTimeoutMs' | 'allowH2' | 'ignoreHTTPSErrors'>,
): buildConnector.BuildOptions {
  const { connect, connectTimeoutMs = 10_000, allowH2 = true } = options
  return {
    ...TLS_SETTINGS,
    timeout: connectTimeoutMs,
    allowH2,
    ...(options.ignoreHTTPSErrors ? { rejectUnauthorized: false } : {}),
    ...(typeof connect === 'object' ? connect : {}),
  }
}

interface ProxyParts {
  readonly common: Agent.Options
  readonly tls: buildConnector.BuildOptions
  /** The user's connector: it dials the proxy. */
  readonly own: Connector | undefined
  readonly guard: ConnectionGuard
  /** Has connections counted. */
  readonly counted: (connector: Connector) => Connector
  readonly factory: (origin: string | URL, options: Pool.Options) => Pool
}

/** Makes clients whose connections are closed for others when they are at rest. */
function countedClient(budget: SocketBudget): (origin: URL, options: object) => Client {
  return (origin, options) => {
    const { connect } = options as { readonly connect: Connector }
    const isIdle = () => client.stats.running + client.stats.pending === 0
    const client: Client = new Client(origin, {
      ...options,
      connect: (to: buildConnector.Options, callback: buildConnector.Callback) =>
        connect(to, (...result) => {
          callback(...result)
          if (result[0] === null) budget.taken(result[1], isIdle)
        }),
    })
    client.on('drain', () => budget.rested())
    return client
  }
}

function createProxyAgent(proxy: URL, { common, tls, own, guard, counted, factory }: ProxyParts): Dispatcher {
  if (proxy.protocol.startsWith('socks')) {
    const secure = tlsConnector(tls)
    const timeoutMs = tls.timeout ?? 0
    const connect = socksConnector({ proxy, dial: toProxy(proxy, own ?? secure), secure, timeoutMs })
    return new Agent({ ...common, factory, connect: guardedConnector(counted(connect), guard) })
  }
  return new ProxyAgent({
    ...common,
    uri: proxy.href,
    requestTls: tls,
    proxyTls: tls,
    // Tunnels are asked for through the first; sites and plain forwarding are reached through the second.
    clientFactory: (origin, opts) => {
      const connect = own ?? (opts as { connect: Connector }).connect
      return new TunnelPool(proxy, origin, { ...opts, connect: toProxy(proxy, connect) }, tls.timeout ?? 0)
    },
    factory: (origin, opts) => {
      const isProxy = new URL(origin).origin === proxy.origin
      const given = (opts as { connect: Connector }).connect
      const connect = isProxy ? toProxy(proxy, own ?? given) : given
      return factory(origin, { ...common, ...opts, connect: guardedConnector(counted(connect), guard) })
    },
  })
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

/** A proxy resolves names itself: of them only some are known to be no public site's. */
function onlyAdmitted(addresses: AddressPolicy): Dispatcher.DispatcherComposeInterceptor {
  return (dispatch) => (options, handler) => {
    const url = new URL(options.origin ?? '')
    const host = bareHost(url.hostname)
    if (!addresses.admitsUnresolved(host, portOf(url))) throw refusedAddress(host)
    return dispatch(options, handler)
  }
}
