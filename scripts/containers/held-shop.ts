import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Accounts } from '../../examples/demo/site/accounts.ts'
import { html, json, type Reply, send } from '../../examples/demo/site/reply.ts'
import { Shop } from '../../examples/demo/site/shop.ts'
import { emptyStats } from '../../examples/demo/site/stats.ts'

/** What the gate shows in place of every page, until its script has asked for a clearance. */
const GATE = `<!doctype html><title>One moment</title><h1>Checking your browser</h1>
<script>fetch('/__gate', { method: 'POST' }).then((answer) => answer.ok && location.reload())</script>`

/** What the cookies that the gate gives begin with: nothing of them may be in a log. */
export const CANARY = 'canary-clearance-'

/**
 * The shop of the demo behind a gate that can be held: while it is, browsers that are in the middle of a solve wait there. A proof
 * of work is not asked for, as pages of a site without TLS have no `crypto.subtle`.
 */
export class HeldShop {
  readonly origin: string
  /** How many clearances were given. */
  solves = 0
  /** The addresses of the browsers that asked for one while the gate was held, in order. */
  readonly waiting: string[] = []
  /** The addresses of all whose solve has ended. */
  readonly solvedFrom: string[] = []
  readonly #close: () => Promise<void>
  readonly #held: (() => void)[] = []
  #hold = false

  private constructor(origin: string, close: () => Promise<void>) {
    this.origin = origin
    this.#close = close
  }

  /** @param host - an address that the containers reach */
  static async start(host: string, items: number): Promise<HeldShop> {
    const shop = new Shop(items, new Accounts(15 * 60_000), emptyStats())
    let site: HeldShop | undefined
    const server = createServer((request, response) => {
      const url = new URL(request.url ?? '/', 'http://shop')
      const reply = async (): Promise<Reply> => {
        if (url.pathname === '/__gate') {
          await site?.pass(request.socket.remoteAddress ?? '')
          return json(
            { ok: true },
            { setCookies: [`clearance=${CANARY}${++site!.solves}; Path=/; Max-Age=3600`] },
          )
        }
        if (url.pathname === '/robots.txt')
          return { ...html('User-agent: *\nDisallow: /admin\n'), type: 'text/plain' } as Reply
        if (!(request.headers.cookie ?? '').includes(`clearance=${CANARY}`))
          return html(GATE, { status: 403 })
        return shop.answer(request, url)
      }
      reply().then(
        (answer) => send(response, answer, false, request.method === 'HEAD'),
        () => response.destroy(),
      )
    })
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(0, host, resolve)
    })
    const close = async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    }
    site = new HeldShop(`http://${host}:${(server.address() as AddressInfo).port}`, close)
    return site
  }

  /** From now on solves wait. */
  hold(): void {
    this.#hold = true
    this.waiting.length = 0
  }

  letGo(): void {
    this.#hold = false
    for (const answer of this.#held.splice(0)) answer()
  }

  async pass(address: string): Promise<void> {
    if (this.#hold) {
      this.waiting.push(address)
      await new Promise<void>((resolve) => this.#held.push(resolve))
    }
    this.solvedFrom.push(address)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.letGo()
    await this.#close()
  }
}
