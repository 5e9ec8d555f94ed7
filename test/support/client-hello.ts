import { once } from 'node:events'
import http2 from 'node:http2'
import net, { type AddressInfo, type Socket } from 'node:net'
import { type Fingerprint, fingerprintOf } from '../../src/cli/tls/client-hello.ts'
import { certificate, type Handler } from './http-server.ts'

export interface FingerprintServer {
  readonly port: number
  /** One for each connection, in order. */
  readonly seen: readonly Fingerprint[]
  [Symbol.asyncDispose](): Promise<void>
}

/** A TLS server (HTTP/2 and HTTP/1.1) that reads the ClientHello of each connection before it answers it. */
export async function startFingerprintServer(handler: Handler): Promise<FingerprintServer> {
  const seen: Fingerprint[] = []
  const sockets = new Set<Socket>()
  const site = http2.createSecureServer({ ...certificate(), allowHTTP1: true }, handler as never)
  const server = net.createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    let bytes = Buffer.alloc(0)
    const read = (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk])
      if (bytes.length < 5 || bytes.length < 5 + bytes.readUInt16BE(3)) return
      socket.off('data', read).pause()
      seen.push(fingerprintOf(bytes.subarray(5, 5 + bytes.readUInt16BE(3))))
      socket.unshift(bytes)
      site.emit('connection', socket)
    }
    socket.on('data', read)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    seen,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
