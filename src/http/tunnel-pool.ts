import { type Dispatcher, errors, Pool } from 'undici'
import { proxyFailed } from './proxy-fault.ts'

/** What a proxy is answerable for while it is asked for a tunnel; an abort and a closed pool are ours. */
const FAULTS: readonly string[] = ['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_HEADERS_OVERFLOW', 'UND_ERR_SOCKET']

/** Asks a proxy for tunnels. What goes wrong until there is one is the proxy's fault, not the site's. */
export class TunnelPool extends Pool {
  readonly #proxy: URL

  /** @param answerTimeoutMs - for the proxy's answer: a tunnel is part of making a connection */
  constructor(proxy: URL, origin: URL, options: Pool.Options, answerTimeoutMs: number) {
    super(origin, { ...options, headersTimeout: answerTimeoutMs })
    this.#proxy = proxy
  }

  override async connect(options: never): Promise<never> {
    try {
      return (await (super.connect as (asked: never) => Promise<Dispatcher.ConnectData>)(options)) as never
    } catch (error) {
      throw this.#named(error)
    }
  }

  #named(error: unknown): unknown {
    if (error instanceof errors.HTTPParserError) {
      // The original carries the bytes that came.
      return proxyFailed(this.#proxy, 'unreachable', { cause: new Error(error.message) })
    }
    const { code } = error as { readonly code?: unknown }
    return FAULTS.includes(String(code)) ? proxyFailed(this.#proxy, 'unreachable', { cause: error }) : error
  }
}
