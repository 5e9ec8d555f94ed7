import { type LookupAddress, type LookupOptions, lookup as systemLookup } from 'node:dns'
import { isIP, type LookupFunction, type Socket } from 'node:net'
import { buildConnector } from 'undici'
import type { AddressPolicy } from '../compliance/index.ts'
import { OnejarError } from '../core/index.ts'

type Connector = buildConnector.connector
type BuildOptions = buildConnector.BuildOptions & { readonly lookup?: LookupFunction | undefined }

/** undici's own connector; clients that do not speak HTTP/2 (Node's built-in fetch) are given a connection without. */
export function tlsConnector(tls: buildConnector.BuildOptions): Connector {
  const all = buildConnector(tls)
  const onlyHttp1 = buildConnector({ ...tls, allowH2: false })
  return (to, callback) => ((to as { allowH2?: boolean }).allowH2 === false ? onlyHttp1 : all)(to, callback)
}

/**
 * Connects to addresses that the policy admits, and to no other: the address that a name resolves to is judged where it is
 * connected to, so that a name which resolves otherwise the next time gains nothing.
 */
export function judgedConnector(tls: BuildOptions, policy: AddressPolicy): Connector {
  if (policy.any) return tlsConnector(tls)
  return (to, callback) => {
    const [host, port] = [bareHost(to.hostname), portOf(to)]
    if (isIP(host) !== 0) {
      if (policy.admits(host, host, port)) tlsConnector(tls)(to, callback)
      else callback(refusedAddress(host), null)
      return
    }
    const lookup = judgedLookup(tls.lookup ?? (systemLookup as LookupFunction), policy, port)
    tlsConnector({ ...tls, lookup } as BuildOptions)(to, callback)
  }
}

/** Judges where somebody else's connector has led to, before anything is sent there. One that does not tell is trusted. */
export function judgedAfterwards(connector: Connector, policy: AddressPolicy): Connector {
  if (policy.any) return connector
  return (to, callback) =>
    connector(to, (...[error, socket]) => {
      const address = (socket as Partial<Socket> | null)?.remoteAddress
      if (error === null && address !== undefined && !policy.admits(address, to.hostname, portOf(to))) {
        socket.on('error', () => {}).destroy()
        callback(refusedAddress(bareHost(to.hostname)), null)
      } else if (error === null) callback(null, socket)
      else callback(error, null)
    })
}

/** Names the host that was asked for, and not where it stands. */
export function refusedAddress(host: string): OnejarError {
  return new OnejarError('ONEJAR_ADDRESS_REFUSED', `${host} may not be reached`, { details: { host } })
}

/** Leaves out the addresses that are not admitted; fails where none is left. */
function judgedLookup(lookup: LookupFunction, policy: AddressPolicy, port: number): LookupFunction {
  return (host, options: LookupOptions, callback) => {
    lookup(host, { ...options, all: true }, (error, found) => {
      if (error !== null) {
        callback(error, [])
        return
      }
      const all = (
        Array.isArray(found) ? found : [{ address: found, family: isIP(found) }]
      ) as LookupAddress[]
      const admitted = all.filter(({ address }) => policy.admits(address, host, port))
      const [first] = admitted
      if (first === undefined) callback(refusedAddress(host) as NodeJS.ErrnoException, [])
      else if (options.all) callback(null, admitted)
      else callback(null, first.address, first.family)
    })
  }
}

/** Without the brackets of an IPv6 address. */
export function bareHost(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, '')
}

export function portOf({ port, protocol }: Pick<buildConnector.Options, 'port' | 'protocol'>): number {
  return Number(port) || (protocol === 'https:' ? 443 : 80)
}
