import { setTimeout as pause } from 'node:timers/promises'
import { startHttpServer } from '../../test/support/http-server.ts'

export interface ThinkingSite {
  readonly origin: string
  /** Challenges that wait for the site at this moment. */
  readonly thinking: number
  close(): Promise<void>
}

/**
 * A site whose challenge is passed by waiting: the browser has nothing to do meanwhile, so that many of them share few
 * processors.
 */
export async function startThinkingSite(thinkMs: () => number): Promise<ThinkingSite> {
  let thinking = 0
  let passed = 0
  const script = "fetch('/pass', { method: 'POST' }).then(() => location.reload())"
  const challenge = `<!doctype html><title>One moment</title><script>${script}</script>`
  const server = await startHttpServer(async ({ url, headers }, response) => {
    if (url === '/pass') {
      thinking++
      await pause(thinkMs(), undefined, { ref: false })
      thinking--
      response.writeHead(204, { 'set-cookie': `clearance=good-${++passed}; Path=/` }).end()
    } else if (url === '/favicon.ico' || url === '/robots.txt') response.writeHead(404).end()
    else if (headers.cookie?.includes('clearance=good'))
      response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><h1>content</h1>')
    else response.writeHead(403, { 'content-type': 'text/html' }).end(challenge)
  })
  return {
    origin: server.origin,
    get thinking() {
      return thinking
    },
    close: () => server.close(),
  }
}
