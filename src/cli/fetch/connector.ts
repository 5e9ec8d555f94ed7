import { type LookupAddress, lookup } from 'node:dns'
import { isIP, type LookupFunction, type Socket } from 'node:net'
import { buildConnector } from 'undici'
import { connectionOptions } from '../../http/index.ts'
import { UsageError } from '../usage-error.ts'

/** When the steps of making a connection were done, on the clock of `performance.now()`. */
export interface SocketTimes {
  readonly startedAt: number
  lookupAt?: number
  connectedAt?: number
  securedAt?: number
}

const TIMES = new WeakMap<Socket, SocketTimes>()

export function timesOf(socket: Socket): SocketTimes | undefined {
  return TIMES.get(socket)
}

/** One `--resolve`: where a host is on a port. */
export interface Resolved {
  readonly host: string
  readonly port: number
  readonly addresses: readonly string[]
}

/**
 * What `--resolve [+]HOST:PORT:ADDR[,ADDR]` says.
 *
 * @throws UsageError
 */
export function parseResolve(text: string): Resolved {
  const [, host = '', port = '', list = ''] = /^[+]?([^:]+):(\d{1,5}):(.+)$/.exec(text) ?? []
  const addresses = list.split(',').map((address) => address.trim().replace(/^\[(.*)\]$/, '$1'))
  if (host === '' || Number(port) > 65_535 || addresses.some((address) => isIP(address) === 0)) {
    throw new UsageError('--resolve takes HOST:PORT:ADDRESS')
  }
  return { host: host.toLowerCase(), port: Number(port), addresses }
}

export interface ConnectorParts {
  readonly resolved: readonly Resolved[]
  readonly ca: Buffer | undefined
  readonly connectTimeoutMs: number | undefined
  readonly ignoreHTTPSErrors: boolean
}

/** Connects as the library does, with the addresses of `--resolve`, and notes when each step was done. */
export function timedConnector({
  resolved,
  ca,
  connectTimeoutMs,
  ignoreHTTPSErrors,
}: ConnectorParts): buildConnector.connector {
  const tls = connectionOptions({
    ...(ca === undefined ? {} : { connect: { ca } }),
    ...(connectTimeoutMs === undefined ? {} : { connectTimeoutMs }),
    ignoreHTTPSErrors,
  })
  const usual = buildConnector(tls)
  return (to, callback) => {
    const port = Number(to.port) || (to.protocol === 'https:' ? 443 : 80)
    const found = resolved.find(({ host, port: on }) => host === to.hostname.toLowerCase() && on === port)
    const connect =
      found === undefined
        ? usual
        : buildConnector({ ...tls, lookup: lookupIn(found.addresses) } as buildConnector.BuildOptions)
    const times: SocketTimes = { startedAt: performance.now() }
    const socket = connect(to, (...[error, made]) => {
      if (error !== null) callback(error, null)
      else {
        TIMES.set(made, times)
        callback(null, made)
      }
    }) as unknown as Socket | undefined
    socket?.once('lookup', () => {
      times.lookupAt = performance.now()
    })
    socket?.once('connect', () => {
      times.connectedAt = performance.now()
    })
    socket?.once('secureConnect', () => {
      times.securedAt = performance.now()
    })
  }
}

function lookupIn(addresses: readonly string[]): LookupFunction {
  const all: LookupAddress[] = addresses.map((address) => ({ address, family: isIP(address) }))
  return (host, options, callback) => {
    const fit = all.filter(({ family }) => !options.family || family === options.family)
    const [first] = fit
    if (first === undefined) lookup(host, options, callback)
    else if (options.all) callback(null, fit)
    else callback(null, first.address, first.family)
  }
}

/** The same for the browser. */
export function resolverRules(resolved: readonly Resolved[]): string[] {
  if (resolved.length === 0) return []
  const rules = resolved.map(({ host, port, addresses: [address = ''] }) => {
    const shown = isIP(address) === 6 ? `[${address}]` : address
    return `MAP ${host}:${port} ${shown}:${port}`
  })
  return [`--host-resolver-rules=${rules.join(', ')}`]
}
