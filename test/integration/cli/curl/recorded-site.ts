import type { IncomingMessage, ServerResponse } from 'node:http'
import { readBody, startHttpServer, type TestServer } from '../../../support/http-server.ts'

/** A request as the server got it. */
export interface Recorded {
  readonly method: string
  readonly url: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

/** A site that records what it is asked, and answers by path. */
export interface RecordedSite extends TestServer {
  /** What came since the last call. */
  take(): Recorded[]
}

/** A cookie lasts for 400 days at most in Chromium, and so in a session: this one lasts for 100. */
const EXPIRES = new Date(Date.now() + 100 * 24 * 3_600_000).toUTCString()

/** How often a path has failed: `/flaky/NAME/503/2` answers 503 twice. */
export async function startRecordedSite(): Promise<RecordedSite> {
  const recorded: Recorded[] = []
  const failures = new Map<string, number>()
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const { method = '', url = '', headers } = request
    recorded.push({ method, url, headers, body: (await readBody(request)).toString('latin1') })
    const [, what, name, status, times] = url.split(/[/?]/)
    if (what === 'flaky') {
      const failed = failures.get(url) ?? 0
      failures.set(url, failed + 1)
      if (failed < Number(times)) return void response.writeHead(Number(status)).end(`no ${name}`)
      return void response.end('at last')
    }
    if (what === 'hops' && Number(name) > 0)
      return void response
        .writeHead(302, { location: `/hops/${Number(name) - 1}`, 'x-hop': name })
        .end('moved')
    if (what === 'status') return void response.writeHead(Number(name)).end(`status ${name}`)
    if (what === 'named')
      return void response
        .writeHead(200, { 'content-disposition': `attachment; filename="${decodeURIComponent(name ?? '')}"` })
        .end('named')
    if (what === 'cookies') {
      response.setHeader('set-cookie', [
        `lasting=1; Path=/; Expires=${EXPIRES}; HttpOnly`,
        'passing=2',
        `deep=3; Path=/deep; Expires=${EXPIRES}`,
      ])
      return void response.end('cookies')
    }
    if (what === 'bytes') {
      const all = Buffer.alloc(1_000, 'x')
      const [, from, to] = /^bytes=(\d*)-(\d*)$/.exec(headers.range ?? '') ?? []
      if (from === undefined) return void response.end(all)
      const start = from === '' ? all.length - Number(to) : Number(from)
      const end = from === '' || to === '' ? all.length - 1 : Number(to)
      response.writeHead(206, { 'content-range': `bytes ${start}-${end}/${all.length}` })
      return void response.end(all.subarray(start, end + 1))
    }
    if (what === 'slow') return
    if (what === 'hangup') return void request.socket.destroy()
    if (what === 'half') {
      response.writeHead(200, { 'content-length': '100' })
      return void response.write('half', () => request.socket.destroy())
    }
    response.setHeader('content-type', 'text/plain')
    response.end(`${method} ${url}`)
  }
  const server = await startHttpServer((request, response) => void answer(request, response))
  return Object.assign(Object.create(server) as TestServer, {
    origin: server.origin,
    port: server.port,
    close: server.close,
    take: () => recorded.splice(0),
    [Symbol.asyncDispose]: server.close,
  }) as RecordedSite
}
