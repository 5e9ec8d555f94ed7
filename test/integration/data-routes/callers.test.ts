import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { memoryBroker, temporaryFolder } from '../../support/broker.ts'
import { useDataFixture } from '../../support/data-fixture.ts'
import { FIELDS, PRODUCTS, productOf, shownOf, startDataSite } from '../../support/data-site.ts'
import { startHttpServer } from '../../support/http-server.ts'

const on = useDataFixture()

const COOKIE = `const of = (name) => document.cookie.match('(?:^|; )' + name + '=([^;]*)')?.[1]\n`

/** The prices of pages, and where they came from. */
async function prices(from: number, to: number) {
  const found: { via: string; price: unknown }[] = []
  for (const { id } of PRODUCTS.slice(from, to)) {
    const response = await on.session.fetch(`${on.site.origin}/p/${id}`, { extract: FIELDS })
    found.push({ via: response.via, price: ((await response.json()) as { price: unknown }).price })
  }
  return found
}
/** A price of another caller, which looks like the others: a number of another length would have a page looked at. */
const times = (price: number, factor: number) => Math.round(price * 100 + (factor - 1) * 10_000) / 100
const dearer = (at: number, factor: number) => {
  const product = PRODUCTS[at] as (typeof PRODUCTS)[number]
  return shownOf({ ...product, price: times(product.price, factor) }).price
}

