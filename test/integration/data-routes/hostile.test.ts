import { describe, expect, it } from 'vitest'
import { useDataFixture } from '../../support/data-fixture.ts'
import { FIELDS, PRODUCTS, productOf, shownOf, startDataSite } from '../../support/data-site.ts'
import { isOfBrowser } from '../../support/http-server.ts'

const REST = `show(await (await fetch('/api/products/' + id)).json())`

const on = useDataFixture({ dataRoutes: { checkEvery: 4 } })

/** Fetches pages one after the other; says which were right. */
async function crawl(from: number, to: number) {
  const pages = []
  for (const product of PRODUCTS.slice(from, to)) {
    const response = await on.session.fetch(`${on.site.origin}/p/${product.id}`, { extract: FIELDS })
    const values = await response.json()
    pages.push({ via: response.via, right: JSON.stringify(values) === JSON.stringify(shownOf(product)) })
  }
  return pages
}
const of = (pathname: string) => productOf(pathname.split('/').at(-1))

describe('data that is not what it seems', () => {
  it('is reported within the check interval where the site gives HTTP other data from some page on', async () => {
    let isTrap = false
    on.site = await startDataSite(REST, ({ pathname }, request) => {
      const product = of(pathname)
      return isTrap && product && !isOfBrowser(request) ? { ...product, price: product.price + 20 } : product
    })
    await crawl(0, 3)
    isTrap = true
    const pages = await crawl(3, 12)
    const wrong = pages.filter(({ right }) => !right).length
    expect(wrong).toBeLessThanOrEqual(4)
    const mismatch = on.events.find((event) => event.type === 'data-route' && event.state === 'mismatch')
    expect(mismatch).toMatchObject({ reason: expect.stringContaining('price') })
    expect((mismatch as { unchecked: number }).unchecked).toBeGreaterThanOrEqual(wrong)
    // From then on nothing comes of that data.
    const after = pages.slice(pages.findIndex(({ via }) => via === 'page'))
    expect(after.every(({ right }) => right)).toBe(true)
  })

  it('is never learned where HTTP gets other data from the start', async () => {
    on.site = await startDataSite(REST, ({ pathname }, request) => {
      const product = of(pathname)
      return product && !isOfBrowser(request) ? { ...product, name: `${product.name} (offer)` } : product
    })
    const pages = await crawl(0, 5)
    expect(pages).toEqual(pages.map(() => ({ via: 'page', right: true })))
    expect(on.states()).toEqual(['not-learned'])
  })

  it.each([
    ['has other data for HTTP', (product: object) => ({ ...product, price: 1 })],
    ['is refused', () => undefined],
  ])('does not keep the right request from being learned where a planted one %s', async (_, forHttp) => {
    // The planted one is the first that holds all.
    on.site = await startDataSite(`await fetch('/api/a/' + id); ${REST}`, ({ pathname }, request) => {
      const product = of(pathname)
      const isPlant = pathname.includes('/a/')
      return isPlant && product && !isOfBrowser(request) ? forHttp(product) : product
    })
    expect(await crawl(0, 4)).toEqual([
      { via: 'page', right: true },
      { via: 'page', right: true },
      { via: 'http', right: true },
      { via: 'http', right: true },
    ])
  })

  it.each([
    ['the first', `fetch('/api/plant/' + id); ${REST}`],
    ['the last', `${REST}; fetch('/api/plant/' + id)`],
  ])(
    'is no plant: %s of two requests holds the right values for two pages and then others',
    async (_, script) => {
      const learned = new Set(PRODUCTS.slice(0, 2).map(({ id }) => String(id)))
      on.site = await startDataSite(script, ({ pathname }) => {
        const product = of(pathname)
        if (!pathname.includes('/plant/') || !product || learned.has(String(product.id))) return product
        return { id: product.id, name: 'Chair', stock: 'Any', price: 1 }
      })
      const pages = await crawl(0, 9)
      expect(pages.every(({ right }) => right)).toBe(true)
      expect(on.states().slice(0, 2)).toEqual(['learned', 'corrected'])
      // What was found wrong is not asked again.
      on.site.asked.length = 0
      await crawl(9, 10)
      expect(on.site.asked.filter((one) => one.includes('plant'))).toEqual([])
    },
  )

  it('is taken from one of two requests where the other has none for some pages', async () => {
    on.site = await startDataSite(`fetch('/api/more/' + id); ${REST}`, ({ pathname }) => {
      const product = of(pathname)
      return pathname.includes('/more/') && product && product.id > 102 ? undefined : product
    })
    expect((await crawl(0, 6)).map(({ via }) => via)).toEqual([
      'page',
      'page',
      'http',
      'page',
      'http',
      'http',
    ])
    expect(on.states()).toEqual(['learned', 'corrected'])
  })

  it.each<[string, (product: Record<string, unknown>) => unknown]>([
    ['a field is missing', ({ price: _, ...rest }) => rest],
    ['a field is of another type', (product) => ({ ...product, name: { en: product['name'] } })],
    ['the shape is another one', (product) => ({ product })],
    ['what was beside a field is gone', ({ id: _, ...rest }) => rest],
    ['the data is gone', () => undefined],
  ])('has the page looked at at once where %s', async (_, change) => {
    let isChanged = false
    on.site = await startDataSite(
      // The page copes with all of it.
      `const r = await fetch('/api/products/' + id); const d = await r.json(); const b = ${JSON.stringify(PRODUCTS)}.find((p) => p.id == id); show(r.ok ? b : b)`,
      ({ pathname }) => (isChanged ? change(of(pathname) as never) : of(pathname)),
    )
    await crawl(0, 2)
    expect(await crawl(2, 3)).toEqual([{ via: 'http', right: true }])
    isChanged = true
    expect(await crawl(3, 4)).toEqual([{ via: 'page', right: true }])
    expect(on.states().at(-1)).toMatch(/mismatch|corrected/)
  })

  it('has the page looked at at once where HTTP gets the data of another page', async () => {
    let isTrap = false
    on.site = await startDataSite(REST, ({ pathname }, request) => {
      const product = of(pathname)
      return isTrap && product && !isOfBrowser(request) ? productOf(product.id + 1) : product
    })
    await crawl(0, 2)
    expect(await crawl(2, 3)).toEqual([{ via: 'http', right: true }])
    isTrap = true
    expect(await crawl(3, 6)).toEqual([3, 4, 5].map(() => ({ via: 'page', right: true })))
    expect(
      on.events.flatMap((event) => (event.type === 'data-route' ? [[event.state, event.unchecked]] : [])),
    ).toEqual([
      ['learned', 0],
      ['mismatch', 1],
    ])
  })

  it('has the page looked at where it may show another day, being in another time zone', async () => {
    const times = ['10:00', '14:00', '12:00', '23:30', '13:00', '22:45']
    const script = `const p = await (await fetch('/api/products/' + id)).json()
      show(p); document.querySelector('.stock').textContent = new Intl.DateTimeFormat('de-DE', { dateStyle: 'long', timeZone: 'Europe/Berlin' }).format(new Date(p.at))`
    const since = (id: number) => `2024-01-05T${times[id - 100]}:00Z`
    on.site = await startDataSite(script, ({ pathname }) => {
      const product = of(pathname)
      return product && { ...product, stock: null, at: since(product.id) }
    })
    const shown = []
    for (const { id } of PRODUCTS.slice(0, times.length)) {
      const response = await on.session.fetch(`${on.site.origin}/p/${id}`, { extract: FIELDS })
      shown.push([response.via, ((await response.json()) as { stock: string }).stock])
    }
    expect(shown.map(([, day]) => day)).toEqual(
      times.map((time) => (time > '23' ? '6. Januar 2024' : '5. Januar 2024')),
    )
    expect(shown.slice(0, 4).map(([via]) => via)).toEqual(['page', 'page', 'http', 'page'])
    expect(on.states()).toContain('mismatch')
  })

  it('decides between two places that said the same, once they do not', async () => {
    let label = 'In stock'
    on.site = await startDataSite(REST, ({ pathname }) => {
      const product = of(pathname)
      return product && { label, ...product, stock: label === 'In stock' ? 'In stock' : 'Sold out' }
    })
    const fetchPage = async (id: number) => {
      const response = await on.session.fetch(`${on.site.origin}/p/${id}`, { extract: FIELDS })
      return { via: response.via, stock: ((await response.json()) as { stock: string }).stock }
    }
    await fetchPage(100)
    await fetchPage(101)
    expect(await fetchPage(102)).toEqual({ via: 'http', stock: 'In stock' })
    label = 'Our shop'
    expect(await fetchPage(103)).toEqual({ via: 'page', stock: 'Sold out' })
    expect(on.states()).toEqual(['learned', 'corrected'])
    expect(await fetchPage(104)).toEqual({ via: 'http', stock: 'Sold out' })
  })
})
