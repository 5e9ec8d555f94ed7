import { NO_DIRECT_UDP_ARGS } from '../../browser/index.ts'
import { type AddressPolicy, type AddressSetting, addressPolicy } from '../../compliance/index.ts'
import { isLoopback, OnejarError } from '../../core/index.ts'
import type { BrowserRelayOptions, ProxyOptions } from '../../http/index.ts'

/** Of the options of a browser those that say on which machine it runs. */
export interface BrowserPlace {
  readonly cdpEndpoint?: string | undefined
  /** Where each is known when it is rented only. */
  readonly endpoint?: unknown
}

/** Of a broker's options those that say how its sessions reach the net. */
export interface NetworkOptions {
  readonly addresses: AddressSetting
  readonly browser: BrowserPlace
  readonly proxy?: unknown
  readonly proxyRoutes: readonly unknown[]
  readonly queue?: unknown
}

/** Arguments for a browser whose sessions have proxies, or may not reach every address. */
export function networkArgs({ addresses, proxy, proxyRoutes }: NetworkOptions): readonly string[] {
  return addresses === 'any' && proxy === undefined && proxyRoutes.length === 0 ? [] : NO_DIRECT_UDP_ARGS
}

/**
 * How connections are made for a session's browser; null where it makes them itself: with neither a proxy nor addresses that it
 * may not reach, or running elsewhere, where it speaks to the proxy itself.
 *
 * @throws OnejarError ONEJAR_BAD_OPTIONS for a browser on another machine that cannot be held to what is asked
 */
export function browserRelay(
  options: Omit<BrowserRelayOptions, 'proxy' | 'addresses'>,
  proxy: ProxyOptions | undefined,
  addresses: AddressPolicy,
  { cdpEndpoint, endpoint }: BrowserPlace,
): BrowserRelayOptions | null {
  const relay = { ...options, proxy, addresses }
  const beyondChromium = proxy?.username !== undefined && proxy.server.startsWith('socks')
  if (cdpEndpoint === undefined && endpoint === undefined)
    return addresses.any && proxy === undefined ? null : relay
  if (addresses.any && !beyondChromium) return null
  if (cdpEndpoint !== undefined && isLocal(cdpEndpoint)) return relay
  const what = beyondChromium
    ? 'proxy: Chromium has no SOCKS5 with credentials'
    : 'addresses: they are judged here'
  const where =
    endpoint === undefined
      ? 'the browser at browser.cdpEndpoint runs on another machine'
      : 'those of browser.endpoint may run on other machines'
  throw new OnejarError('ONEJAR_BAD_OPTIONS', `${what}, and ${where}`)
}

/** @throws OnejarError ONEJAR_BAD_OPTIONS where no session of the broker could open */
export function assertNetwork({ addresses, browser, queue }: NetworkOptions): void {
  // Where workers solve, pages of this process may never be needed.
  if (queue === undefined) browserRelay({}, undefined, addressPolicy(addresses), browser)
}

function isLocal(endpoint: string): boolean {
  return URL.canParse(endpoint) && isLoopback(new URL(endpoint).hostname)
}
