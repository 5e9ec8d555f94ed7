import type { Socket } from 'node:net'
import { SocksClient } from 'socks'
import type { buildConnector } from 'undici'
import { OnejarError } from '../core/index.ts'

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
    openTunnel(options, to).then(
      (socket) => {
        if (to.protocol === 'https:') options.secure({ ...to, httpSocket: socket }, callback)
        else callback(null, socket)
      },
      (error: Error) => callback(error, null),
    )
  }
}

async function openTunnel(
  { proxy, dial, timeoutMs }: SocksConnectorOptions,
  to: buildConnector.Options,
): Promise<Socket> {
  const host = proxy.hostname.replace(/^\[|\]$/g, '')
  const port = Number(proxy.port) || DEFAULT_PORT
  const connection = Promise.withResolvers<Socket>()
  dial({ protocol: 'http:', host: proxy.host, hostname: host, port: String(port) }, (...[error, socket]) => {
    if (error === null) connection.resolve(socket)
    else connection.reject(error)
  })
  const socket = await connection.promise
  try {
    await SocksClient.createConnection({
      command: 'connect',
      existing_socket: socket,
      proxy: {
        host,
        port,
        type: 5,
        ...(proxy.username === '' ? {} : { userId: decodeURIComponent(proxy.username) }),
        ...(proxy.password === '' ? {} : { password: decodeURIComponent(proxy.password) }),
      },
      destination: { host: to.hostname, port: Number(to.port) || (to.protocol === 'https:' ? 443 : 80) },
      ...(timeoutMs > 0 ? { timeout: timeoutMs } : {}),
    })
    return socket
  } catch (error) {
    socket.on('error', () => {}).destroy()
    // Not as the cause: the library's error carries the proxy's password.
    const why = error instanceof Error ? error.message : 'unknown'
    throw new OnejarError('ONEJAR_NETWORK', `The SOCKS proxy did not open a way to ${to.hostname}: ${why}`)
  }
}
