import type { IncomingMessage, ServerResponse } from 'node:http'
import { isOfBrowser, startHttpServer, type TestServer } from './http-server.ts'

export interface Product {
  readonly id: number
  readonly name: string
  readonly price: number
  readonly stock: string
}

/**
 * A catalogue of products whose fields differ, and any two of which show what their prices look like: one that has other digits or decimals
 * would have a third page looked at, and so would one beyond a bound, such as 250.
 */
export const PRODUCTS: readonly Product[] = Array.from({ length: 50 }, (_, at) => ({
  id: 100 + at,
  name: `Chair No. ${at + 1}`,
  price: Math.round(20015 + at * 90) / 100,
  stock: at % 3 === 0 ? 'Sold out' : 'In stock',
}))

/** What such a page shows of a product. */
export function shownOf({ name, price, stock }: Product) {
  const amount = price.toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 })
  return { name, price: `$${amount}`, stock }
}

export const FIELDS = { name: 'h1', price: '.price', stock: '.stock' } as const

/** The script of a page that shows a product, whatever asks for it. */
export const SHOW = `const show = (p) => {
  document.querySelector('h1').textContent = p.name
  document.querySelector('.price').textContent = p.price.toLocaleString('en-US', { style: 'currency', currency: 'USD' })
  document.querySelector('.stock').textContent = p.stock
}
const id = location.pathname.split('/').at(-1)
`

export const shell = (script: string) =>
  `<!doctype html><title>Shop</title><h1></h1><b class=price></b><i class=stock></i><script type=module>${SHOW}${script}</script>`

/** What a data request of a site answers; undefined for 404, or a reply with a status and headers of its own. */
export type Api = (url: URL, request: IncomingMessage, body: string) => unknown

class Reply {
  readonly data: unknown
  readonly status: number
  readonly headers: Readonly<Record<string, string>>

  constructor(data: unknown, status: number, headers: Readonly<Record<string, string>>) {
    this.data = data
    this.status = status
    this.headers = headers
  }
}

export const reply = (data: unknown, status = 200, headers: Readonly<Record<string, string>> = {}) =>
  new Reply(data, status, headers)

export interface DataSite extends TestServer {
  /** `http GET /api/products/100` or `page …`, in order. */
  readonly asked: string[]
}

/** A site whose pages under /p/ are a shell with a script, which asks an API. */
export async function startDataSite(script: string, api: Api, robots?: string): Promise<DataSite> {
  const asked: string[] = []
  const server = await startHttpServer((request, response) => void answer(request, response))
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const url = new URL(request.url ?? '/', 'http://site')
    if (url.pathname === '/favicon.ico') return void response.writeHead(404).end()
    if (url.pathname === '/robots.txt')
      return void response.writeHead(robots === undefined ? 404 : 200).end(robots)
    asked.push(`${isOfBrowser(request) ? 'page' : 'http'} ${request.method} ${url.pathname}`)
    let body = ''
    for await (const chunk of request) body += String(chunk)
    if (url.pathname.startsWith('/p/')) {
      response.setHeader('content-type', 'text/html').end(shell(script))
      return
    }
    const answered = api(url, request, body)
    const { data, status, headers } =
      answered instanceof Reply ? answered : reply(answered, answered === undefined ? 404 : 200)
    response
      .writeHead(status, { 'content-type': 'application/json', ...headers })
      .end(JSON.stringify(data ?? {}))
  }
  return Object.assign(server, { asked })
}

export const productOf = (id: string | number | undefined) =>
  PRODUCTS.find((one) => String(one.id) === String(id))
