import type { IncomingMessage, ServerResponse } from 'node:http'
import { startHttpServer, type TestServer } from '../support/http-server.ts'

/** What a URL of the test site asks the site to do. */
export interface Ask {
  /** `Set-Cookie` lines of the response. */
  readonly set?: readonly string[]
  readonly status?: number
  /** Further headers of the response. */
  readonly headers?: Readonly<Record<string, string>>
  /** Redirects there. */
  readonly to?: string
  /** What the page's body holds; scripts run. */
  readonly html?: string
  /** Content of a script response. */
  readonly js?: string
  /** Sends the headers and a first piece, and then nothing more. */
  readonly hang?: boolean
}

/**
 * A site that does what the URL asks for. `/echo` answers with the `Cookie` header it got; everything else with a page.
 * Every name below `localhost` is this site, and a secure context: service workers and cookieStore are there.
 */
export class Site {
  readonly #server: TestServer
  /** Paths of the requests that came, without their queries. */
  readonly requests: string[] = []

  private constructor(server: TestServer, requests: string[]) {
    this.#server = server
    this.requests = requests
  }

  static async start(): Promise<Site> {
    const requests: string[] = []
    const server = await startHttpServer((request, response) => {
      requests.push(new URL(request.url ?? '/', 'http://site').pathname)
      answer(request, response)
    })
    return new Site(server, requests)
  }

  /** The origin under a name below `localhost`. */
  origin(name = 'shop'): string {
    return this.#server.on(`${name}.localhost`)
  }

  url(ask: Ask = {}, { name = 'shop', path = '/' }: { name?: string; path?: string } = {}): string {
    const url = new URL(path, this.origin(name))
    url.searchParams.set('ask', JSON.stringify(ask))
    return url.href
  }

  echo(name = 'shop', path = ''): string {
    return `${this.origin(name)}${path}/echo`
  }

  close(): Promise<void> {
    return this.#server.close()
  }
}

function answer(request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '/', 'http://site')
  const ask = JSON.parse(url.searchParams.get('ask') ?? '{}') as Ask
  const cors = request.headers.origin
  response.setHeader('cache-control', 'no-store')
  if (cors) {
    response.setHeader('access-control-allow-origin', cors)
    response.setHeader('access-control-allow-credentials', 'true')
  }
  for (const [name, value] of Object.entries(ask.headers ?? {})) response.setHeader(name, value)
  if (ask.set) response.setHeader('set-cookie', [...ask.set])
  if (ask.to !== undefined) response.writeHead(ask.status ?? 302, { location: ask.to }).end()
  else if (url.pathname.endsWith('/echo')) response.end(request.headers.cookie ?? '')
  else if (ask.js !== undefined) response.writeHead(200, { 'content-type': 'text/javascript' }).end(ask.js)
  else if (ask.hang) {
    response.writeHead(200, { 'content-type': 'text/html' })
    response.write('<!doctype html><title>half</title><p>and then')
  } else {
    response.writeHead(ask.status ?? 200, { 'content-type': 'text/html' })
    response.end(ask.status === 204 ? undefined : `<!doctype html><title>site</title>${ask.html ?? ''}`)
  }
}
