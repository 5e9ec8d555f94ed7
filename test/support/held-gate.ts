import { startHttpServer, type TestServer } from './http-server.ts'

/** A site whose challenge asks it something first: visits can be counted, and held. */
export async function startHeldGate(attributes = '') {
  const held: Array<() => void> = []
  const arrivals: Array<() => void> = []
  const state = { solves: 0, hold: false, content: 0 }
  // The clearance is good for the user agent that got it.
  let solver: string | undefined
  const server: TestServer = await startHttpServer((request, response) => {
    if (request.url === '/solve') {
      state.solves++
      solver = request.headers['user-agent']
      const answer = () =>
        response
          .writeHead(204, { 'set-cookie': `clearance=canary-good-${state.solves}; Path=/${attributes}` })
          .end()
      if (state.hold) held.push(answer)
      else answer()
      arrivals.shift()?.()
    } else if (
      (request.headers.cookie ?? '').includes('clearance=canary-good') &&
      request.headers['user-agent'] === solver
    ) {
      state.content++
      response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><h1>content</h1>')
    } else if (request.url === '/' || request.url === '/page') {
      const script = "fetch('/solve', { method: 'POST' }).then(() => location.reload())"
      response
        .writeHead(403, { 'content-type': 'text/html' })
        .end(`<!doctype html><title>One moment</title><script>${script}</script>`)
    } else response.writeHead(404).end()
  })
  return Object.assign(state, {
    server,
    arrived: () => new Promise<void>((resolve) => arrivals.push(resolve)),
    letGo() {
      state.hold = false
      for (const answer of held.splice(0)) answer()
    },
    /** The clearances that were given are worth nothing any more. */
    revoke() {
      solver = undefined
    },
  })
}
