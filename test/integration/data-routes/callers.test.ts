import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Broker, Session, SessionEvent } from '../../../src/index.ts'
import { collect, memoryBroker } from '../../support/broker.ts'
import {
  type DataSite,
  FIELDS,
  PRODUCTS,
  productOf,
  shownOf,
  startDataSite,
} from '../../support/data-site.ts'

let broker: Broker
let session: Session
let site: DataSite
let events: SessionEvent[]
beforeEach(async () => {
  broker = await memoryBroker()
  session = await broker.session('a')
  events = collect(session.events())
})
afterEach(async () => {
  await broker.close()
  await site.close()
})

const COOKIE = `const of = (name) => document.cookie.match('(?:^|; )' + name + '=([^;]*)')?.[1]\n`
const states = () => events.flatMap((event) => (event.type === 'data-route' ? [event.state] : []))

/** The prices of pages, and where they came from. */
async function prices(from: number, to: number) {
  const found: { via: string; price: unknown }[] = []
  for (const { id } of PRODUCTS.slice(from, to)) {
    const response = await session.fetch(`${site.origin}/p/${id}`, { extract: FIELDS })
    found.push({ via: response.via, price: ((await response.json()) as { price: unknown }).price })
  }
  return found
}
const dearer = (at: number, times: number) => {
  const product = PRODUCTS[at] as (typeof PRODUCTS)[number]
  return shownOf({ ...product, price: product.price * times }).price
}

describe('who the session is', () => {
  it.each([
    ['a parameter', `fetch('/api/products/' + id + '?region=' + (of('region') ?? 'us'))`],
    ['a header', `fetch('/api/products/' + id, { headers: { 'x-region': of('region') ?? 'us' } })`],
    ['another endpoint', `fetch('/api/' + (of('region') === 'de' ? 'german/' : 'products/') + id)`],
  ])('has a page looked at once it is another, where the page makes %s of that', async (_, ask) => {
    site = await startDataSite(
      `${COOKIE}show(await (await ${ask}).json())`,
      ({ pathname, searchParams }, request) => {
        const product = productOf(pathname.split('/').at(-1))
        const region =
          searchParams.get('region') ??
          request.headers['x-region'] ??
          (pathname.includes('german') ? 'de' : 'us')
        return product && { ...product, price: product.price * (region === 'de' ? 2 : 1) }
      },
    )
    // The first two pages of each caller have another stock: what they share by chance would have a third one looked at.
    expect((await prices(2, 5)).map(({ via }) => via)).toEqual(['page', 'page', 'http'])
    await session.cookies.set('region=de; Path=/', site.origin)
    const german = await prices(5, 9)
    expect(german.map(({ price }) => price)).toEqual([5, 6, 7, 8].map((at) => dearer(at, 2)))
    expect(german.map(({ via }) => via)).toEqual(['page', 'page', 'http', 'http'])
    await session.cookies.clear()
    expect((await prices(9, 11)).map(({ price }) => price)).toEqual([9, 10].map((at) => dearer(at, 1)))
  })

  it('has a page looked at once a page has logged in, where only its script holds the token', async () => {
    const script = `const token = localStorage.getItem('access_token')
      const headers = token ? { authorization: 'Bearer ' + token } : {}
      show(await (await fetch('/api/products/' + id, { headers })).json())`
    site = await startDataSite(script, ({ pathname }, { headers }) => {
      const product = productOf(pathname.split('/').at(-1))
      return product && { ...product, price: product.price * (headers.authorization ? 3 : 1) }
    })
    await prices(0, 4)
    const page = await session.page()
    await page.goto(`${site.origin}/account`)
    await page.evaluate("localStorage.setItem('access_token', 'k3Jx9qPz71LmVb20WsYt')")
    await page.close()
    await expect
      .poll(() => session.localStorage(site.origin).get('access_token'), { timeout: 20_000 })
      .toBeTruthy()
    expect(await prices(4, 7)).toEqual([
      { via: 'page', price: dearer(4, 3) },
      { via: 'http', price: dearer(5, 3) },
      { via: 'http', price: dearer(6, 3) },
    ])
    expect(states()).toEqual(['learned', 'corrected'])
  })

  it('is not asked after for long where a cookie changes all the time, and pages show the same', async () => {
    site = await startDataSite(`show(await (await fetch('/api/products/' + id)).json())`, ({ pathname }) =>
      productOf(pathname.split('/').at(-1)),
    )
    const vias: string[] = []
    for (let at = 0; at < 8; at++) {
      await session.cookies.set(`last=${at}; Path=/`, site.origin)
      const [one] = await prices(at, at + 1)
      expect(one?.price).toBe(dearer(at, 1))
      vias.push(String(one?.via))
    }
    expect(vias).toEqual(['page', 'page', 'page', 'page', 'http', 'http', 'http', 'http'])
  })
})

describe('two addresses of one page', () => {
  it('teach nothing of other pages', async () => {
    site = await startDataSite(
      `show(await (await fetch('/api/products/' + (id === 'new' ? 103 : id))).json())`,
      ({ pathname }) => productOf(pathname.split('/').at(-1)),
    )
    for (const path of ['new', '103', '104', '105', '106']) {
      const response = await session.fetch(`${site.origin}/p/${path}`, { extract: FIELDS })
      const product = productOf(path === 'new' ? '103' : path)
      expect(await response.json()).toEqual(shownOf(product as never))
    }
    expect(states()).toEqual(['learned'])
  })
})
