import type { buildConnector } from 'undici'
import type { AddressPolicy } from '../compliance/index.ts'
import type { HttpObserver } from './http-observer.ts'
import type { PinOptions } from './pins.ts'
import type { SocketBudget } from './socket-budget.ts'

/** A proxy, with credentials apart or in its URL. */
export interface ProxyOptions {
  /** `http:`, `https:` or `socks5:` URL. */
  readonly server: string
  readonly username?: string | undefined
  readonly password?: string | undefined
}

export interface HttpTransportOptions {
  readonly proxy?: string | ProxyOptions | undefined
  /**
   * TLS options that take precedence over `TLS_SETTINGS` (`ca`, `cert`, `ciphers`, `minVersion`, …), or an undici connector, which
   * settles everything itself. With a proxy a connector makes the connection to the proxy.
   */
  readonly connect?: buildConnector.connector | buildConnector.BuildOptions | undefined
  /** Accept any certificate, of sites and of the proxy. Default: false. */
  readonly ignoreHTTPSErrors?: boolean | undefined
  /** Which addresses may be connected to; through a proxy, which hosts may be asked for. Default: any. */
  readonly addresses?: AddressPolicy | undefined
  /** Keys that hosts have to show (see `pinsSchema`); such a host is not asked over plain http. Of HTTP alone. */
  readonly pins?: PinOptions | undefined
  /** Notified of connections and requests. */
  readonly observer?: HttpObserver | undefined
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
  /** All response headers together. Default: 256 KiB, as in Chromium. */
  readonly maxHeaderBytes?: number | undefined
  /** One body, on the wire and decoded. Default: no limit. */
  readonly maxResponseBytes?: number | undefined
  /** Sockets to one origin. Default: no limit. */
  readonly maxConnectionsPerOrigin?: number | undefined
  /** Requests on one connection of HTTP/1.1, before it is closed. Default: no limit. */
  readonly maxRequestsPerConnection?: number | undefined
  /** Counts the connections of several transports together. Default: none. */
  readonly budget?: SocketBudget | undefined
  /** How long a peek waits for bytes after the headers. Default: 1,000. */
  readonly peekTimeoutMs?: number | undefined
}
