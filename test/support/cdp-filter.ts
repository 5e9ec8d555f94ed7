import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { WebSocket } from 'undici'

/** What becomes of a command: it is passed on, refused as unknown or as not allowed, or left without an answer. */
export type Filtered = 'pass' | 'unknown' | 'refused' | 'silent'

/** RFC 6455, 1.3. */
const ACCEPT = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'

/**
 * A DevTools endpoint in front of a real one, which does not carry out every command, as those of hosted browsers. Only who shows the
 * token in its address is let in.
 */
export class CdpFilter {
  readonly token = 'token-of-the-farm'
  /** Commands that came, whatever became of them. */
  readonly asked: string[] = []
  readonly #server: Server
  readonly #sockets = new Set<{ destroy(): void }>()

  private constructor(server: Server) {
    this.#server = server
  }

  /** @param decide - what becomes of a command, by its name */
  static async start(address: string, decide: (method: string) => Filtered): Promise<CdpFilter> {
    const server = createServer((_, response) => void response.writeHead(404).end())
    const filter = new CdpFilter(server)
    server.on('upgrade', (request, socket) => filter.#open(request, socket as Socket, address, decide))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return filter
  }

  get url(): string {
    return `ws://user:password@127.0.0.1:${(this.#server.address() as AddressInfo).port}/?token=${this.token}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #open(request: IncomingMessage, client: Socket, address: string, decide: (method: string) => Filtered) {
    if (!request.url?.includes(this.token)) return void client.destroy()
    const key = createHash('sha1').update(`${request.headers['sec-websocket-key']}${ACCEPT}`).digest('base64')
    client.write(
      `HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-accept: ${key}\r\n\r\n`,
    )
    const browser = new WebSocket(address)
    const opened = new Promise((resolve) => browser.addEventListener('open', resolve))
    this.#sockets.add(client)
    this.#sockets.add({ destroy: () => browser.close() })
    browser.addEventListener('message', ({ data }) => client.write(frame(data as string)))
    browser.addEventListener('close', () => client.destroy())
    client.on('close', () => browser.close())
    client.on('error', () => {})
    const read = frameReader(async (text) => {
      const { id, method, sessionId } = JSON.parse(text)
      this.asked.push(method)
      const what = decide(method)
      await opened
      if (what === 'pass') browser.send(text)
      else if (what !== 'silent') {
        const error =
          what === 'unknown'
            ? { code: -32601, message: `'${method}' wasn't found` }
            : { code: -32000, message: 'This command is not allowed here' }
        client.write(frame(JSON.stringify({ id, sessionId, error })))
      }
    })
    client.on('data', read)
  }
}

/** A text in one frame, as a server sends it. */
function frame(text: string): Buffer {
  const payload = Buffer.from(text)
  const head = Buffer.alloc(payload.length < 126 ? 2 : payload.length < 65_536 ? 4 : 10)
  head[0] = 0x81
  if (payload.length < 126) head[1] = payload.length
  else if (payload.length < 65_536) {
    head[1] = 126
    head.writeUInt16BE(payload.length, 2)
  } else {
    head[1] = 127
    head.writeBigUInt64BE(BigInt(payload.length), 2)
  }
  return Buffer.concat([head, payload])
}

/** Takes bytes of a client, and calls with each whole message of text. */
function frameReader(onText: (text: string) => void): (chunk: Buffer) => void {
  let bytes: Buffer = Buffer.alloc(0)
  let parts: Buffer[] = []
  return (chunk) => {
    bytes = Buffer.concat([bytes, chunk])
    for (;;) {
      if (bytes.length < 2) return
      const short = (bytes[1] as number) & 0x7f
      const at = short === 126 ? 4 : short === 127 ? 10 : 2
      if (bytes.length < at + 4) return
      const size =
        short === 126 ? bytes.readUInt16BE(2) : short === 127 ? Number(bytes.readBigUInt64BE(2)) : short
      if (bytes.length < at + 4 + size) return
      const [first = 0] = bytes
      const mask = bytes.subarray(at, at + 4)
      const payload = Buffer.from(bytes.subarray(at + 4, at + 4 + size))
      for (let n = 0; n < size; n++) payload[n] = (payload[n] as number) ^ (mask[n % 4] as number)
      bytes = bytes.subarray(at + 4 + size)
      if ((first & 0x0f) > 2) continue
      parts.push(payload)
      if ((first & 0x80) === 0) continue
      onText(Buffer.concat(parts).toString())
      parts = []
    }
  }
}
