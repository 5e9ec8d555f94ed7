import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import tls from 'node:tls'

/** A request as it arrived; strings are byte strings. */
export interface SeenRequest {
  readonly url: string
  readonly cookie: string
}

/** One loopback port that is every host, in clear and over TLS. */
export interface LoopbackServer {
  readonly port: number
  /** The next answer for this URL has these headers, byte for byte. */
  answer(url: string, headers: readonly string[]): void
  /** The next request for this URL. Rejects after three seconds. */
  next(url: string): Promise<SeenRequest>
  /** The requests that have come since the last call, and forgets them. */
  take(): SeenRequest[]
  close(): Promise<void>
}

const BODY = '<!doctype html><meta charset=utf-8><title>x</title><body></body>'

/**
 * Starts the server. It is written on sockets, so that any byte can stand in a Set-Cookie header and the Cookie header
 * is seen as it was sent.
 */
export async function startLoopbackServer(): Promise<LoopbackServer> {
  const secureContext = tls.createSecureContext(selfSigned())
  const answers = new Map<string, string[]>()
  const waiting = new Map<string, ((seen: SeenRequest) => void)[]>()
  const sockets = new Set<net.Socket>()
  let arrived: SeenRequest[] = []

  function respond(socket: net.Socket, scheme: string, head: string): void {
    const [line = '', ...rest] = head.split('\r\n')
    const headers = new Map(rest.map((each) => [each.slice(0, each.indexOf(':')).toLowerCase(), each]))
    const value = (name: string) =>
      headers
        .get(name)
        ?.slice(name.length + 1)
        .replace(/^[ \t]+|[ \t]+$/g, '') ?? ''
    const url = canonical(`${scheme}://${value('host')}${line.split(' ')[1]}`)
    const seen = { url, cookie: value('cookie') }
    arrived.push(seen)
    waiting.get(url)?.shift()?.(seen)
    const own = answers.get(url) ?? []
    answers.delete(url)
    const origin = value('origin')
    const cors = origin
      ? [`Access-Control-Allow-Origin: ${origin}`, 'Access-Control-Allow-Credentials: true']
      : []
    const all = [
      ...own,
      ...cors,
      'Cache-Control: no-store',
      'Content-Type: text/html',
      `Content-Length: ${BODY.length}`,
    ]
    socket.write(Buffer.from(`HTTP/1.1 200 OK\r\n${all.join('\r\n')}\r\n\r\n${BODY}`, 'latin1'))
  }

  function serve(socket: net.Socket, scheme: string): void {
    let text = ''
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1')
      for (let end = text.indexOf('\r\n\r\n'); end >= 0; end = text.indexOf('\r\n\r\n')) {
        const head = text.slice(0, end)
        const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0)
        if (text.length < end + 4 + length) return
        text = text.slice(end + 4 + length)
        respond(socket, scheme, head)
      }
    })
  }

  const server = net.createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => {})
    socket.once('data', (first: Buffer) => {
      socket.pause()
      socket.unshift(first)
      if (first[0] !== 0x16) {
        serve(socket, 'http')
        socket.resume()
        return
      }
      const secure = new tls.TLSSocket(socket, { isServer: true, secureContext, ALPNProtocols: ['http/1.1'] })
      secure.on('error', () => {})
      serve(secure, 'https')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))

  return {
    port: (server.address() as net.AddressInfo).port,
    answer: (url, headers) => void answers.set(canonical(url), [...headers]),
    next(url) {
      const key = canonical(url)
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`No request came for ${key}`)), 3_000)
        const seen = (request: SeenRequest) => {
          clearTimeout(timer)
          resolve(request)
        }
        waiting.set(key, [...(waiting.get(key) ?? []), seen])
      })
    },
    take() {
      const all = arrived
      arrived = []
      return all
    },
    close() {
      for (const socket of sockets) socket.destroy()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}

function canonical(url: string): string {
  const parsed = new URL(url)
  parsed.hash = ''
  // An empty form is sent with an empty query.
  return parsed.href.replace(/\?$/, '')
}

function selfSigned(): { key: Buffer; cert: Buffer } {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'onejar-cookies-'))
  const [key, cert] = [path.join(dir, 'key.pem'), path.join(dir, 'cert.pem')]
  try {
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1']
    const files = ['-nodes', '-keyout', key, '-out', cert, '-days', '2', '-subj', '/CN=cookies.test']
    execFileSync('openssl', ['req', '-x509', ...curve, ...files], { stdio: 'ignore' })
    return { key: fs.readFileSync(key), cert: fs.readFileSync(cert) }
  } catch (cause) {
    throw new Error('These tests need the openssl command (apt-get install openssl)', { cause })
  } finally {
    fs.rmSync(dir, { recursive: true, force: true })
  }
}
