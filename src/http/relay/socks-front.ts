import type { Socket } from 'node:net'

/** Opens a connection to a site. */
export type OpenTunnel = (host: string, port: number) => Promise<Socket>

/** Longer than any greeting and request together: 257 bytes and 262. */
const MAX_BYTES = 600
const HANDSHAKE_TIMEOUT_MS = 30_000

const NO_AUTHENTICATION = Buffer.from([5, 0])
const GRANTED = Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0])
/** Host unreachable. A page sees a connection that failed, as it would without a proxy. */
const UNREACHABLE = Buffer.from([5, 4, 0, 1, 0, 0, 0, 0, 0, 0])

/** Speaks SOCKS5 with a browser (RFC 1928): what it sends to a site goes through untouched. */
export function serveSocks(socket: Socket, open: OpenTunnel): void {
  let received: Buffer = Buffer.alloc(0)
  let greeted = false
  socket.on('error', () => socket.destroy())
  socket.setTimeout(HANDSHAKE_TIMEOUT_MS, () => socket.destroy())
  socket.on('data', onData)

  function onData(chunk: Buffer): void {
    received = Buffer.concat([received, chunk])
    if (!greeted) {
      const length = received.length < 2 ? 2 : 2 + (received[1] as number)
      if (received[0] !== 5 || received.length > MAX_BYTES) socket.destroy()
      if (received.length < length) return
      greeted = true
      received = received.subarray(length)
      socket.write(NO_AUTHENTICATION)
    }
    const asked = readRequest(received)
    if (asked === 'bad' || received.length > MAX_BYTES) socket.destroy()
    else if (asked !== 'short') {
      socket.off('data', onData).pause().setTimeout(0)
      open(asked.host, asked.port).then(
        (way) => {
          if (socket.destroyed) way.destroy()
          else {
            socket.write(GRANTED)
            join(socket, way, received.subarray(asked.length))
          }
        },
        () => socket.end(UNREACHABLE),
      )
    }
  }
}

/** Passes on what comes, both ways, until one side is done. */
export function join(near: Socket, far: Socket, first: Buffer): void {
  far.on('error', () => near.destroy())
  near.on('error', () => far.destroy())
  far.on('close', () => near.destroy())
  near.on('close', () => far.destroy())
  far.setNoDelay(true)
  near.setNoDelay(true)
  if (first.length > 0) far.write(first)
  far.pipe(near)
  near.pipe(far)
}

interface Asked {
  readonly host: string
  readonly port: number
  readonly length: number
}

function readRequest(bytes: Buffer): Asked | 'short' | 'bad' {
  const [version, command, , kind, first = 0] = bytes
  if ((version ?? 5) !== 5 || (command ?? 1) !== 1) return 'bad'
  if (kind === undefined || bytes.length < 5) return 'short'
  const [start, size] = kind === 1 ? [4, 4] : kind === 3 ? [5, first] : kind === 4 ? [4, 16] : [0, 0]
  if (size === 0) return 'bad'
  const end = start + size
  if (bytes.length < end + 2) return 'short'
  const raw = bytes.subarray(start, end)
  const host = kind === 3 ? raw.toString('latin1') : kind === 1 ? raw.join('.') : groups(raw)
  return { host, port: bytes.readUInt16BE(end), length: end + 2 }
}

function groups(bytes: Buffer): string {
  return Array.from({ length: 8 }, (_, at) => bytes.readUInt16BE(at * 2).toString(16)).join(':')
}
