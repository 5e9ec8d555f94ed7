import { describe, expect, it } from 'vitest'
import { dataIn } from '../../../../src/discovery/data-documents.ts'
import {
  correctedFields,
  type FieldAnswer,
  filledRequest,
  isOfPattern,
  patternText,
  readFields,
} from '../../../../src/discovery/index.ts'
import { patternOfPages } from '../../../../src/discovery/learning/page-pattern.ts'
import type { DataField, DataRequest, ValueFormat } from '../../../../src/record/index.ts'

const PAGE = new URL('https://shop.example/p/5')
const TEXT = { as: 'text', before: '', after: '' } as const
const reading = (path: string[], format: ValueFormat = TEXT) => ({ request: 0, document: '', path, format })
const field = (given: Partial<DataField> = {}): DataField => ({
  name: 'name',
  readings: [reading(['name'])],
  beside: [],
  mayLack: false,
  ...given,
})
const answers = async (data: unknown): Promise<FieldAnswer[]> => [
  { data: await dataIn(JSON.stringify(data), 'application/json'), selected: new Map() },
]
const read = async (data: unknown, given: Partial<DataField> = {}) =>
  readFields({ fields: [field(given)] }, PAGE, await answers(data))

describe('readFields', () => {
  it('reads what is there', async () => {
    expect((await read({ name: 'Chair' })).values.get('name')).toBe('Chair')
  })

  it.each<[string, unknown, Partial<DataField>]>([
    ['missing', {}, {}],
    ['of another type', { name: 5 }, {}],
    ['empty where it must not be', { name: { en: 'Chair' } }, {}],
    ['alone where something was beside it', { name: 'Chair' }, { beside: ['id'] }],
  ])('finds it odd where a field is %s', async (_, data, given) => {
    expect((await read(data, given)).odd.size).toBe(1)
  })

  it('takes what may lack for lacking', async () => {
    const { values, odd } = await read({}, { mayLack: true })
    expect([values.get('name'), odd.size]).toEqual([null, 0])
  })

  it('reads nothing where an answer did not come', () => {
    expect(readFields({ fields: [field()] }, PAGE, []).odd.size).toBe(1)
  })
})

describe('correctedFields', () => {
  const of = async (data: unknown, shown: string | null, given: Partial<DataField> = {}) =>
    correctedFields([field(given)], new Map([['name', shown]]), PAGE, await answers(data))

  it('drops the readings that a page proves wrong', async () => {
    const readings = [reading(['name']), reading(['label'])]
    expect((await of({ name: 'Chair', label: 'Shop' }, 'Chair', { readings }))?.[0]?.readings).toEqual([
      readings[0],
    ])
  })

  it('is nothing where no reading is left, and where the page lacks what the data has', async () => {
    expect(await of({ name: 'Chair' }, 'Table')).toBeNull()
    expect(await of({ name: 'Chair' }, null)).toBeNull()
  })

  it('learns what may lack, and what need not be beside it', async () => {
    expect((await of({}, null))?.[0]?.mayLack).toBe(true)
    expect((await of({ name: 'Chair', id: 1 }, 'Chair', { beside: ['id', 'old'] }))?.[0]?.beside).toEqual([
      'id',
    ])
  })
})

describe('filledRequest', () => {
  const request = (given: Partial<DataRequest['parts'][number]>): DataRequest => ({
    isPage: false,
    method: 'GET',
    url: 'https://shop.example/api/1',
    body: null,
    headers: [],
    parts: [
      {
        place: ['path', 1],
        from: { of: 'path', index: 1, pick: 'whole' },
        before: '',
        after: '',
        count: 'same',
        isNumber: false,
        ...given,
      },
    ],
    redirected: false,
  })

  it.each<[string, string, Partial<DataRequest['parts'][number]>]>([
    ['steps upwards', 'https://shop.example/p/..%2f..%2fadmin', { before: '', after: '' }],
    ['is empty', 'https://shop.example/p/', {}],
    ['is no number', 'https://shop.example/p/abc', { isNumber: true }],
    ['cannot be counted', 'https://shop.example/p/abc', { count: 'less-one' }],
    ['is not there', 'https://shop.example/', {}],
  ])('stays where it is where a part %s', (_, page, given) => {
    const filled = filledRequest(request(given), new URL(page), [])
    if (filled) expect(new URL(filled.url).pathname).toMatch(/^\/api\/[^/]+$/)
    if (given.isNumber) expect(filled).toBeUndefined()
  })
})

describe('patterns of pages', () => {
  const of = (a: string, b: string) => {
    const pattern = patternOfPages(new URL(a), new URL(b))
    return pattern && patternText(pattern)
  }

  it.each([
    ['https://s.example/p/5', 'https://s.example/p/6', 'https://s.example/p/*'],
    ['https://s.example/p?b=1&a=2', 'https://s.example/p?a=3&b=1', 'https://s.example/p?a=*&b=*'],
    ['https://s.example/#/p/5', 'https://s.example/#/p/6', 'https://s.example/#/p/*'],
    ['https://s.example/p/5', 'https://s.example/p/5', undefined],
    ['https://s.example/p/5', 'http://s.example/p/6', undefined],
    ['https://s.example/p/5', 'https://s.example/p/6/more', undefined],
    ['https://s.example/p?a=1', 'https://s.example/p?b=1', undefined],
    ['https://s.example/p?a=1&a=2', 'https://s.example/p?a=1&a=3', undefined],
  ])('of %s and %s', (a, b, text) => {
    expect(of(a, b)).toBe(text)
  })

  it('match pages of the same kind alone', () => {
    const pattern = patternOfPages(
      new URL('https://s.example/p/5?tab=a'),
      new URL('https://s.example/p/6?tab=a'),
    )
    const fits = (url: string) => isOfPattern(pattern as never, new URL(url))
    expect(fits('https://s.example/p/7?tab=a')).toBe(true)
    for (const other of [
      'https://s.example/p/7?tab=b',
      'https://s.example/p/7',
      'https://s.example/q/7?tab=a',
      'https://s.example/p/?tab=a',
      'https://s.example/p/7?tab=a&x=1',
      'https://t.example/p/7?tab=a',
    ])
      expect(fits(other)).toBe(false)
  })
})
