import { describe, expect, it } from 'vitest'
import { dataIn } from '../../../../src/discovery/data-documents.ts'
import {
  type FieldAnswer,
  filledRequest,
  isIdle,
  isSpare,
  learnRoute,
  patternText,
  readFields,
} from '../../../../src/discovery/index.ts'
import { runSteps } from '../../../../src/document/index.ts'
import type { DataRoute } from '../../../../src/record/index.ts'
import { aView, json } from './a-view.ts'

const RULES = { reads: [], isBound: () => false }
const SITE = 'https://shop.example'

type Route = Pick<DataRoute, 'pattern' | 'requests' | 'fields'>

async function learned(...views: Parameters<typeof aView>[]): Promise<Route> {
  const [a, b] = await Promise.all(views.map((view) => aView(...view)))
  const found = await runSteps(learnRoute(a as never, b as never, RULES))
  if ('why' in found) throw new Error(found.why)
  return found.route
}

async function whyNot(...views: Parameters<typeof aView>[]): Promise<string> {
  const [a, b] = await Promise.all(views.map((view) => aView(...view)))
  const found = await runSteps(learnRoute(a as never, b as never, RULES))
  return 'why' in found ? found.why : 'it was learned'
}

const answer = async (data: unknown): Promise<FieldAnswer> => ({
  data: await dataIn(JSON.stringify(data), 'application/json'),
  selected: new Map(),
})

