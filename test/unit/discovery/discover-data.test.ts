import { describe, expect, it } from 'vitest'
import {
  type DiscoverRules,
  discoverData,
  type RecordedExchange,
  type Wanted,
} from '../../../src/discovery/index.ts'
import { anExchange } from './an-exchange.ts'

const RULES: DiscoverRules = {
  reads: [],
  selectors: {},
  session: 'a',
  headerSources: { binding: () => undefined, cookies: () => false },
}
const want = (...texts: string[]): Wanted[] => texts.map((text) => ({ name: text, shown: text, asked: true }))
const json = (data: unknown, given: Partial<RecordedExchange> = {}) =>
  anExchange({ body: JSON.stringify(data), ...given })

const find = (
  exchanges: RecordedExchange[],
  wanted: Wanted[],
  rules: Partial<DiscoverRules> = {},
  url = 'https://shop.example/p/5',
) => discoverData({ url: new URL(url), exchanges, left: 0 }, wanted, { ...RULES, ...rules })

describe('discoverData', () => {
  const product = json({ product: { id: 5, name: 'Blue chair', price: 49.9 } })
  const menu = json({ items: ['Blue chair'] }, { url: 'https://shop.example/api/menu' })

  it('puts the request first that holds most of what is wanted, and says where', async () => {
    const { requests, missing } = await find([menu, product], want('Blue chair', '49.90', 'nowhere'))
    expect(requests.map(({ url }) => url)).toEqual([
      'https://shop.example/api/products/{path[1]}',
      'https://shop.example/api/menu',
    ])
    expect(requests[0]).toMatchObject({
      method: 'GET',
      replayable: true,
      fields: [
        { want: 'Blue chair', document: '', path: '$.product.name' },
        { want: '49.90', document: '', path: '$.product.price', format: 'number' },
      ],
      parameters: [{ place: 'path.2', from: 'path[1]' }],
    })
    expect(requests[0]?.reasons.join()).toContain('2 of 3')
    expect(missing).toEqual(['nowhere'])
  })

  it('takes no word for an id that only says where both are on the site', async () => {
    const data = json({ name: 'Blue chair' }, { url: 'https://shop.example/api/shop/chairs/5' })
    const { requests } = await find([data], want('Blue chair'), {}, 'https://shop.example/shop/5')
    expect(requests[0]?.url).toBe('https://shop.example/api/shop/chairs/{path[1]}')
  })

  it.each<[string, string, string, string, string?]>([
    ['a path after the same segment', '/products/7', '/api/products/7', '/api/products/{path[1]}'],
    ['a parameter that is called so', '/products/7', '/api?product_id=7', '/api?product_id={path[1]}'],
    ['an id', '/x/7', '/api?id=7', '/api?id={path[1]}', 'id.0 may be path[1], or not: the value is short'],
    ['no size of a page', '/x/7', '/api/7?limit=7', '/api/{path[1]}?limit=7', 'path.1 may be path[1]'],
    ['no number of a page', '/x/7', '/api/7?page=7', '/api/{path[1]}?page=7', 'path.1 may be path[1]'],
    ['a number of a page of its own', '/x?page=7', '/api?page=7&v=7', '/api?page={query.page}&v=7'],
    ['no price', '/x/20', '/api?id=20&min_price=20', '/api?id={path[1]}&min_price=20', 'id.0 may be'],
    [
      'no year',
      '/x/2024',
      '/api/years?year=2024&id=2024',
      '/api/years?year=2024&id={path[1]}',
      'id.0 may be',
    ],
    ['a year of its own', '/year/2024', '/api/years/2024', '/api/years/{path[1]}'],
    ['no flag', '/x/1', '/api?active=1', '/api?active=1'],
    [
      'the id, where a page number is the same',
      '/x/7?page=7',
      '/api?id=7&page=7',
      '/api?id={path[1]}&page={query.page}',
      'id.0 may be path[1]',
    ],
    [
      'one of two that are the same',
      '/a/7/b/7',
      '/api?key=7',
      '/api?key={path[1]}',
      'path[3] has the same value',
    ],
  ])(
    'takes a short number for the page’s where its name allows it, and says what is a guess: %s',
    async (_, page, api, template, doubt) => {
      const data = json({ name: 'Blue chair' }, { url: `https://shop.example${api}` })
      const { requests } = await find([data], want('Blue chair'), {}, `https://shop.example${page}`)
      expect(requests[0]?.url).toBe(`https://shop.example${template}`)
      const reasons = requests[0]?.reasons.join('\n') ?? ''
      if (doubt === undefined) expect(reasons).not.toContain('or not')
      else expect(reasons).toContain(doubt)
    },
  )

  it('takes a short number from an answer before only where it is called an id there', async () => {
    const lookup = json(
      { items: [{ count: 7, id: 12, rank: 7 }, { product_id: 7 }], limit: 20 },
      { url: 'https://shop.example/api/slugs/blue-chair' },
    )
    const data = (api: string) => json({ name: 'Blue chair' }, { url: `https://shop.example${api}` })
    const url = async (api: string) => {
      const found = await find(
        [lookup, data(api)],
        want('Blue chair'),
        {},
        'https://shop.example/p/blue-chair',
      )
      return found.requests[0]?.url.replace('https://shop.example', '')
    }
    expect(await url('/api/products/7?limit=20')).toBe(
      '/api/products/{response 1 $.items[1].product_id}?limit=20',
    )
    expect(await url('/api/products?depth=20')).toBe('/api/products?depth=20')
  })

  it('counts a short number little, and says where it is at several places', async () => {
    const wanted: Wanted[] = [
      { name: 'name', shown: 'Blue chair', asked: true },
      { name: 'price', shown: '7', asked: true },
      { name: 'stock', shown: '3', asked: true },
    ]
    const right = json({ id: 7, name: 'Blue chair', price: 7 })
    const numbers = json({ page: 7, size: 3 }, { url: 'https://shop.example/api/menu' })
    const { requests } = await find([numbers, right], wanted, {}, 'https://shop.example/p/7')
    expect(requests.map(({ url }) => url)).toEqual([
      'https://shop.example/api/products/5',
      'https://shop.example/api/menu',
    ])
    expect(requests[0]?.fields[1]).toMatchObject({ want: 'price', path: '$.price' })
    expect(requests[0]?.reasons).toContain(
      'price is at 2 places of it: which is meant, one page does not show',
    )
    expect(requests[1]?.reasons.join()).toContain('what is shown for stock is short')
    expect((requests[0]?.score ?? 0) - (requests[1]?.score ?? 0)).toBeGreaterThan(20)
  })

  it('names the place that is the whole text, not a number within it that comes first', async () => {
    const data = json({ id: 2, name: 'Thing number 2 x', price: 7 })
    const { requests } = await find([data], [{ name: 'title', shown: 'Thing number 2 x', asked: true }])
    expect(requests[0]?.fields).toMatchObject([{ want: 'title', path: '$.name', format: 'text' }])
  })

  it('finds a slug that is looked up', async () => {
    const lookup = json({ id: 'prod_8812' }, { url: 'https://shop.example/api/slugs/blue-chair' })
    const data = json({ name: 'Blue chair' }, { url: 'https://shop.example/api/products/prod_8812' })
    const { requests } = await find(
      [lookup, data],
      want('Blue chair'),
      {},
      'https://shop.example/p/blue-chair',
    )
    expect(requests[0]?.parameters).toEqual([{ place: 'path.2', from: 'response 1 $.id' }])
  })

  it('names the operation of GraphQL, and leaves what changes something alone', async () => {
    const body = (query: string) =>
      JSON.stringify({ operationName: 'Product', query, variables: { id: '5' } })
    const graph = { method: 'POST', url: 'https://shop.example/graphql' }
    const query = json(
      { data: { product: { name: 'Blue chair' } } },
      { ...graph, requestBody: body('query Product { a }') },
    )
    const mutation = json(
      { data: { name: 'Blue chair' } },
      { ...graph, requestBody: body('mutation Product { a }') },
    )
    const { requests, writes } = await find([mutation, query], want('Blue chair'))
    expect(requests).toHaveLength(1)
    expect(requests[0]).toMatchObject({
      operation: 'Product',
      parameters: [{ place: 'body.variables.id', from: 'path[1]' }],
    })
    expect(writes).toEqual(['POST https://shop.example/graphql'])
  })

  it('says what stands against HTTP, after what it can ask for', async () => {
    const signed = json({ name: 'Blue chair' }, { url: 'https://shop.example/api/5?sig=a3f9c1d27be845f0' })
    const socket = anExchange({ kind: 'socket', url: 'wss://shop.example/live?token=secret' })
    const { requests } = await find([signed, menu, socket], want('Blue chair'))
    expect(requests.map(({ replayable }) => replayable)).toEqual([true, false, false])
    expect(requests[1]?.why).toContain('sig is a signature')
    expect(requests[1]?.curl).toBeNull()
    expect(requests[2]?.url).toBe('wss://shop.example/live')
  })

  it('shows what only the page can read, where nothing is found', async () => {
    const sealed = Buffer.from(Array.from({ length: 90 }, (_, i) => (i * 73) % 251)).toString('base64')
    const exchange = json({ data: sealed, iv: 'AAECAwQFBgc=' }, { url: 'https://shop.example/api/5?t=1' })
    const { requests, missing } = await find([exchange], want('Blue chair'))
    expect(requests).toMatchObject([{ url: 'https://shop.example/api/5', replayable: false, fields: [] }])
    expect(requests[0]?.why).toContain('decrypts')
    expect(missing).toEqual(['Blue chair'])
  })

  it('finds data and fields in the document itself', async () => {
    const html =
      '<h1>Blue chair</h1><script id="__NEXT_DATA__" type="application/json">{"p":{"price":49.9}}</script>'
    const document = anExchange({
      kind: 'document',
      mediaType: 'text/html',
      body: html,
      url: 'https://shop.example/p/5',
    })
    const wanted = [...want('49.90'), { name: 'title', shown: 'Blue chair', asked: true }]
    const { requests } = await find([document], wanted, { selectors: { title: 'h1' } })
    expect(requests[0]?.fields).toEqual([
      { want: '49.90', document: 'script#__NEXT_DATA__', path: '$.p.price', format: 'number' },
      { want: 'title', document: 'html', path: 'h1', format: 'text' },
    ])
    expect(requests[0]?.reasons.join()).toContain('in the page itself')
  })

  it('shows what gives each header, and no secret', async () => {
    const secret = 'Bearer eyJhbGciOi.a1b2c3d4e5f6g7h8.x9y8z7'
    const key = 'k3y9f8e7d6c5b4a3f2e1d0c9b8a7'
    const exchange = json(
      { name: 'Blue chair' },
      {
        url: `https://shop.example/api/products/5?api_key=${key}`,
        requestHeaders: [
          ['authorization', secret],
          ['x-api-version', '2'],
          ['x-app-secret', key],
          ['x-request-id', '9f8e7d6c5b4a3f2e1d'],
        ],
      },
    )
    const bound = {
      binding: (_: string, name: string) => (name === 'authorization' ? 'localStorage auth' : undefined),
      cookies: () => true,
    }
    const { requests } = await find([exchange], want('Blue chair'), { headerSources: bound })
    expect(requests[0]?.headers).toEqual([
      { name: 'authorization', value: null, from: 'binding', source: 'localStorage auth' },
      { name: 'x-api-version', value: '2', from: 'constant', source: null },
      { name: 'x-app-secret', value: null, from: 'script', source: null },
    ])
    const all = JSON.stringify(requests)
    expect(all).not.toContain(key)
    expect(all).not.toContain('a1b2c3d4')
    expect(requests[0]?.curl).toContain('\'https://shop.example/api/products/5?api_key=\'"$API_KEY"')
    expect(requests[0]?.typescript).toContain("process.env['API_KEY']")
    const unbound = await find([exchange], want('Blue chair'))
    expect(unbound.requests[0]).toMatchObject({
      replayable: false,
      why: expect.stringContaining('authorization'),
    })
  })

  it.each([
    [
      'offset',
      'https://s.example/l?offset=20&limit=10',
      {},
      '',
      { by: 'offset', parameter: 'offset', size: { parameter: 'limit', value: 10 }, next: null },
    ],
    ['page', 'https://s.example/l?page=2', {}, '', { by: 'page', parameter: 'page', size: null, next: null }],
    [
      'cursor',
      'https://s.example/l?first=10&after=abc',
      { pageInfo: { endCursor: 'def' } },
      '',
      {
        by: 'cursor',
        parameter: 'after',
        size: { parameter: 'first', value: 10 },
        next: '$.pageInfo.endCursor',
      },
    ],
    [
      'link in the answer',
      'https://s.example/l',
      { next: 'https://s.example/l?p=2' },
      '',
      { by: 'link', parameter: null, size: null, next: '$.next' },
    ],
    [
      'header',
      'https://s.example/l',
      {},
      '<https://s.example/l?p=2>; rel="next"',
      { by: 'link', parameter: null, size: null, next: 'the header Link' },
    ],
    ['nothing', 'https://s.example/l?q=a', {}, '', null],
  ])('sees paging by %s', async (_, url, more, link, paging) => {
    const { requests } = await find(
      [json({ name: 'Blue chair', ...more }, { url, link })],
      want('Blue chair'),
    )
    expect(requests[0]?.paging).toEqual(paging)
  })

  it.each([
    [
      'the header Link',
      ['link', '<https://shop.example/api/list?cursor=c7Hk29>; rel="next"'],
      '$.link.next.query.cursor',
    ],
    ['another header', ['x-next-cursor', 'c7Hk29'], '$["x-next-cursor"]'],
  ] as const)('knows a cursor that an answer before had in %s', async (_, header, path) => {
    const before = json({ a: 1 }, { url: 'https://shop.example/api/start', answerHeaders: [header] })
    const { requests } = await find(
      [before, json({ name: 'Blue chair' }, { url: 'https://shop.example/api/list?cursor=c7Hk29' })],
      want('Blue chair'),
    )
    expect(requests[0]?.url).toBe(`https://shop.example/api/list?cursor={response 1 ${path}}`)
  })

  it.each(['page[size]', 'page[limit]', 'filter.limit'])(
    'takes no %s from an id of the same value',
    async (name) => {
      const list = json({ name: 'Blue chair' }, { url: `https://shop.example/api/products?id=25&${name}=25` })
      const { requests } = await find([list], want('Blue chair'), {}, 'https://shop.example/products/25')
      expect(requests[0]?.parameters).toEqual([{ place: 'query.id.0', from: 'path[1]' }])
      expect(requests[0]?.paging === null || requests[0]?.paging?.size?.value === 25).toBe(true)
    },
  )

  it('takes lists, counts what was left, and what is asked for twice once', async () => {
    const list = json({ items: [{ n: 'A' }, { n: 'B' }] })
    const large = anExchange({ left: 'too-large' })
    const { requests, seen, left } = await find(
      [list, list, large],
      [{ name: 'names', shown: ['A', 'B'], asked: true }],
    )
    expect(requests.map(({ fields }) => fields[0]?.path)).toEqual(['$.items[*].n'])
    expect({ seen, left }).toEqual({ seen: 3, left: 1 })
  })

  it('makes snippets that no answer can break out of', async () => {
    const evil = json({ name: 'Blue chair' }, { url: "https://s.example/a'$(touch%20x)`'?q=';rm -rf /;'" })
    const { requests } = await find([evil], want('Blue chair'))
    const [{ curl, typescript }] = requests as unknown as [{ curl: string; typescript: string }]
    expect(curl.replaceAll(/'[^']*'|\\'/g, '')).not.toMatch(/[$`;()]/)
    expect(typescript).toContain("\\'")
    expect(
      () => new Function(typescript.replaceAll(/^import.*$/gm, '').replaceAll('await ', '')),
    ).not.toThrow()
  })
})
