import { describe, expect, it } from 'vitest'
import { collect, memoryBroker, temporaryFolder } from '../../support/broker.ts'
import { useDataFixture } from '../../support/data-fixture.ts'
import { FIELDS, PRODUCTS, productOf, reply, shownOf, startDataSite } from '../../support/data-site.ts'

const REST = `show(await (await fetch('/api/products/' + id)).json())`

const on = useDataFixture()

const fetchPage = async (path: string) => {
  const response = await on.session.fetch(`${on.site.origin}${path}`, { extract: FIELDS })
  return { via: response.via, source: response.source, values: await response.json() }
}
const routeEvents = () => on.events.flatMap((event) => (event.type === 'data-route' ? [event] : []))

describe('data routes', () => {
  it('take a cursor from the headers of an answer before', async () => {
    const script = `const first = await fetch('/api/find/' + id)
      show(await (await fetch('/api/read?cursor=' + first.headers.get('x-next-cursor'))).json())`
    const cursorOf = (id: unknown) => Buffer.from(`c:${Number(id) * 7919}`).toString('base64url')
    on.site = await startDataSite(script, ({ pathname, searchParams }) => {
      const id = pathname.split('/').at(-1)
      if (pathname.includes('/find/')) return reply({}, 200, { 'x-next-cursor': cursorOf(id) })
      return PRODUCTS.find((product) => cursorOf(product.id) === searchParams.get('cursor'))
    })
    for (const product of PRODUCTS.slice(0, 4)) {
      const page = await fetchPage(`/p/${product.id}`)
      expect(page.values).toEqual(shownOf(product))
      expect(page.via).toBe(product.id < 102 ? 'page' : 'http')
    }
  })

  it.each([
    [401, ['page', 'page', 'http', 'page', 'page', 'page'], 'mismatch'],
    // What is not there the page says itself; whether the site has changed, the next answer shows.
    [404, ['page', 'page', 'http', 'page', 'page', 'http'], 'corrected'],
  ])('give what the page says where its data has status %i', async (status, vias, state) => {
    const script = `const r = await fetch('/api/products/' + id)
      show(r.ok ? await r.json() : { name: 'Nothing here', price: 0, stock: '-' })`
    on.site = await startDataSite(script, ({ pathname }) => {
      const product = productOf(pathname.split('/').at(-1))
      return product?.id === 103 ? reply({}, status) : product
    })
    const seen = []
    for (const product of PRODUCTS.slice(0, 6)) {
      const page = await fetchPage(`/p/${product.id}`)
      const nothing = { name: 'Nothing here', price: '$0.00', stock: '-' }
      expect(page.values).toEqual(product.id === 103 ? nothing : shownOf(product))
      seen.push(page.via)
    }
    expect(routeEvents()[1]?.state).toBe(state)
    expect(seen).toEqual(vias)
  })

  it('take the fields of a page from its data once two pages have proven them, and check now and then', async () => {
    on.site = await startDataSite(REST, ({ pathname }) => productOf(pathname.split('/').at(-1)))
    const pages = []
    for (const product of PRODUCTS.slice(0, 14)) {
      const page = await fetchPage(`/p/${product.id}`)
      expect(page.values).toEqual(shownOf(product))
      pages.push(page)
    }
    const rendered = pages.flatMap(({ via }, at) => (via === 'page' ? [at] : []))
    // Two to learn, and one to check after a few.
    expect(rendered).toEqual([0, 1, 7])
    expect(pages[2]?.source).toEqual({
      requests: [
        { method: 'GET', url: `${on.site.origin}/api/products/102`, fields: ['name', 'price', 'stock'] },
      ],
    })
    expect(pages[0]?.source).toBeNull()
    expect(routeEvents().map(({ state }) => state)).toEqual(['learned', 'checked'])
    expect(on.session.routes.list()).toMatchObject([
      { pattern: `${on.site.origin}/p/*`, fields: ['name', 'price', 'stock'], unchecked: 6 },
    ])
    expect(on.session.routes.explain(`${on.site.origin}/p/7`).join('\n')).toContain('$.price')
    expect(on.session.routes.forget(on.site.origin)).toBe(1)
    expect((await fetchPage('/p/130')).via).toBe('page')
  })

  it('find slugs that are looked up, in a chain of two', async () => {
    const script = `const { product } = await (await fetch('/api/slugs?s=' + id)).json()
      show(await (await fetch('/api/products/' + product)).json())`
    on.site = await startDataSite(script, ({ pathname, searchParams }) => {
      if (pathname === '/api/slugs') return { product: Number(searchParams.get('s')?.split('-').length) + 99 }
      return productOf(pathname.split('/').at(-1))
    })
    for (const [at, slug] of ['a', 'b-c', 'd-e-f', 'g-h-i-j'].entries()) {
      const page = await fetchPage(`/p/${slug}`)
      expect(page.values).toEqual(shownOf(productOf(100 + at) as never))
      expect(page.via).toBe(at < 2 ? 'page' : 'http')
    }
  })

  it('take GraphQL queries, and send no mutation', async () => {
    const script = `const ask = (query, variables) => fetch('/graphql', { method: 'POST', headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query, variables }) }).then((r) => r.json())
      await ask('mutation Seen($id: ID!) { seen(id: $id) }', { id })
      show((await ask('query Product($id: ID!) { product(id: $id) { name } }', { id })).data.product)`
    const writes: string[] = []
    on.site = await startDataSite(script, (_, request, body) => {
      const { query, variables } = JSON.parse(body)
      if (query.startsWith('mutation')) writes.push(`${request.headers['user-agent']}`)
      return query.startsWith('mutation')
        ? { data: { seen: true } }
        : { data: { product: productOf(variables.id) } }
    })
    for (const [at, product] of PRODUCTS.slice(0, 4).entries()) {
      const page = await fetchPage(`/p/${product.id}`)
      expect(page.values).toEqual(shownOf(product))
      expect(page.via).toBe(at < 2 ? 'page' : 'http')
    }
    expect(writes).toHaveLength(2)
  })

  it('leave to the page what HTTP cannot ask for, and say why', async () => {
    const script = `const sig = Array.from(crypto.getRandomValues(new Uint8Array(12)), (b) => b.toString(16).padStart(2, '0')).join('')
      show(await (await fetch('/api/products/' + id + '?sig=' + sig)).json())`
    on.site = await startDataSite(script, ({ pathname }) => productOf(pathname.split('/').at(-1)))
    for (const product of PRODUCTS.slice(0, 5)) {
      const page = await fetchPage(`/p/${product.id}`)
      expect(page).toMatchObject({ via: 'page', values: shownOf(product) })
    }
    expect(on.site.asked.filter((one) => one.startsWith('http') && one.includes('/api/'))).toEqual([])
    expect(routeEvents()).toMatchObject([
      { state: 'not-learned', reason: expect.stringContaining('sig is a signature') },
    ])
  })

  it('keep to robots.txt, also for the data', async () => {
    await on.broker.close()
    on.broker = await memoryBroker({ robots: {} })
    on.session = await on.broker.session('a')
    on.events = collect(on.session.events())
    on.site = await startDataSite(
      REST,
      ({ pathname }) => productOf(pathname.split('/').at(-1)),
      'User-agent: *\nDisallow: /api/',
    )
    for (const product of PRODUCTS.slice(0, 5)) expect((await fetchPage(`/p/${product.id}`)).via).toBe('page')
    expect(routeEvents().at(-1)?.reason).toContain('ONEJAR_ROBOTS_DISALLOWED')
    expect(on.site.asked.filter((one) => one.startsWith('http GET /api/'))).toEqual([])
  })

  it('are kept with the session: another process needs no page', async () => {
    using folder = temporaryFolder()
    const open = async () => {
      await on.broker.close()
      on.broker = await memoryBroker({ store: `sqlite:${folder.path}/store.db` })
      on.session = await on.broker.session('a')
    }
    await open()
    on.site = await startDataSite(REST, ({ pathname }) => productOf(pathname.split('/').at(-1)))
    for (const id of [100, 101]) expect((await fetchPage(`/p/${id}`)).via).toBe('page')
    await open()
    expect(await fetchPage('/p/102')).toMatchObject({ via: 'http', values: shownOf(productOf(102) as never) })
    await on.broker.close()
  })

  it('are learned once for all who ask at the same time', async () => {
    on.site = await startDataSite(REST, ({ pathname }) => productOf(pathname.split('/').at(-1)))
    // What two of them have in common all have, and there are fewer than a check comes after: else a page is looked at.
    const products = PRODUCTS.filter(({ id, stock }) => stock === 'In stock' && id % 2 === 1).slice(0, 7)
    const pages = await Promise.all(products.map(({ id }) => fetchPage(`/p/${id}`)))
    expect(pages.map(({ values }) => values)).toEqual(products.map(shownOf))
    expect(pages.filter(({ via }) => via === 'page')).toHaveLength(2)
  })

  it('render nothing where HTTP gives the fields, or where scripts add none', async () => {
    on.site = await startDataSite('', () => undefined)
    const extract = { title: 'title', gone: '.gone' }
    const first = await on.session.fetch(`${on.site.origin}/p/1`, { extract: { title: 'title' } })
    expect({ via: first.via, values: await first.json() }).toEqual({ via: 'http', values: { title: 'Shop' } })
    for (let page = 2; page < 5; page++) {
      const response = await on.session.fetch(`${on.site.origin}/p/${page}`, { extract })
      expect(await response.json()).toEqual({ title: 'Shop', gone: null })
    }
    expect(on.site.asked.filter((one) => one.startsWith('page')).length).toBe(2)
  })
})
