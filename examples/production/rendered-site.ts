import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { escapeHtml } from '../demo/html.ts'
import { makeItem } from '../demo/site/item.ts'
import { asset, html, json, notFound, type Reply, send } from '../demo/site/reply.ts'

/** A shop that is open to everybody, and whose pages are empty until their script has run. */
export interface RenderedSite {
  /** As `http://127.0.0.1:12345`, without a slash at the end. */
  readonly origin: string
  /** Pages that were sent, all without their fields. */
  readonly shells: number
  /** Answers with the fields of a page, which its script asked for. */
  readonly data: number
  [Symbol.asyncDispose](): Promise<void>
}

const SHELL = `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Goods</title><script src="/goods.js" defer></script></head>
<body><main id="goods"><p>Loading …</p></main></body></html>
`

/** Asks for the fields, and shows them. What an item costs is not in the data: it is computed here. */
const SCRIPT = `
const number = location.pathname.split('/').at(-1)
const element = (name, text, className) => {
  const made = document.createElement(name)
  made.textContent = text
  if (className) made.className = className
  return made
}
const { name, cents, perMille, article } = await (await fetch('/goods-data/' + number)).json()
const price = '€ ' + (Math.round(cents * (1 + perMille / 1000)) / 100).toFixed(2)
document.querySelector('#goods').replaceChildren(
  element('h1', name), element('p', article, 'article'), element('p', price, 'price'))
`

const TAX_PER_MILLE = 190

/** Starts it on a free port of 127.0.0.1. */
export async function startRenderedSite(items: number): Promise<RenderedSite> {
  const counts = { shells: 0, data: 0 }
  const script = asset('text/javascript', `(async () => {${SCRIPT}})()`)
  const answer = (pathname: string): Reply => {
    if (pathname === '/goods.js') return script
    const [, kind, digits] = /^\/(goods|goods-data)\/([1-9]\d{0,6})$/.exec(pathname) ?? []
    const number = Number(digits)
    if (kind === undefined || number > items) return notFound()
    counts[kind === 'goods' ? 'shells' : 'data']++
    if (kind === 'goods') return html(SHELL)
    const { name, priceCents: cents } = makeItem(number, items)
    return json({ name, cents, perMille: TAX_PER_MILLE, article: articleOf(number) })
  }
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://127.0.0.1')
    send(response, answer(pathname), false, request.method === 'HEAD')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get shells() {
      return counts.shells
    },
    get data() {
      return counts.data
    },
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

/** What the page of an item has to show: true only where its script has run, and was of this item. */
export function showsGoods(number: number, items: number, body: string): boolean {
  const { name, priceCents } = makeItem(number, items)
  const price = Math.round(priceCents * (1 + TAX_PER_MILLE / 1_000)) / 100
  const wanted = [
    `<h1>${escapeHtml(name)}</h1>`,
    `<p class="article">${articleOf(number)}</p>`,
    `<p class="price">€ ${price.toFixed(2)}</p>`,
  ]
  return wanted.every((part) => body.includes(part))
}

function articleOf(number: number): string {
  return `OJ-${String(number).padStart(5, '0')}`
}
