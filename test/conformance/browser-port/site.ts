import { once } from 'node:events'
import { readBody, startHttpServer, type TestServer } from '../../support/http-server.ts'

const html = { 'content-type': 'text/html', 'cache-control': 'no-store' }
const RENDERED = `<!doctype html><title>Shop</title><p id="price"></p><script>
  fetch('/price').then((answer) => answer.text()).then((text) => { price.textContent = text })
</script>`
const ROOM = `<!doctype html><html><head><title>Tickets</title></head><body>
  <h1>You are now in line</h1><p>Your estimated wait time is 2 minutes.</p>
  <script>setTimeout(() => location.reload(), 2_500)</script></body></html>`
const PAGES: Record<string, string> = {
  '/rendered': RENDERED,
  /** Renews its token with a request of its own. */
  '/renewing': `<!doctype html><script>fetch('/token', { method: 'POST' })</script>`,
}
const MEBIBYTE = Buffer.alloc(1024 * 1024, 'onejar ')

/** What the cases load, and what has come of it. */
export interface KitSite extends TestServer {
  /** How often a path was asked for as a document. */
  documents(path: string): number
  /** Resolves when a request for a path that is never answered is there, to what resolves when its client gives it up. */
  hanging(path: string): Promise<{ readonly givenUp: Promise<unknown> }>
  at(path: string): URL
}

/** The site of the kit: one server, under as many names as the cases want. */
export async function startKitSite(): Promise<KitSite> {
  const documents = new Map<string, number>()
  const waiting = new Map<string, PromiseWithResolvers<{ readonly givenUp: Promise<unknown> }>>()
  const waits = (path: string) => {
    const known = waiting.get(path) ?? Promise.withResolvers()
    waiting.set(path, known)
    return known
  }
  let asked = 0
  const server = await startHttpServer(async (request, response) => {
    const { pathname: path } = new URL(request.url ?? '/', 'http://site.test')
    if (request.headers['sec-fetch-dest'] === 'document') documents.set(path, (documents.get(path) ?? 0) + 1)
    if (path === '/favicon.ico') response.writeHead(404).end()
    else if (path.startsWith('/never')) waits(path).resolve({ givenUp: once(response, 'close') })
    else if (path.startsWith('/drip')) {
      response.writeHead(200, { 'content-type': 'text/plain' }).write('first')
      waits(path).resolve({ givenUp: once(response, 'close') })
    } else if (path === '/price') response.writeHead(200, { 'content-type': 'text/plain' }).end('42')
    else if (path === '/orders')
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"id":[7]}')
    else if (path === '/token') response.writeHead(200, { 'set-cookie': 'token=new; Path=/' }).end()
    else if (path === '/echo') response.end(`${request.method} ${await readBody(request)}`)
    else if (path === '/length') response.end(String((await readBody(request)).length))
    else if (path === '/large') {
      response.writeHead(200, { 'content-type': 'application/octet-stream' })
      for (let n = 0; n < 6; n++) response.write(MEBIBYTE)
      response.end()
    } else if (path === '/away') response.writeHead(302, { location: '/price' }).end()
    else if (path === '/file') {
      const type = { 'content-type': 'application/octet-stream', 'content-disposition': 'attachment' }
      response.writeHead(200, type).end(Buffer.from([0, 1, 2, 255]))
    } else if (path === '/line') {
      response.writeHead(200, html).end(++asked > 2 ? '<!doctype html><h1>the seats</h1>' : ROOM)
    } else {
      response.writeHead(200, { ...html, 'set-cookie': 'seen=yes; Path=/' })
      response.end(PAGES[path] ?? '<!doctype html><p>page')
    }
  })
  return Object.assign(Object.create(server) as TestServer, {
    documents: (path: string) => documents.get(path) ?? 0,
    hanging: (path: string) => waits(path).promise,
    at: (path: string) => new URL(path, server.on('localhost')),
  })
}
