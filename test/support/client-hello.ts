import { createHash } from 'node:crypto'
import { once } from 'node:events'
import http2 from 'node:http2'
import net, { type AddressInfo, type Socket } from 'node:net'
import { certificate, type Handler } from './http-server.ts'

/** How a client introduced itself: two names that the field gives to a ClientHello. */
export interface Fingerprint {
  /** The text whose MD5 is known as JA3. */
  readonly ja3: string
  readonly ja4: string
}

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

/** JA3 and JA4 of a ClientHello (a handshake message without its record header). */
export function fingerprintOf(hello: Buffer): Fingerprint {
  let at = 4
  const take = (length: number) => {
    at += length
    return hello.subarray(at - length, at)
  }
  const number = (length: 1 | 2) => take(length).readUIntBE(0, length)
  const version = number(2)
  take(32)
  take(number(1))
  const ciphers = numbers(take(number(2)))
  take(number(1))
  const end = number(2) + at
  const extensions = new Map<number, Buffer>()
  while (at < end) {
    const type = number(2)
    extensions.set(type, take(number(2)))
  }
  const types = [...extensions.keys()].filter(isReal)
  const list = (type: number, header = 2) =>
    numbers(extensions.get(type)?.subarray(header) ?? Buffer.alloc(0))
  const points = [...(extensions.get(11)?.subarray(1) ?? [])]
  const ja3 = [[version], ciphers, types, list(10), points].map((part) => part.join('-')).join(',')

  const offered = extensions.has(43) ? Math.max(...list(43, 1)) : version
  const alpn =
    extensions
      .get(16)
      ?.subarray(3, 3 + (extensions.get(16)?.[2] ?? 0))
      .toString('latin1') ?? '00'
  const head = [
    't',
    { 772: '13', 771: '12', 770: '11', 769: '10' }[offered] ?? '00',
    extensions.has(0) ? 'd' : 'i',
    twoDigits(ciphers.length),
    twoDigits(types.length),
    `${alpn[0]}${alpn.at(-1)}`,
  ].join('')
  const sorted = types
    .filter((type) => type !== 0 && type !== 16)
    .map(hex)
    .sort()
  const tail = `${sorted.join(',')}_${list(13).map(hex).join(',')}`
  return { ja3, ja4: [head, hash(ciphers.map(hex).sort().join(',')), hash(tail)].join('_') }
}

/** Without the values that some clients put in at random (RFC 8701). */
function numbers(bytes: Buffer): number[] {
  const all: number[] = []
  for (let at = 0; at + 1 < bytes.length; at += 2) all.push(bytes.readUInt16BE(at))
  return all.filter(isReal)
}

function isReal(value: number): boolean {
  return (value & 0x0f0f) !== 0x0a0a || value >> 8 !== (value & 0xff)
}

const hex = (value: number) => value.toString(16).padStart(4, '0')
const hash = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 12)
const twoDigits = (count: number) => String(Math.min(count, 99)).padStart(2, '0')