describe('learnRoute', () => {
  const page = (id: string, name: string, api = `${SITE}/api/${id}`): Parameters<typeof aView> => [
    `${SITE}/p/${id}`,
    { name },
    [json(api, { id, name })],
  ]

  it('finds the part of the request that is the page’s, and the place of the field', async () => {
    const route = await learned(page('5', 'Chair'), page('6', 'Table'))
    expect(patternText(route.pattern)).toBe(`${SITE}/p/*`)
    expect(filledRequest(route.requests[0] as never, new URL(`${SITE}/p/77`), [])).toEqual({
      url: `${SITE}/api/77`,
      body: null,
    })
    expect(route.fields[0]).toMatchObject({ name: 'name', beside: ['id', 'name'] })
  })

  it('reads a field from each request that holds it', async () => {
    const view = (id: string, name: string): Parameters<typeof aView> => [
      `${SITE}/p/${id}`,
      { name },
      [json(`${SITE}/api/${id}`, { id, name }), json(`${SITE}/live/${id}`, { is: { name } })],
    ]
    const { requests, fields } = await learned(view('5', 'Chair'), view('6', 'Table'))
    expect(requests.map(({ url }) => url)).toEqual([`${SITE}/api/5`, `${SITE}/live/5`])
    expect(fields[0]?.readings.map(({ request }) => request)).toEqual([0, 0, 1, 1])
    // Those that differ are odd, and one that has failed says nothing.
    const route = { fields, marks: [] }
    const read = async (...answers: unknown[]) =>
      readFields(route, new URL(`${SITE}/p/7`), await Promise.all(answers.map(answer)))
    expect((await read({ id: 7, name: 'Sofa' }, { is: { name: 'Sofa' } })).odd.size).toBe(0)
    expect((await read({ id: 7, name: 'Sofa' }, { is: { name: 'Lamp' } })).odd.size).toBe(1)
    expect(isSpare({ requests, fields }, 0, new Set())).toBe(true)
    expect(isSpare({ requests, fields }, 1, new Set([0]))).toBe(false)
    const kept = fields.map((field) => ({
      ...field,
      readings: field.readings.filter(({ request }) => request === 1),
    }))
    expect([0, 1].map((at) => isIdle({ requests, fields: kept }, at))).toEqual([true, false])
  })

  it('takes nothing from what says the same for all pages, such as translations', async () => {
    const words = json(`${SITE}/locales/en.json`, { stock: { yes: 'In stock', no: 'Sold out' } })
    const view = (id: string, left: number): Parameters<typeof aView> => [
      `${SITE}/p/${id}`,
      { stock: 'In stock' },
      [json(`${SITE}/api/${id}`, { id, left }), words],
    ]
    expect(await whyNot(view('5', 3), view('6', 9))).toContain('no request of both pages holds stock')
  })

  it.each([
    ['with a text around it', (id: string) => `${SITE}/api/item-${id}.json`, 'api/item-77.json'],
    ['in a query', (id: string) => `${SITE}/api?v=1&id=${id}`, 'api?v=1&id=77'],
    [
      'in JSON of a query',
      (id: string) => `${SITE}/q?variables=${encodeURIComponent(JSON.stringify({ id }))}`,
      'q?variables=%7B%22id%22%3A%2277%22%7D',
    ],
    ['as a number from zero', (id: string) => `${SITE}/api?page=${Number(id) - 1}`, 'api?page=76'],
    [
      'as how many come before',
      (id: string) => `${SITE}/api?limit=20&offset=${(Number(id) - 1) * 20}`,
      'api?limit=20&offset=1520',
    ],
    [
      'beside what no cache is to answer',
      (id: string) => `${SITE}/api/${id}?_=17096328${id}0000`,
      'api/77?_=1709632850000',
    ],
  ])('knows it %s', async (_, api, made) => {
    const route = await learned(page('5', 'Chair', api('5')), page('6', 'Table', api('6')))
    const filled = filledRequest(route.requests[0] as never, new URL(`${SITE}/p/77`), [])
    expect(filled?.url).toBe(`${SITE}/${made}`)
  })

  it('takes an id from an answer before, and no longer chain', async () => {
    const chain = (slug: string, id: string, name: string, token: string): Parameters<typeof aView> => [
      `${SITE}/p/${slug}`,
      { name },
      [
        json(`${SITE}/slugs/${slug}`, { found: { id } }),
        json(`${SITE}/api/${id}`, { name, token }),
        json(`${SITE}/more/${token}`, { more: 'x' }),
      ],
    ]
    const route = await learned(chain('blue', 'k81', 'Chair', 'tk1'), chain('red', 'k92', 'Table', 'tk2'))
    expect(route.requests.map(({ url }) => url)).toEqual([`${SITE}/slugs/blue`, `${SITE}/api/k81`])
    const filled = filledRequest(route.requests[1] as never, new URL(`${SITE}/p/green`), [
      (await answer({ found: { id: 'k33' } })).data,
    ])
    expect(filled?.url).toBe(`${SITE}/api/k33`)
    const deep = (slug: string, id: string, token: string, name: string): Parameters<typeof aView> => [
      `${SITE}/p/${slug}`,
      { name },
      [
        json(`${SITE}/slugs/${slug}`, { id }),
        json(`${SITE}/api/${id}`, { token }),
        json(`${SITE}/more/${token}`, { name }),
      ],
    ]
    expect(await whyNot(deep('blue', 'k81', 'tk1', 'Chair'), deep('red', 'k92', 'tk2', 'Table'))).toContain(
      'changes',
    )
  })

  it('takes the element of a list that the page names', async () => {
    const all = [
      { id: 5, name: 'Chair' },
      { id: 6, name: 'Table' },
      { id: 7, name: 'Lamp' },
    ]
    const of = (id: number): Parameters<typeof aView> => [
      `${SITE}/p/${id}`,
      { name: all[id - 5]?.name as string },
      [json(`${SITE}/api/all`, all)],
    ]
    const route = await learned(of(5), of(6))
    expect(readFields(route, new URL(`${SITE}/p/7`), [await answer(all)]).values.get('name')).toBe('Lamp')
    expect(readFields(route, new URL(`${SITE}/p/8`), [await answer(all)]).odd.get('name')).toContain(
      'missing',
    )
  })

  it('keeps every place that was right twice, and says when they differ', async () => {
    const of = (id: string, stock: string): Parameters<typeof aView> => [
      `${SITE}/p/${id}`,
      { stock },
      [json(`${SITE}/api/${id}`, { stock, shop: { label: 'In stock' } })],
    ]
    const route = await learned(of('5', 'In stock'), of('6', 'In stock'))
    const page = new URL(`${SITE}/p/7`)
    expect(
      readFields(route, page, [await answer({ stock: 'In stock', shop: { label: 'In stock' } })]).values.get(
        'stock',
      ),
    ).toBe('In stock')
    const differ = readFields(route, page, [await answer({ stock: 'Sold out', shop: { label: 'In stock' } })])
    expect(differ.values.has('stock')).toBe(false)
    expect(differ.odd.get('stock')).toContain('no longer say the same')
  })

  it('takes several requests where one does not hold all', async () => {
    const of = (id: string, name: string, stars: string): Parameters<typeof aView> => [
      `${SITE}/p/${id}`,
      { name, stars },
      [json(`${SITE}/api/${id}`, { name }), json(`${SITE}/stars/${id}`, { stars: Number(stars) })],
    ]
    const route = await learned(of('5', 'Chair', '4.5'), of('6', 'Table', '3.9'))
    expect(route.requests.map(({ url }) => url)).toEqual([`${SITE}/api/5`, `${SITE}/stars/5`])
  })

  it('takes the page itself where its HTML holds the data', async () => {
    const of = (id: string, name: string, price: number): Parameters<typeof aView> => {
      const body = `<h1>${name}</h1><script type="application/json" id="d">{"price":${price}}</script>`
      const document = json(`${SITE}/p/${id}`, null, { kind: 'document', mediaType: 'text/html', body })
      return [`${SITE}/p/${id}`, { name, price: `${price}.00 kr` }, [document], { name }]
    }
    const route = await learned(of('5', 'Chair', 30), of('6', 'Table', 45))
    expect(route.requests).toMatchObject([{ isPage: true }])
    expect(filledRequest(route.requests[0] as never, new URL(`${SITE}/p/7`), [])?.url).toBe(`${SITE}/p/7`)
    expect(route.fields.map(({ readings }) => readings[0]?.document)).toEqual(['html', 'script#d'])
  })

  it.each<[string, Parameters<typeof aView>, Parameters<typeof aView>, string]>([
    [
      'nothing holds the field',
      page('5', 'Chair'),
      [`${SITE}/p/6`, { name: 'Table' }, [json(`${SITE}/api/6`, { name: 'other' })]],
      'no request of both pages holds name',
    ],
    [
      'the pages are on two sites',
      page('5', 'Chair'),
      ['https://other.example/p/6', { name: 'Table' }, []],
      'no pattern',
    ],
    ['they are one page', page('5', 'Chair'), page('5', 'Chair'), 'no pattern'],
    [
      'a parameter comes from nowhere',
      page('5', 'Chair', `${SITE}/api?k=abc`),
      page('6', 'Table', `${SITE}/api?k=xyz`),
      'query.k.0 changes',
    ],
    [
      'it is signed',
      page('5', 'Chair', `${SITE}/api/5?sig=aabbcc11`),
      page('6', 'Table', `${SITE}/api/6?sig=ddeeff22`),
      'signature',
    ],
    [
      'its query has a secret',
      page('5', 'Chair', `${SITE}/api/5?access_token=abcdefgh1`),
      page('6', 'Table', `${SITE}/api/6?access_token=abcdefgh1`),
      'secret',
    ],
    [
      'it may write',
      [
        `${SITE}/p/5`,
        { name: 'Chair' },
        [json(`${SITE}/api/5`, { name: 'Chair' }, { method: 'POST', requestBody: '{}' })],
      ],
      [
        `${SITE}/p/6`,
        { name: 'Table' },
        [json(`${SITE}/api/6`, { name: 'Table' }, { method: 'POST', requestBody: '{}' })],
      ],
      'may change something',
    ],
  ])('learns nothing where %s', async (_, a, b, why) => {
    expect(await whyNot(a, b)).toContain(why)
  })

  it('keeps no header that is a secret, and none that changes', async () => {
    const of = (id: string, name: string, trace: string): Parameters<typeof aView> => {
      const requestHeaders = [
        ['authorization', 'Bearer abcdefgh12345678'],
        ['x-api-version', '2'],
        ['x-trace', trace],
        ['accept', 'application/json'],
      ] as const
      return [`${SITE}/p/${id}`, { name }, [json(`${SITE}/api/${id}`, { name }, { requestHeaders })]]
    }
    const route = await learned(of('5', 'Chair', 'one'), of('6', 'Table', 'two'))
    expect(route.requests[0]?.headers).toEqual([
      ['x-api-version', '2'],
      ['accept', 'application/json'],
    ])
  })
})
