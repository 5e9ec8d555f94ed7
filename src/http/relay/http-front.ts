import http, { type IncomingMessage, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { type OnejarError, safeUrl } from '../../core/index.ts'
import { bareHost } from '../judged-connector.ts'
import { proxyFailed, tunnelRefused } from '../proxy-fault.ts'
import { proxyAuthorization } from '../read-proxy.ts'
import { join } from './socks-front.ts'

export interface HttpFrontOptions {
  readonly proxy: URL
  /** A connection to the proxy. @throws OnejarError ONEJAR_PROXY_FAILED */
  readonly dial: () => Promise<Socket>
  /** For the proxy's answer to the question for a tunnel, in milliseconds. */
  readonly answerTimeoutMs: number
  /** What a site may not be asked for with; null where it may. */
  readonly refusal: (host: string, port: number) => OnejarError | null
  /** Notified how each connection to a site ended; null when the proxy made it. */
  readonly onEnd: (host: string, port: number, error: OnejarError | null) => void
}

/** As in Chromium. */
const MAX_HEADER_BYTES = 256 * 1024
/** Between a browser and its proxy only (RFC 9110, section 7.6.1). */
const HOP_HEADERS: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
])

/**
 * An HTTP proxy that passes everything on to another one, with that one's credentials: Chromium takes none in a proxy's URL.
 * When a site cannot be reached the connection ends without an answer.
 */
export function httpFront(options: HttpFrontOptions): http.Server {
  const server = http.createServer(
    { maxHeaderSize: MAX_HEADER_BYTES, insecureHTTPParser: true },
    (request, response) => forward(request, response, options),
  )
  // What a site takes its time for is the browser's concern.
  server.requestTimeout = 0
  server.headersTimeout = 0
  server.keepAliveTimeout = 60_000
  server.on('connect', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    const url = `http://${request.url ?? ''}`
    if (!URL.canParse(url)) socket.destroy()
    else tunnel(new URL(url), request, socket, head, options)
  })
  return server
}

async function tunnel(
  { hostname, port: given }: URL,
  request: IncomingMessage,
  socket: Socket,
  head: Buffer,
  options: HttpFrontOptions,
): Promise<void> {
  const { refusal, onEnd } = options
  const [host, port] = [bareHost(hostname), Number(given || 80)]
  socket.on('error', () => socket.destroy())
  try {
    const refused = refusal(host, port)
    if (refused !== null) throw refused
    const way = await openTunnel(request.url ?? '', request.rawHeaders, options)
    onEnd(host, port, null)
    if (socket.destroyed) way.socket.destroy()
    else {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n')
      if (way.head.length > 0) socket.write(way.head)
      join(socket, way.socket, head)
    }
  } catch (error) {
    onEnd(host, port, error as OnejarError)
    socket.end('HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n')
  }
}

/** @throws OnejarError ONEJAR_PROXY_FAILED */
async function openTunnel(
  target: string,
  headers: readonly string[],
  { proxy, dial, answerTimeoutMs }: HttpFrontOptions,
): Promise<{ readonly socket: Socket; readonly head: Buffer }> {
  const connection = await dial()
  return new Promise((resolve, reject) => {
    const asking = http.request({
      createConnection: () => connection,
      method: 'CONNECT',
      path: target,
      setHost: false,
    })
    setHeaders(asking, headers, proxy)
    const slow = () => asking.destroy(Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' }))
    const timer = setTimeout(slow, answerTimeoutMs)
    asking.once('close', () => clearTimeout(timer))
    asking.on('connect', (answer, socket: Socket, head) => {
      clearTimeout(timer)
      const { statusCode = 0 } = answer
      if (statusCode >= 200 && statusCode < 300) return resolve({ socket, head })
      socket.destroy()
      reject(tunnelRefused(proxy, statusCode, target))
    })
    asking.on('response', (answer) => {
      answer.destroy()
      reject(tunnelRefused(proxy, answer.statusCode ?? 0, target))
    })
    // Without the original, which carries the bytes that came.
    asking.on('error', ({ message, code }: NodeJS.ErrnoException) => {
      reject(proxyFailed(proxy, 'unreachable', { cause: Object.assign(new Error(message), { code }) }))
    })
    asking.end()
  })
}

async function forward(
  request: IncomingMessage,
  response: ServerResponse,
  options: HttpFrontOptions,
): Promise<void> {
  const { proxy, dial, refusal, onEnd } = options
  const url = URL.canParse(request.url ?? '') ? new URL(request.url as string) : null
  if (url?.protocol !== 'http:') {
    // A page that speaks to this port, and no browser that was sent here.
    request.socket.destroy()
    return
  }
  const [host, port] = [bareHost(url.hostname), Number(url.port || 80)]
  const end = (error: OnejarError | null) => {
    onEnd(host, port, error)
    if (error !== null) request.socket.destroy()
  }
  const refused = refusal(host, port)
  if (refused !== null) return end(refused)
  let connection: Socket
  try {
    connection = await dial()
  } catch (error) {
    return end(error as OnejarError)
  }
  const onward = http.request({
    createConnection: () => connection,
    method: request.method,
    path: request.url,
    setHost: false,
    maxHeaderSize: MAX_HEADER_BYTES,
    insecureHTTPParser: true,
  })
  setHeaders(onward, request.rawHeaders, proxy)
  onward.on('response', (answer) => {
    if (answer.statusCode === 407) return end(tunnelRefused(proxy, 407))
    end(null)
    response.sendDate = false
    try {
      const headers = withoutHopHeaders(answer.rawHeaders)
      response.writeHead(answer.statusCode as number, answer.statusMessage, headers as never)
    } catch {
      request.socket.destroy()
      return
    }
    answer.pipe(response)
    answer.on('error', () => request.socket.destroy())
  })
  onward.on('error', (cause) => {
    if (!response.headersSent) end(proxyFailed(proxy, 'refused', { to: safeUrl(url.origin), cause }))
  })
  response.on('close', () => onward.destroy())
  request.pipe(onward)
}

/** The browser's own headers in their order, and the credentials. */
function setHeaders(onward: http.ClientRequest, raw: readonly string[], proxy: URL): void {
  for (let at = 0; at < raw.length; at += 2) onward.appendHeader(raw[at] as string, raw[at + 1] as string)
  const credentials = proxyAuthorization(proxy)
  if (credentials !== null) onward.setHeader('Proxy-Authorization', credentials)
  // Node.js would add one; a browser sends none to a proxy.
  if (!onward.hasHeader('connection')) onward.removeHeader('connection')
}

function withoutHopHeaders(raw: readonly string[]): string[] {
  return raw.filter((_, at) => !HOP_HEADERS.has((raw[at - (at % 2)] as string).toLowerCase()))
}