describe('who the session is', () => {
  it.each([
    ['a parameter', `fetch('/api/products/' + id + '?region=' + (of('region') ?? 'us'))`],
    ['a header', `fetch('/api/products/' + id, { headers: { 'x-region': of('region') ?? 'us' } })`],
    ['another endpoint', `fetch('/api/' + (of('region') === 'de' ? 'german/' : 'products/') + id)`],
  ])('has a page looked at once it is another, where the page makes %s of that', async (_, ask) => {
    on.site = await startDataSite(
      `${COOKIE}show(await (await ${ask}).json())`,
      ({ pathname, searchParams }, request) => {
        const product = productOf(pathname.split('/').at(-1))
        const region =
          searchParams.get('region') ??
          request.headers['x-region'] ??
          (pathname.includes('german') ? 'de' : 'us')
        return product && { ...product, price: times(product.price, region === 'de' ? 2 : 1) }
      },
    )
    // The first two pages of each caller have another stock: what they share by chance would have a third one looked at.
    expect((await prices(2, 5)).map(({ via }) => via)).toEqual(['page', 'page', 'http'])
    await on.session.cookies.set('region=de; Path=/', on.site.origin)
    const german = await prices(5, 9)
    expect(german.map(({ price }) => price)).toEqual([5, 6, 7, 8].map((at) => dearer(at, 2)))
    expect(german.map(({ via }) => via)).toEqual(['page', 'page', 'http', 'http'])
    await on.session.cookies.clear()
    // Its route is learned anew, however often that changes.
    const american = await prices(9, 12)
    expect(american.map(({ price }) => price)).toEqual([9, 10, 11].map((at) => dearer(at, 1)))
    expect(american.map(({ via }) => via)).toEqual(['page', 'page', 'http'])
  })

  it('has a page looked at once a page has logged in, where only its script holds the token', async () => {
    const script = `const token = localStorage.getItem('access_token')
      const headers = token ? { authorization: 'Bearer ' + token } : {}
      show(await (await fetch('/api/products/' + id, { headers })).json())`
    on.site = await startDataSite(script, ({ pathname }, { headers }) => {
      const product = productOf(pathname.split('/').at(-1))
      return product && { ...product, price: times(product.price, headers.authorization ? 3 : 1) }
    })
    await prices(0, 4)
    const page = await on.session.page()
    await page.goto(`${on.site.origin}/account`)
    await page.evaluate("localStorage.setItem('access_token', 'k3Jx9qPz71LmVb20WsYt')")
    await page.close()
    await expect
      .poll(() => on.session.localStorage(on.site.origin).get('access_token'), { timeout: 20_000 })
      .toBe('k3Jx9qPz71LmVb20WsYt')
    expect(await prices(4, 7)).toEqual([
      { via: 'page', price: dearer(4, 3) },
      { via: 'http', price: dearer(5, 3) },
      { via: 'http', price: dearer(6, 3) },
    ])
    expect(on.states()).toEqual(['learned', 'corrected'])
  })

  it('has a page looked at once an item of another origin of the site is another', async () => {
    const frame = await startHttpServer((_, response) => {
      response.setHeader('content-type', 'text/html')
      response.end('<script>parent.postMessage(localStorage.getItem("currency") ?? "USD", "*")</script>')
    })
    on.site = await startDataSite(
      `const currency = await new Promise((resolve) => {
        addEventListener('message', ({ data }) => resolve(data))
        document.body.insertAdjacentHTML('beforeend', '<iframe src="${frame.origin}/"></iframe>')
      })
      const p = await (await fetch('/api/products/' + id)).json()
      show({ ...p, price: p.price + (currency === 'EUR' ? 100 : 0) })`,
      ({ pathname }) => productOf(pathname.split('/').at(-1)),
    )
    expect((await prices(0, 3)).map(({ via }) => via)).toEqual(['page', 'page', 'http'])
    await on.session.localStorage(frame.origin).set('currency', 'EUR')
    expect(await prices(3, 5)).toEqual([3, 4].map((at) => ({ via: 'page', price: dearer(at, 2) })))
    await frame.close()
  })

  it('has a page looked at once a tab has another item in its sessionStorage', async () => {
    on.site = await startDataSite(
      `const p = await (await fetch('/api/products/' + id)).json()
      show({ ...p, price: p.price + (sessionStorage.getItem('currency') === 'EUR' ? 100 : 0) })`,
      ({ pathname }) => productOf(pathname.split('/').at(-1)),
    )
    const page = await on.session.page()
    await page.goto(`${on.site.origin}/account`)
    expect((await prices(0, 3)).map(({ via }) => via)).toEqual(['page', 'page', 'http'])
    await page.evaluate("sessionStorage.setItem('currency', 'EUR')")
    expect(await prices(3, 5)).toEqual([3, 4].map((at) => ({ via: 'page', price: dearer(at, 2) })))
  })

  it('is known to a process that did not learn the route', async () => {
    using folder = temporaryFolder()
    const open = async () => {
      await on.broker.close()
      on.broker = await memoryBroker({ store: `sqlite:${folder.path}/store.db` })
      on.session = await on.broker.session('a')
    }
    await open()
    // The page makes of a login what the answer over HTTP does not.
    on.site = await startDataSite(
      `${COOKIE}const p = await (await fetch('/api/products/' + id)).json()
      show({ ...p, price: p.price + (of('member') ? 100 : 0) })`,
      ({ pathname }) => productOf(pathname.split('/').at(-1)),
    )
    await prices(0, 2)
    await on.session.cookies.set('member=k3Jx9qPz71; Path=/', on.site.origin)
    await open()
    expect(await prices(2, 3)).toEqual([{ via: 'page', price: dearer(2, 2) }])
    await on.broker.close()
    for (const file of readdirSync(folder.path)) {
      expect(readFileSync(`${folder.path}/${file}`, 'latin1')).not.toContain('Chair No')
    }
  })

  it('is not asked after for long where a cookie changes all the time, and pages show the same', async () => {
    on.site = await startDataSite(`show(await (await fetch('/api/products/' + id)).json())`, ({ pathname }) =>
      productOf(pathname.split('/').at(-1)),
    )
    const vias: string[] = []
    for (let at = 0; at < 8; at++) {
      await on.session.cookies.set(`last=${at}; Path=/`, on.site.origin)
      const [one] = await prices(at, at + 1)
      expect(one?.price).toBe(dearer(at, 1))
      vias.push(String(one?.via))
    }
    expect(vias).toEqual(['page', 'page', 'page', 'page', 'http', 'http', 'http', 'http'])
  })
})

describe('two addresses of one page', () => {
  it('teach nothing of other pages', async () => {
    on.site = await startDataSite(
      `show(await (await fetch('/api/products/' + (id === 'new' ? 103 : id))).json())`,
      ({ pathname }) => productOf(pathname.split('/').at(-1)),
    )
    for (const path of ['new', '103', '104', '105', '106']) {
      const response = await on.session.fetch(`${on.site.origin}/p/${path}`, { extract: FIELDS })
      const product = productOf(path === 'new' ? '103' : path)
      expect(await response.json()).toEqual(shownOf(product as never))
    }
    expect(on.states()).toEqual(['learned'])
  })
})
