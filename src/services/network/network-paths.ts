import { isDeepStrictEqual } from 'node:util'
import { type AddressSetting, addressPolicy } from '../../compliance/index.ts'
import { OnejarError } from '../../core/index.ts'
import {
  HttpTransport,
  type HttpTransportOptions,
  type ProxyOptions,
  SocketBudget,
  splitProxy,
} from '../../http/index.ts'
import type { Telemetry } from '../../telemetry/index.ts'
import { httpTelemetry } from '../http-telemetry.ts'
import { type BrowserPlace, browserRelay } from './browser-network.ts'
import type { ConnectionPlan } from './connection-plan.ts'
import { FailedProxies } from './failed-proxies.ts'
import { NetworkPath, type Way } from './network-path.ts'
import type { ProxySetting } from './proxy-setting.ts'
import { failsOver, networkPathName, type ProxyTable, proxyFor, proxyLabel } from './proxy-table.ts'
import { Transports, type TransportUse } from './transports.ts'

/** How the sessions of a broker reach the net, where they do not say otherwise. */
export interface NetworkPathsOptions
  extends Pick<
    HttpTransportOptions,
    'connect' | 'pins' | 'connectTimeoutMs' | 'headersTimeoutMs' | 'bodyTimeoutMs' | 'maxResponseBytes'
  > {
  readonly addresses: AddressSetting
  readonly browser: BrowserPlace
  readonly ignoreHTTPSErrors: boolean
  readonly connections: ConnectionPlan
  readonly proxy?: ProxySetting | undefined
  readonly proxyRoutes: ProxyTable
}

/** What a session says of it. */
export interface SessionNetworkOptions extends Pick<HttpTransportOptions, 'connect' | 'pins'> {
  readonly tenant: string
  readonly target?: string | undefined
  readonly proxy?: ProxySetting | undefined
  readonly addresses?: AddressSetting | undefined
  /** Whether the tenant's policy lets the session use a proxy, by its host; null for none. Default: any. */
  readonly allowsProxy?: ((host: string | null) => boolean) | undefined
}

/** Chooses a proxy and a transport for each session of a broker; sessions that ask for the same share their connections. */
export class NetworkPaths {
  readonly #options: NetworkPathsOptions
  readonly #telemetry: Telemetry | null
  readonly #failed = new FailedProxies()
  /** Undefined where there is no limit. */
  readonly #budget: SocketBudget | undefined
  /** By tenant, proxy, connector and pins. */
  readonly #transports = new Transports((use) => this.#transport(use))
  /** Those of open sessions, by name. */
  readonly #proxies = new Map<string, ProxySetting | undefined>()
  #table: ProxyTable

  constructor(options: NetworkPathsOptions, telemetry: Telemetry | null) {
    this.#options = options
    this.#telemetry = telemetry
    this.#table = options.proxyRoutes
    const { total } = options.connections
    this.#budget = total === false ? undefined : new SocketBudget(total)
  }

