import { stringify } from 'devalue'
import { describe, expect, it } from 'vitest'
import { dataIn } from '../../../src/discovery/data-documents.ts'

const rootOf = async (data: unknown) =>
  (await dataIn(typeof data === 'string' ? data : JSON.stringify(data), 'application/json')).roots.get('')

const PRODUCT = { id: 5, name: 'Chair', stock: 'Chair', tags: ['a', 'b'], price: 4.5, none: null }

describe('answers in which every value stands once', () => {
  it('are what they stand for: a value’s place does not move with what else is there', async () => {
    const payload = stringify({ data: { product: PRODUCT, at: new Date(0) } })
    expect(await rootOf(payload)).toEqual({ data: { product: PRODUCT, at: '1970-01-01T00:00:00.000Z' } })
    const nodes = [null, { type: 'data', data: JSON.parse(stringify({ product: PRODUCT })), uses: {} }]
    expect(await rootOf({ type: 'data', nodes })).toEqual({
      type: 'data',
      nodes: [null, { type: 'data', data: { product: PRODUCT }, uses: {} }],
    })
  })

  it('are known where names are numbers, too', async () => {
    const list = [
      { _1: 2 },
      'data',
      { _3: 4, _5: 4, _6: 7, _8: -5 },
      'name',
      'Chair',
      'stock',
      'at',
      ['D', 0],
      'none',
    ]
    expect(await rootOf(list)).toEqual({ data: { name: 'Chair', stock: 'Chair', at: 0 } })
  })

  it.each([
    [[{ id: 1 }, { id: 0 }]],
    [[{ id: 1 }, 'text', 'more']],
    [[{ id: 1, name: 'Chair' }, 'text']],
    [[[1, 2], 'a', 'b', 'c']],
    [[{ id: 9 }, 'text']],
    [['text', { a: 0 }]],
    [[['x y', 1], 'text']],
    [[]],
    [
      {
        list: [
          { page: 1, of: 3 },
          { page: 2, of: 3 },
          { page: 3, of: 3 },
        ],
      },
    ],
  ])('are nothing else: %j', async (data) => {
    expect(await rootOf(data)).toEqual(data)
  })
})
