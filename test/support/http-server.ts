import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import http, { type IncomingMessage, type ServerResponse } from 'node:http'
import http2 from 'node:http2'
import https from 'node:https'
import net, { type AddressInfo, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Answers a request; HTTP/2 servers call it through Node's compatibility interface. */
export type Handler = (request: IncomingMessage, response: ServerResponse) => void

/** A server on a free port of the loopback interface. */
export interface TestServer {
  readonly port: number
  /** `http://127.0.0.1:port`, or https for the servers with TLS. */
  readonly origin: string
  /** The same server under another name that resolves to this machine. */
  on(host: string): string
  /** Connections that were accepted since the start. */
  readonly accepted: number
  /** Connections that are open now. */
  readonly open: number
  /** Resolves as soon as no connection is open. */
  drained(): Promise<void>
  /** Drops what is open and stops listening. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

export function startHttpServer(handler: Handler): Promise<TestServer> {
  return listen(http.createServer(handler), 'http')
}

export function startHttpsServer(handler: Handler): Promise<TestServer> {
  return listen(https.createServer(certificate(), handler), 'https')
}

/** TLS with both `h2` and `http/1.1` on offer. */
export function startHttp2Server(handler: Handler): Promise<TestServer> {
  const server = http2.createSecureServer(
    { ...certificate(), allowHTTP1: true },
    handler as unknown as (request: http2.Http2ServerRequest, response: http2.Http2ServerResponse) => void,
  )
  return listen(server, 'https')
}

/** Plain TCP: for answers that no HTTP server would give. */
export function startTcpServer(onConnection: (socket: Socket) => void): Promise<TestServer> {
  return listen(net.createServer(onConnection), 'http')
}

/** An answer with these raw bytes, once the request's headers are in. */
export function startRawServer(answer: string | Buffer): Promise<TestServer> {
  return startTcpServer((socket) => {
    let received = ''
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1')
      if (!received.includes('\r\n\r\n')) return
      received = ''
      socket.write(typeof answer === 'string' ? Buffer.from(answer, 'latin1') : answer)
    })
  })
}

/** The whole body of a request. */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

let made: { key: string; cert: string } | undefined

/** A self-signed certificate for the loopback names, made anew in each process. */
export function certificate(): { key: string; cert: string } {
  if (made) return made
  const directory = mkdtempSync(join(tmpdir(), 'onejar-cert-'))
  try {
    const [key, cert] = [join(directory, 'key.pem'), join(directory, 'cert.pem')]
    const names = 'subjectAltName=DNS:localhost,DNS:*.test,IP:127.0.0.1'
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
    const output = ['-keyout', key, '-out', cert, '-days', '2', '-subj', '/CN=localhost', '-addext', names]
    execFileSync('openssl', ['req', '-x509', ...curve, ...output], { stdio: 'ignore' })
    made = { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') }
    return made
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

async function listen(server: net.Server, scheme: 'http' | 'https'): Promise<TestServer> {
  const sockets = new Set<Socket>()
  let accepted = 0
  let onDrained: (() => void)[] = []
  server.on('connection', (socket: Socket) => {
    accepted += 1
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => {
      sockets.delete(socket)
      if (sockets.size > 0) return
      for (const done of onDrained) done()
      onDrained = []
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      for (const socket of sockets) socket.destroy()
    })
  return {
    port,
    origin: `${scheme}://127.0.0.1:${port}`,
    on: (host) => `${scheme}://${host}:${port}`,
    get accepted() {
      return accepted
    },
    get open() {
      return sockets.size
    },
    drained: () =>
      sockets.size === 0 ? Promise.resolve() : new Promise<void>((resolve) => onDrained.push(resolve)),
    close,
    [Symbol.asyncDispose]: close,
  }
}

/** Whether Chromium sent a request over HTTP/1.1: undici writes the names of the connection's headers in lower case. */
export function isOfBrowser({ rawHeaders }: IncomingMessage): boolean {
  return rawHeaders[0] === 'Host'
}
