import { once } from 'node:events'
import http, { type IncomingMessage, type ServerResponse } from 'node:http'
import https from 'node:https'
import net, { type AddressInfo, type Socket } from 'node:net'
import { certificate } from './http-server.ts'

/** What passed through the proxy. */
export interface ProxyPass {
  readonly how: 'connect' | 'forward'
  /** `host:port` of a tunnel, the absolute URL of a forwarded request. */
  readonly target: string
}

/** A forward and CONNECT proxy on a free port. */
export interface TestProxy {
  readonly url: string
  readonly port: number
  readonly passed: readonly ProxyPass[]
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

export interface TestProxyOptions {
  /** Asks for these credentials (Basic) and answers 407 without them. */
  readonly auth?: { readonly username: string; readonly password: string }
  /** Sends every tunnel and request to this machine, whatever its host: names need not resolve. */
  readonly toLoopback?: boolean
  /** Speaks TLS itself. */
  readonly tls?: boolean
}

export async function startProxy(options: TestProxyOptions = {}): Promise<TestProxy> {
  const passed: ProxyPass[] = []
  const sockets = new Set<Socket>()
  const { auth, toLoopback } = options
  const wanted = auth && `Basic ${Buffer.from(`${auth.username}:${auth.password}`).toString('base64')}`
  const mayPass = (request: IncomingMessage) =>
    wanted === undefined || request.headers['proxy-authorization'] === wanted
  const hostOf = (host: string) => (toLoopback ? '127.0.0.1' : host)

  const onRequest = (request: IncomingMessage, response: ServerResponse) => {
    if (!mayPass(request)) {
      response.writeHead(407, { 'proxy-authenticate': 'Basic realm="test"' }).end()
      return
    }
    const url = new URL(request.url ?? '')
    passed.push({ how: 'forward', target: url.href })
    const headers = { ...request.headers }
    delete headers['proxy-authorization']
    const onward = http.request(
      {
        host: hostOf(url.hostname),
        port: url.port,
        method: request.method,
        path: url.pathname + url.search,
        headers,
        agent: false,
      },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(response)
      },
    )
    onward.on('error', () => response.writeHead(502).end())
    request.pipe(onward)
  }
  const server = options.tls ? https.createServer(certificate(), onRequest) : http.createServer(onRequest)
  server.on('connect', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    if (!mayPass(request)) {
      socket.end(
        'HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="test"\r\n\r\n',
      )
      return
    }
    const target = request.url ?? ''
    passed.push({ how: 'connect', target })
    const { hostname, port } = new URL(`http://${target}`)
    const onward = net.connect(Number(port || 80), hostOf(hostname), () => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n')
      onward.write(head)
      onward.pipe(socket).pipe(onward)
    })
    track(onward)
    onward.on('error', () => socket.destroy())
    socket.on('error', () => onward.destroy())
    socket.on('close', () => onward.destroy())
    onward.on('close', () => socket.destroy())
  })
  const track = (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
  }
  server.on('connection', track)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      for (const socket of sockets) socket.destroy()
    })
  const scheme = options.tls ? 'https' : 'http'
  return { url: `${scheme}://127.0.0.1:${port}`, port, passed, close, [Symbol.asyncDispose]: close }
}

/** A SOCKS5 proxy (RFC 1928, 1929) that sends every tunnel to this machine. */
export async function startSocksProxy({ auth }: Pick<TestProxyOptions, 'auth'> = {}): Promise<TestProxy> {
  const passed: ProxyPass[] = []
  const sockets = new Set<Socket>()
  const track = (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
  }
  const server = net.createServer((socket) => {
    track(socket)
    socket.once('data', async (greeting: Buffer) => {
      if (auth !== undefined) {
        const offered = greeting.subarray(2).includes(2)
        socket.write(Buffer.from([5, offered ? 2 : 0xff]))
        if (!offered) return
        const [given] = (await once(socket, 'data')) as [Buffer]
        const { username, password } = auth
        const [name, word] = [Buffer.from(username), Buffer.from(password)]
        const wanted = [Buffer.of(1, name.length), name, Buffer.of(word.length), word]
        const isRight = given.equals(Buffer.concat(wanted))
        socket.write(Buffer.from([1, isRight ? 0 : 1]))
        if (!isRight) return
      } else socket.write(Buffer.from([5, 0]))
      socket.once('data', (ask: Buffer) => {
        const named = ask[3] === 3
        const end = named ? 5 + ask[4]! : 8
        const host = named ? ask.subarray(5, end).toString() : ask.subarray(4, 8).join('.')
        const port = ask.readUInt16BE(end)
        passed.push({ how: 'connect', target: `${host}:${port}` })
        const onward = net.connect(port, '127.0.0.1', () => {
          socket.write(Buffer.from([5, 0, 0, 1, 127, 0, 0, 1, 0, 0]))
          onward.pipe(socket).pipe(onward)
        })
        track(onward)
        onward.on('close', () => socket.destroy())
        socket.on('close', () => onward.destroy())
      })
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      for (const socket of sockets) socket.destroy()
    })
  return { url: `socks5://127.0.0.1:${port}`, port, passed, close, [Symbol.asyncDispose]: close }
}
