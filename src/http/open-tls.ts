import type { TLSSocket } from 'node:tls'
import { connectionOptions } from './create-dispatcher.ts'
import { tlsConnector } from './judged-connector.ts'

/**
 * A TLS connection as requests over HTTP open them, to be looked at: nothing is sent over it, and any certificate is taken. It has
 * to be destroyed.
 *
 * @throws what the system or TLS says
 */
export function openTls(url: URL, timeoutMs: number): Promise<TLSSocket> {
  const connect = tlsConnector(connectionOptions({ connectTimeoutMs: timeoutMs, ignoreHTTPSErrors: true }))
  const { host, protocol, port } = url
  const hostname = url.hostname.replace(/^\[|\]$/g, '')
  return new Promise((resolve, reject) => {
    connect({ host, hostname, protocol, port: port || '443' }, (error, socket) => {
      if (error !== null) reject(error)
      else resolve(socket.on('error', () => {}) as TLSSocket)
    })
  })
}
