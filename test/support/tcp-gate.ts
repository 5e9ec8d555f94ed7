import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/** A way to a port of the loopback interface that can be held up: what is sent meanwhile arrives when it is let go. */
export class TcpGate {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #held = false
  #to: number

  private constructor(server: Server, to: number) {
    this.#server = server
    this.#to = to
  }

  static async start(port: number): Promise<TcpGate> {
    const server = createServer({ allowHalfOpen: false })
    const gate = new TcpGate(server, port)
    server.on('connection', (near) => {
      const far = connect(gate.#to, '127.0.0.1')
      gate.#join(near, far)
      gate.#join(far, near)
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return gate
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** New connections go to another port from now on. */
  leadTo(port: number): void {
    this.#to = port
  }

  hold(): void {
    this.#held = true
    for (const socket of this.#sockets) socket.pause()
  }

  letGo(): void {
    this.#held = false
    for (const socket of this.#sockets) socket.resume()
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #join(from: Socket, to: Socket): void {
    this.#sockets.add(from)
    from.on('data', (chunk) => to.write(chunk))
    from.on('error', () => {})
    from.on('close', () => {
      this.#sockets.delete(from)
      to.destroy()
    })
    if (this.#held) from.pause()
  }
}
