import type { IncomingMessage } from 'node:http'
import { gzipSync } from 'node:zlib'
import type { Accounts } from './accounts.ts'
import { indexPage, itemPage, listCount, listPage } from './catalogue.ts'
import { loginPage } from './login-page.ts'
import { ORDER_PAGES, ordersPage } from './orders.ts'
import { readJson } from './read-json.ts'
import { html, json, notFound, type Reply } from './reply.ts'
import type { DemoStats } from './stats.ts'

/** The pages behind the gate. */
export class Shop {
  readonly #items: number
  readonly #accounts: Accounts
  readonly #stats: DemoStats
  readonly #rendered = new Map<string, Pick<Reply, 'body' | 'gzip'>>()

  constructor(items: number, accounts: Accounts, stats: DemoStats) {
    this.#items = items
    this.#accounts = accounts
    this.#stats = stats
  }

  async answer(request: IncomingMessage, url: URL): Promise<Reply> {
    const { pathname } = url
    if (pathname === '/api/login' && request.method === 'POST') return this.#logIn(await readJson(request))
    if (pathname === '/api/orders')
      return this.#orders(request.headers.authorization, url.searchParams.get('page'))
    if (pathname === '/' || pathname === '/catalogue') return this.#index()
    if (pathname === '/login') return html(loginPage())
    const [, kind, digits] = /^\/(catalogue|item)\/([1-9]\d{0,6})$/.exec(pathname) ?? []
    if (kind === 'catalogue') return this.#list(Number(digits))
    if (kind === 'item') return this.#item(Number(digits))
    return notFound()
  }

  #index(): Reply {
    this.#stats.listsServed += 1
    const page = this.#render('index', false, () => indexPage(this.#items))
    return html(page.body, { setCookies: ['flash=welcome; Path=/; SameSite=Lax'] })
  }

  #list(list: number): Reply {
    if (list > listCount(this.#items)) return notFound()
    this.#stats.listsServed += 1
    const page = this.#render(`list/${list}`, list % 2 === 0, () => listPage(list, this.#items))
    const setCookies = [`last-seen=list-${list}; Path=/; SameSite=Lax`]
    if (list === 1) setCookies.push('flash=; Max-Age=0; Path=/')
    return html(page.body, { ...page, setCookies })
  }

  #item(item: number): Reply {
    if (item > this.#items) return notFound()
    this.#stats.itemsServed += 1
    const page = this.#render(`item/${item}`, item % 3 === 0, () => itemPage(item, this.#items))
    const setCookies: string[] = []
    if (item % 10 === 0) setCookies.push(`last-seen=item-${item}; Path=/; SameSite=Lax`)
    if (item % 25 === 0) setCookies.push(`cart=item-${item}; Max-Age=3600; Path=/; HttpOnly; SameSite=Lax`)
    return html(page.body, { ...page, setCookies })
  }

  #logIn(body: unknown): Reply {
    const grant = this.#accounts.logIn(body)
    if (!grant) return json({ error: 'wrong credentials' }, { status: 401 })
    this.#stats.logins += 1
    return json(grant, { headers: { 'cache-control': 'no-store' } })
  }

  #orders(authorization: string | undefined, page: string | null): Reply {
    this.#stats.apiCalls += 1
    if (!this.#accounts.authorised(authorization)) {
      this.#stats.apiUnauthorised += 1
      const headers = { 'www-authenticate': 'Bearer realm="orders"' }
      return json({ error: 'unauthorised' }, { status: 401, headers })
    }
    const number = Number(page ?? '1')
    if (!Number.isInteger(number) || number < 1 || number > ORDER_PAGES) return notFound()
    return json(ordersPage(number, this.#items))
  }

  /** Pages are made once and kept, so that the shop takes little of the time that is measured for the client. */
  #render(key: string, compressed: boolean, make: () => string): Pick<Reply, 'body' | 'gzip'> {
    let page = this.#rendered.get(key)
    if (page === undefined) {
      const body = Buffer.from(make())
      page = compressed ? { body, gzip: gzipSync(body) } : { body }
      this.#rendered.set(key, page)
    }
    return page
  }
}
