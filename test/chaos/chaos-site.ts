import { setTimeout as pause } from 'node:timers/promises'
import { startHttpServer, type TestServer } from '../support/http-server.ts'

export interface ChaosSite {
  readonly origin: string
  /** How often each order arrived, by its idempotency key. */
  readonly orders: ReadonlyMap<string, number>
  /** How many challenges were passed. */
  readonly solves: number
  close(): Promise<void>
}

/** How long the site looks at who wants to pass its challenge, so that faults meet solves in the middle. */
const THINK_MS = 400

/** A site that each session has to pass a challenge of, and that takes orders. */
export async function startChaosSite(): Promise<ChaosSite> {
  const orders = new Map<string, number>()
  let solves = 0
  const script = "fetch('/pass', { method: 'POST' }).then(() => location.reload())"
  const challenge = `<!doctype html><title>One moment</title><script>${script}</script>`
  const server: TestServer = await startHttpServer(async (request, response) => {
    const { url = '/', headers, method } = request
    if (url === '/pass') {
      await pause(THINK_MS)
      const cookie = `clearance=good-${++solves}; Path=/; Max-Age=86400`
      response.writeHead(204, { 'set-cookie': cookie }).end()
    } else if (url === '/robots.txt' || url === '/favicon.ico') response.writeHead(404).end()
    else if (!(headers.cookie ?? '').includes('clearance=good'))
      response.writeHead(403, { 'content-type': 'text/html' }).end(challenge)
    else if (method === 'POST') {
      request.resume()
      const key = String(headers['idempotency-key'])
      orders.set(key, (orders.get(key) ?? 0) + 1)
      response.writeHead(201, { 'content-type': 'text/plain' }).end(`receipt of ${url}`)
    } else response.writeHead(200, { 'content-type': 'text/plain' }).end(`content of ${url}`)
  })
  return {
    origin: server.origin,
    orders,
    get solves() {
      return solves
    },
    close: () => server.close(),
  }
}
