import { OnejarError } from '../core/index.ts'
import type { ProxySetting } from '../services/index.ts'
import { ServiceError } from './service-error.ts'

const DEFAULT_PORTS: Readonly<Record<string, string>> = { 'http:': '80', 'https:': '443' }
const SOCKS_PORT = '1080'

interface Pattern {
  readonly host: string
  /** Whether names below the host are meant. */
  readonly below: boolean
  readonly port: string | null
}

/**
 * Which proxies callers may name. A proxy is connected to from here, whatever addresses sites may have: who names one could
 * reach this machine and its networks.
 */
export class CallerProxies {
  readonly #patterns: readonly Pattern[] | 'any'

  /**
   * @param allowed - hosts, as `proxy.example`, `proxy.example:8080`, `*.proxies.example`, `[fd00::1]:8080`; `any` for all
   * @throws OnejarError ONEJAR_BAD_OPTIONS
   */
  constructor(allowed: readonly string[]) {
    this.#patterns = allowed.includes('any') ? 'any' : allowed.map(patternOf)
  }

  /** Whether any can be named at all. */
  get some(): boolean {
    return this.#patterns === 'any' || this.#patterns.length > 0
  }

  /** @throws ServiceError FORBIDDEN */
  assertAllowed(proxy: ProxySetting): void {
    if (this.#patterns === 'any') return
    const { protocol, hostname, port: given } = new URL(typeof proxy === 'string' ? proxy : proxy.server)
    const port = given || (DEFAULT_PORTS[protocol] ?? SOCKS_PORT)
    const host = hostname.toLowerCase()
    const allowed = this.#patterns.some(
      (each) =>
        (each.below ? host.endsWith(`.${each.host}`) : host === each.host) &&
        (each.port === null || each.port === port),
    )
    if (allowed) return
    throw new ServiceError(
      'FORBIDDEN',
      'This service takes no such proxy of its callers; --allow-proxy opens one',
    )
  }
}

function patternOf(text: string): Pattern {
  const [, star, host = '', port = null] =
    /^(\*\.)?(\[[\da-f:.]+\]|[^\s:/@*[\]]+)(?::(\d{1,5}))?$/i.exec(text) ?? []
  if (host === '' || !URL.canParse(`http://${host}`)) {
    throw new OnejarError('ONEJAR_BAD_OPTIONS', 'A proxy is allowed as HOST, HOST:PORT, *.DOMAIN or any')
  }
  return { host: new URL(`http://${host}`).hostname, below: star !== undefined, port }
}
