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
