import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Accounts } from './accounts.ts'
import { Gate } from './gate.ts'
import { GATE_PAGE, GATE_POLICY, GATE_SCRIPT, widgetBundle } from './gate-page.ts'
import { ICON, STYLESHEET } from './layout.ts'
import { LOGIN_SCRIPT } from './login-page.ts'
import { readJson } from './read-json.ts'
import { asset, html, json, type Reply, send } from './reply.ts'
import { Shop } from './shop.ts'
import { type DemoStats, emptyStats } from './stats.ts'

export interface DemoSiteOptions {
  /** Items in the shop. Default: 300. */
  readonly pages?: number
  /** PBKDF2 iterations per attempt at the challenge; about 250 attempts are needed. Default: 2,000. */
  readonly cost?: number
  /** How long a challenge can be answered. Default: a minute. */
  readonly challengeMs?: number
  /** How long a clearance is valid. Default: half an hour. */
  readonly clearanceMs?: number
  /**
   * Whether a clearance is good only for a client that writes its headers as the one that earned it did: another one is refused
   * although it has the cookies. Default: false.
   */
  readonly bindsClearance?: boolean
  /** How long the API's token is valid. Default: a quarter of an hour. */
  readonly tokenMs?: number
  /** Default: 0, any free one. */
  readonly port?: number
}

export interface DemoSite {
  /** As `http://127.0.0.1:12345`, without a slash at the end. */
  readonly origin: string
  /** Items in the shop. */
  readonly pages: number
  /** A copy of the counts until now. */
  stats(): DemoStats
  /** Ends every clearance given so far: the next request of each client meets the gate. */
  revokeClearances(): void
  /** Stops at once, and closes open connections. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * A shop behind a gate, on a free port of 127.0.0.1. A request without a clearance cookie, for a page or the API, gets the gate
 * page with status 403. ALTCHA's widget does its proof of work there, and the site checks it.
 */
export async function startDemoSite(options: DemoSiteOptions = {}): Promise<DemoSite> {
  const { pages = 300, cost = 2_000, challengeMs = 60_000, clearanceMs = 30 * 60_000 } = options
  const { bindsClearance = false } = options
  const stats = emptyStats()
  const gate = new Gate({ cost, challengeMs, clearanceMs })
  const shop = new Shop(pages, new Accounts(options.tokenMs ?? 15 * 60_000), stats)
  const open = await openAssets()

  async function answer(request: IncomingMessage, url: URL): Promise<Reply> {
    const client = clientOf(request, bindsClearance)
    const ungated = open.get(url.pathname)
    if (ungated) return ungated
    if (url.pathname === '/__gate/challenge') {
      stats.challengesIssued += 1
      return json(await gate.issue(), { headers: { 'cache-control': 'no-store' } })
    }
    if (url.pathname === '/__gate/verify' && request.method === 'POST') {
      const body = (await readJson(request)) as { altcha?: unknown } | null
      const refusal = await gate.refuse(body?.altcha)
      stats[refusal ? 'solvesRefused' : 'solves'] += 1
      if (refusal) return json({ refused: refusal }, { status: 403 })
      return json({ ok: true }, { setCookies: [gate.clearance(client)] })
    }
    if (gate.passes(request.headers.cookie, client)) return shop.answer(request, url)
    stats.gateShown += 1
    const headers = { 'cache-control': 'no-store', 'content-security-policy': GATE_POLICY }
    return html(GATE_PAGE, { status: 403, headers })
  }

  const server = createServer((request, response) => {
    stats.requests += 1
    const acceptsGzip = /\bgzip\b/.test(request.headers['accept-encoding'] ?? '')
    const url = new URL(request.url ?? '/', 'http://127.0.0.1')
    answer(request, url).then(
      (reply) => send(response, reply, acceptsGzip, request.method === 'HEAD'),
      () => response.destroy(),
    )
  })
  server.keepAliveTimeout = 60_000
  server.listen(options.port ?? 0, '127.0.0.1')
  await once(server, 'listening')

  const close = async () => {
    if (!server.listening) return
    server.close()
    server.closeAllConnections()
    await once(server, 'close')
  }
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    pages,
    stats: () => ({ ...stats }),
    revokeClearances: () => gate.revoke(),
    close,
    [Symbol.asyncDispose]: close,
  }
}

/** What the site tells clients apart by: the user agent, and how the headers are written that every request has. */
function clientOf({ headers, rawHeaders }: IncomingMessage, byHeaders: boolean): string {
  const userAgent = headers['user-agent'] ?? ''
  if (!byHeaders) return userAgent
  const names = rawHeaders.filter((name, at) => at % 2 === 0 && /^(?:host|connection)$/i.test(name))
  return [userAgent, ...names.toSorted()].join(' ')
}

/** Paths that need no clearance: the gate's own scripts, the assets, and robots.txt and the like. */
async function openAssets(): Promise<ReadonlyMap<string, Reply>> {
  return new Map<string, Reply>([
    ['/__gate/altcha.js', asset('text/javascript', await widgetBundle())],
    ['/__gate/gate.js', asset('text/javascript', GATE_SCRIPT)],
    ['/static/site.css', asset('text/css', STYLESHEET)],
    ['/static/login.js', asset('text/javascript', LOGIN_SCRIPT)],
    ['/robots.txt', asset('text/plain', 'User-agent: *\nDisallow: /admin\n')],
    ['/favicon.ico', asset('image/svg+xml', ICON)],
  ])
}
