import { type buildConnector, errors } from 'undici'
import { OnejarError } from '../core/index.ts'

type Connector = buildConnector.connector

/** What is wrong with a proxy: it cannot be reached, refuses the credentials, or does not connect to the site. */
export type ProxyFault = 'unreachable' | 'credentials' | 'refused'

interface FaultFacts {
  /** The proxy's answer to the request for a tunnel: an HTTP status or a SOCKS5 reply. */
  readonly status?: number | undefined
  /** `host:port` of the site. */
  readonly to?: string | undefined
  readonly cause?: unknown
}

/** An error that names the proxy, without its credentials. */
export function proxyFailed(
  proxy: URL,
  fault: ProxyFault,
  { status, to, cause }: FaultFacts = {},
): OnejarError {
  const name = `${proxy.protocol}//${proxy.host}`
  const code = (cause as { code?: unknown } | undefined)?.code
  const why = status ?? (typeof code === 'string' ? code : undefined)
  const what = {
    unreachable: 'cannot be reached',
    credentials: 'wants other credentials',
    refused: `does not connect to ${to ?? 'the site'}`,
  }[fault]
  return new OnejarError(
    'ONEJAR_PROXY_FAILED',
    `The proxy ${name} ${what}${why === undefined ? '' : ` (${why})`}`,
    {
      details: { proxy: name, fault, ...(status === undefined ? {} : { status }) },
      ...(cause === undefined ? {} : { cause }),
      ...(fault === 'credentials'
        ? {
            cause: Object.assign(new Error('The proxy wants other credentials'), {
              code: 'PROXY_CREDENTIALS',
            }),
          }
        : {}),
    },
  )
}

/** What the status of a proxy's answer to CONNECT means. */
export function tunnelRefused(proxy: URL, status: number, to?: string): OnejarError {
  return proxyFailed(proxy, status === 407 ? 'credentials' : 'refused', { status, to })
}

/** An error of undici's ProxyAgent as what it says of the proxy; others stay as they are. */
export function nameProxy(error: Error, proxy: URL | undefined): Error {
  if (proxy === undefined || error instanceof OnejarError) return error
  const tunnel = /^Proxy response \((\d+)\)/.exec(error.message)
  if (tunnel) return tunnelRefused(proxy, Number(tunnel[1]))
  if (error instanceof errors.InvalidArgumentError && error.message.includes('(407)')) {
    return tunnelRefused(proxy, 407)
  }
  const { code, cause } = error as { code?: unknown; cause?: unknown }
  return code === 'UND_ERR_PRX_CONN' || code === 'UND_ERR_PRX_TLS'
    ? proxyFailed(proxy, 'unreachable', { cause: cause ?? error })
    : error
}

/** A connector to the proxy itself: what goes wrong on the way there is the proxy's. */
export function toProxy(proxy: URL, connector: Connector): Connector {
  return (to, callback) =>
    connector(to, (...[error, socket]) => {
      if (error === null) callback(null, socket)
      else callback(proxyFailed(proxy, 'unreachable', { cause: error }), null)
    })
}
