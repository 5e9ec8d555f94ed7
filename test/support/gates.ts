import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { readBody, startHttpServer, type TestServer } from './http-server.ts'

/** What stands between a client and the content of a gated site. */
export type GateKind =
  /** A script sets the clearance and reloads; it works over HTTP. */
  | 'cookie'
  /** The clearance is bound to the connection on which the page's script asked for it: HTTP cannot use it. */
  | 'connection'
  /** Challenges whatever it is sent. */
  | 'endless'
  /** The challenge's script never does anything. */
  | 'stuck'
  | 'captcha'
  | 'block'
  | 'open'

export interface GateOptions {
  /** Of a challenge. Default: 403. */
  readonly status?: number
  /** What is behind the gate. */
  readonly content?: string
  /** Further attributes of the clearance, as `; max-age=60`. */
  readonly attributes?: () => string
  /** Its robots.txt. Default: there is none. */
  readonly robots?: string
  /** Looks at each request first; true when it has been answered. */
  readonly intercept?: (request: IncomingMessage, response: ServerResponse) => boolean
}

/** A site behind a gate, and what it has seen. */
export interface Gate extends TestServer {
  readonly counts: { requests: number; challenged: number; passed: number }
  /** Method and body of the requests that passed. */
  readonly passed: string[]
  /** Change it to let everybody pass, or to make it another gate. */
  kind: GateKind
  /** Makes the clearances that were given worthless. */
  revoke(): void
}

export const CONTENT = '<!doctype html><title>Shop</title><h1>content</h1><p>behind the gate</p>'

const CAPTCHA =
  '<!doctype html><title>Verify</title><p>Please solve the captcha to go on</p><form><input name="captcha"></form>'
const BLOCK =
  "<html><head><title>Access Denied</title></head><body><h1>Access Denied</h1>You don't have permission to access this server.<P>Reference #18.2e1302.1689012345.9a8b7c</body></html>"
const page = (script: string) => `<!doctype html><title>One moment</title><script>${script}</script>`
const POST_RELOAD = page("fetch('/__pass', { method: 'POST' }).then(() => location.reload())")
const STUCK = page("function go() { document.cookie = 'a=b'; location.reload() }")

export async function startGate(first: GateKind, options: GateOptions = {}): Promise<Gate> {
  const { status = 403, content = CONTENT, attributes = () => '', intercept, robots } = options
  const counts = { requests: 0, challenged: 0, passed: 0 }
  const passed: string[] = []
  const cleared = new WeakSet<Socket>()
  let generation = 1

  const passes = (request: IncomingMessage) => {
    if (gate.kind === 'open') return true
    if (gate.kind === 'connection') return cleared.has(request.socket)
    return gate.kind === 'cookie' && (request.headers.cookie ?? '').includes(`clearance=good-${generation}`)
  }
  const challenge = () => {
    switch (gate.kind) {
      case 'captcha':
        return CAPTCHA
      case 'block':
        return BLOCK
      case 'connection':
        return POST_RELOAD
      case 'stuck':
        return STUCK
      default:
        return page(
          `document.cookie = 'clearance=good-${generation}; path=/${attributes()}'; location.reload()`,
        )
    }
  }
  const server = await startHttpServer(async (request, response) => {
    if (request.url === '/robots.txt' && robots !== undefined) {
      response.end(robots)
      return
    }
    if (request.url === '/favicon.ico' || request.url === '/robots.txt') {
      response.writeHead(404).end()
      return
    }
    counts.requests++
    // A busy machine must not let idle connections lapse between a challenge and its replay.
    ;(request.socket as Socket & { server: Server }).server.keepAliveTimeout = 120_000
    if (intercept?.(request, response)) return
    const body = (await readBody(request)).toString()
    if (request.url === '/__pass') {
      cleared.add(request.socket)
      response.writeHead(204).end()
      return
    }
    const through = passes(request)
    if (through) {
      counts.passed++
      passed.push(`${request.method} ${body}`.trim())
    } else counts.challenged++
    const type = { 'content-type': 'text/html', 'cache-control': 'no-store' }
    response.writeHead(through ? 200 : status, type).end(through ? content : challenge())
  })
  const gate: Gate = Object.assign(Object.create(server) as TestServer, {
    counts,
    passed,
    kind: first,
    revoke: () => {
      generation++
    },
  })
  return gate
}
