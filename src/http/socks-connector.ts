import type { Socket } from 'node:net'
import type { buildConnector } from 'undici'
import { portOf } from './judged-connector.ts'
import { proxyFailed } from './proxy-fault.ts'
import { proxyCredentials } from './read-proxy.ts'

type Connector = buildConnector.connector

export interface SocksConnectorOptions {
  /** `socks5:` URL; its credentials are used, where it has any. */
  readonly proxy: URL
  /** Opens the connection to the proxy. */
  readonly dial: Connector
  /** Makes a tunnel into a TLS connection to the site. */
  readonly secure: Connector
  /** For the proxy's answers, in milliseconds. */
  readonly timeoutMs: number
}

const DEFAULT_PORT = 1080

/** Connects to sites through a SOCKS5 proxy, which resolves their names (RFC 1928, 1929). */
export function socksConnector(options: SocksConnectorOptions): Connector {
  return (to, callback) => {
    openSocksTunnel(options, to).then(
      (socket) => {
        if (to.protocol === 'https:') options.secure({ ...to, httpSocket: socket }, callback)
        else callback(null, socket)
      },
      (error: Error) => callback(error, null),
    )
  }
}

/**
 * A connection through the proxy to a site.
 *
 * @throws OnejarError ONEJAR_PROXY_FAILED
 */
export async function openSocksTunnel(
  { proxy, dial, timeoutMs }: Omit<SocksConnectorOptions, 'secure'>,
  to: Pick<buildConnector.Options, 'hostname' | 'port' | 'protocol'>,
): Promise<Socket> {
  const { username, password } = proxyCredentials(proxy)
  const host = proxy.hostname.replace(/^\[|\]$/g, '')
  const port = Number(proxy.port) || DEFAULT_PORT
  const connection = Promise.withResolvers<Socket>()
  dial({ protocol: 'http:', host: proxy.host, hostname: host, port: String(port) }, (...[error, socket]) => {
    if (error === null) connection.resolve(socket)
    else connection.reject(error)
  })
  const socket = await connection.promise
  try {
    // Loaded on first use: most sessions have no such proxy.
    const { SocksClient } = await import('socks')
    await SocksClient.createConnection({
      command: 'connect',
      existing_socket: socket,
      proxy: {
        host,
        port,
        type: 5,
        ...(username === '' && password === '' ? {} : { userId: username, password }),
      },
      destination: { host: to.hostname, port: portOf(to) },
      ...(timeoutMs > 0 ? { timeout: timeoutMs } : {}),
    })
    return socket
  } catch (error) {
    socket.on('error', () => {}).destroy()
    throw socksFault(error, proxy, `${to.hostname}:${portOf(to)}`)
  }
}

/** Without a cause: the library's error carries the proxy's password. */
function socksFault(error: unknown, proxy: URL, to: string) {
  const message = error instanceof Error ? error.message : ''
  if (/auth/i.test(message)) return proxyFailed(proxy, 'credentials')
  const reply = REPLIES.findIndex((name) => message.endsWith(`rejected connection - ${name}`))
  if (reply !== -1) return proxyFailed(proxy, 'refused', { status: reply, to })
  return proxyFailed(proxy, /rejected/.test(message) ? 'refused' : 'unreachable', { to })
}

/** By their numbers (RFC 1928, section 6), as the library names them. */
const REPLIES = [
  ...['Granted', 'Failure', 'NotAllowed', 'NetworkUnreachable', 'HostUnreachable', 'ConnectionRefused'],
  ...['TTLExpired', 'CommandNotSupported', 'AddressNotSupported'],
]
