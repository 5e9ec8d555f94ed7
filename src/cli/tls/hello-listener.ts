import { once } from 'node:events'
import net, { type AddressInfo, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { type Fingerprint, fingerprintOf } from './client-hello.ts'

/** A port of this machine that reads how a client introduces itself over TLS, and hangs up. */
export interface HelloListener {
  /** Has a name, and no address, in it: clients name the host to a site that has one. */
  readonly url: URL
  /** Resolves to the first ClientHello that comes while `connect` tries; null when none does in time. */
  measure(connect: () => Promise<unknown>, timeoutMs: number): Promise<Fingerprint | null>
  close(): void
}

/** A ClientHello with post-quantum key shares is about 2 KB. */
const MAX_HELLO_BYTES = 64 * 1024

export async function openHelloListener(): Promise<HelloListener> {
  const sockets = new Set<Socket>()
  let onHello: (seen: Fingerprint) => void = () => {}
  const server = net.createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {}).on('close', () => sockets.delete(socket))
    let bytes = Buffer.alloc(0)
    socket.on('data', (chunk) => {
      bytes = Buffer.concat([bytes, chunk])
      const end = bytes.length < 5 ? Number.POSITIVE_INFINITY : 5 + bytes.readUInt16BE(3)
      if (bytes.length < end && bytes.length <= MAX_HELLO_BYTES) return
      try {
        onHello(fingerprintOf(bytes.subarray(5, end)))
      } catch {
        // Something else than TLS has come.
      }
      socket.destroy()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: new URL(`https://localhost:${(server.address() as AddressInfo).port}/`),
    async measure(connect, timeoutMs) {
      const { promise, resolve } = Promise.withResolvers<Fingerprint | null>()
      onHello = resolve
      const over = new AbortController()
      // Nobody is answered: how the attempt itself ends says nothing.
      const attempt = connect().then(
        () => null,
        () => null,
      )
      const late = pause(timeoutMs, null, { signal: over.signal }).catch(() => null)
      const seen = await Promise.race([
        promise,
        attempt.then(() => Promise.race([promise, pause(100, null)])),
        late,
      ])
      over.abort()
      return seen
    },
    close() {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}
