import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createSecureServer } from 'node:http2'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo, Server } from 'node:net'
import { fileURLToPath } from 'node:url'
import { parentPort, Worker, workerData } from 'node:worker_threads'
import { certificate } from '../test/support/http-server.ts'
import { benchPages } from './pages.ts'

/** What the server speaks. Over TLS it shows a certificate that it has signed itself. */
export type BenchProtocol = 'http/1.1' | 'http/1.1 over TLS' | 'HTTP/2'

export interface BenchServer {
  readonly origin: string
  /** The certificate that clients have to trust; undefined where there is no TLS. */
  readonly ca: string | undefined
  close(): Promise<void>
}

interface ServerSettings {
  readonly protocol: BenchProtocol
  readonly tls: { readonly key: string; readonly cert: string } | undefined
}

/** What a request said of itself, as `/raw-headers` gives it. */
export interface SeenRequest {
  readonly httpVersion: string
  /** Names and values, in turn, in the order in which they came. */
  readonly rawHeaders: readonly string[]
}

/** Starts the server in a thread of its own, so that its work is not counted as the client's. */
export async function startBenchServer(protocol: BenchProtocol = 'http/1.1'): Promise<BenchServer> {
  const tls = protocol === 'http/1.1' ? undefined : certificate()
  const settings: ServerSettings = { protocol, tls }
  const worker = new Worker(fileURLToPath(import.meta.url), { workerData: settings })
  const port = await new Promise<number>((resolve, reject) => {
    worker.once('message', resolve)
    worker.once('error', reject)
  })
  return {
    origin: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    ca: tls?.cert,
    close: async () => {
      await worker.terminate()
    },
  }
}

if (parentPort) serve(workerData as ServerSettings)

function serve({ protocol, tls }: ServerSettings): void {
  let served = 0
  const pages = new Map(Object.values(benchPages()).map((page) => [page.path, page]))
  const plain = pages.get('/')
  const answer = (request: IncomingMessage, response: ServerResponse) => {
    const url = request.url ?? ''
    if (url === '/headers') return void response.end(JSON.stringify(request.headers))
    if (url === '/raw-headers') {
      const { httpVersion, rawHeaders } = request
      return void response.end(JSON.stringify({ httpVersion, rawHeaders } satisfies SeenRequest))
    }
    if (url === '/robots.txt') {
      response.writeHead(200, { 'content-type': 'text/plain' })
      return void response.end('User-agent: *\nDisallow: /private/\n')
    }
    const size = /^\/bytes\/(\d+)$/.exec(url)?.[1]
    if (size !== undefined) return sendBytes(response, Number(size))
    const page = pages.get(url) ?? plain
    const headers: Record<string, string> = {
      'content-type': page?.type ?? '',
      'content-length': String(page?.body.length),
    }
    // One response in ten sets a cookie.
    if (++served % 10 === 0 && url === '/') headers['set-cookie'] = `visit=${served}; Path=/; SameSite=Lax`
    response.writeHead(200, headers)
    response.end(page?.body)
  }
  const server = listener(protocol, tls, answer)
  server.listen(0, '127.0.0.1', () => parentPort?.postMessage((server.address() as AddressInfo).port))
}

function listener(
  protocol: BenchProtocol,
  tls: ServerSettings['tls'],
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Server {
  if (protocol === 'HTTP/2') {
    // Node's compatibility interface: requests and responses of the same shape.
    return createSecureServer({ ...tls }, answer as never)
  }
  const server = protocol === 'http/1.1' ? createServer(answer) : createTlsServer({ ...tls }, answer)
  server.keepAliveTimeout = 60_000
  return server
}

const PIECE = Buffer.alloc(64 * 1024, 'x')

/** A body of so many bytes, made while it is sent. */
function sendBytes(response: ServerResponse, size: number): void {
  response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': String(size) })
  let left = size
  const more = () => {
    while (left > 0) {
      const piece = left < PIECE.length ? PIECE.subarray(0, left) : PIECE
      left -= piece.length
      if (!response.write(piece)) return void response.once('drain', more)
    }
    response.end()
  }
  more()
}