  /**
   * The path of a session, and how it goes on when its proxy fails.
   *
   * @param name - of the session, among those of all tenants
   * @throws OnejarError ONEJAR_BAD_OPTIONS
   */
  open(name: string, id: string, session: SessionNetworkOptions): NetworkPath {
    let proxy = this.#proxyOf(id, session)
    const first = this.#way(session, proxy)
    this.#proxies.set(name, proxy)
    const { tenant } = session
    const mayChange =
      session.proxy === undefined && failsOver(this.#table, { tenant, target: hostOf(session.target) })
    const next = (): Way | null => {
      if (proxy !== undefined) this.#failed.add(proxy)
      const other = this.#proxyOf(id, session)
      if (other === undefined || this.#failed.has(other)) return null
      if (session.allowsProxy?.(proxyHost(other)) === false) return null
      const way = this.#way(session, other)
      proxy = other
      this.#proxies.set(name, proxy)
      return way
    }
    return new NetworkPath(first, mayChange ? next : null)
  }

  /** The session is closed. */
  forget(name: string): void {
    this.#proxies.delete(name)
  }

  /** Puts another table of proxies in place. */
  rotate(table: ProxyTable): void {
    this.#table = table
  }

  /** Whether an open session would have another proxy now. */
  hasMoved(name: string, id: string, session: SessionNetworkOptions): boolean {
    return !isDeepStrictEqual(this.#proxies.get(name), this.#proxyOf(id, session))
  }

  /** Closes connections that no session uses. */
  closeIdle(): Promise<void> {
    return this.#transports.closeIdle()
  }

  close(): Promise<void> {
    return this.#transports.close()
  }

  /** A session's own proxy, else what the table says, else the broker's. */
  #proxyOf(
    id: string,
    { proxy, tenant, target, allowsProxy }: SessionNetworkOptions,
  ): ProxySetting | undefined {
    const question = { tenant, id, target: hostOf(target) }
    const isOut = (one: ProxySetting) => this.#failed.has(one) || allowsProxy?.(proxyHost(one)) === false
    return proxy ?? proxyFor(this.#table, question, isOut) ?? this.#options.proxy
  }

  /** @throws OnejarError ONEJAR_BAD_OPTIONS */
  #way(session: SessionNetworkOptions, setting: ProxySetting | undefined): Way {
    const { connectTimeoutMs, ignoreHTTPSErrors, addresses, browser, ...broker } = this.#options
    if (session.allowsProxy?.(setting === undefined ? null : proxyHost(setting)) === false) {
      const what = `the proxy ${proxyLabel(setting)} is of another region than the tenant, or of none that is known`
      throw new OnejarError('ONEJAR_POLICY_DENIED', what, { details: { behaviour: 'otherRegion' } })
    }
    const proxy: ProxyOptions | undefined = setting === undefined ? undefined : splitProxy(setting)
    const connect = session.connect ?? broker.connect
    const relay = browserRelay(
      { connect, connectTimeoutMs, ignoreHTTPSErrors },
      proxy,
      addressPolicy(addresses, session.addresses ?? 'any'),
      browser,
    )
    const { transport, giveBack } = this.#transports.borrow({
      tenant: session.tenant,
      proxy,
      connect,
      pins: session.pins ?? broker.pins,
      addresses: session.addresses,
      own: [session.proxy, session.connect, session.pins].some((one) => one !== undefined),
    })
    return {
      transport,
      giveBack,
      relay,
      contextOptions: { proxy, ignoreHTTPSErrors },
      name: networkPathName(proxy),
      label: proxyLabel(proxy),
    }
  }

  #transport({ proxy, connect, pins, addresses }: TransportUse): HttpTransport {
    const {
      ignoreHTTPSErrors,
      connectTimeoutMs,
      headersTimeoutMs,
      bodyTimeoutMs,
      maxResponseBytes,
      connections,
    } = this.#options
    return new HttpTransport({
      proxy,
      connect,
      addresses: addressPolicy(this.#options.addresses, addresses ?? 'any'),
      pins,
      observer: this.#telemetry === null ? undefined : httpTelemetry(this.#telemetry.instruments),
      ignoreHTTPSErrors,
      connectTimeoutMs,
      headersTimeoutMs,
      bodyTimeoutMs,
      maxResponseBytes,
      maxConnectionsPerOrigin: connections.perOrigin || undefined,
      maxRequestsPerConnection: connections.requestsPerConnection || undefined,
      keepAliveTimeoutMs: connections.keepAliveMs,
      budget: this.#budget,
    })
  }
}

function proxyHost(proxy: ProxySetting): string {
  return new URL(typeof proxy === 'string' ? proxy : proxy.server).hostname
}

function hostOf(target: string | undefined): string | undefined {
  return target === undefined ? undefined : new URL(target).hostname
}
