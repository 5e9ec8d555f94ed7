import { describe, expect, it } from 'vitest'
import { CheckPace } from '../../../../src/pipeline/data-routes/check-pace.ts'
import { groupOf, ROUTE_LIFE_MS, RouteBook } from '../../../../src/pipeline/data-routes/route-book.ts'
import { type DataRoute, decodeEntry, encodeEntry, SessionRecord } from '../../../../src/record/index.ts'

const PAGE = new URL('https://shop.example/p/5')
const FIELDS = { name: 'h1' }
const GROUP = groupOf(PAGE, FIELDS)

const aRoute = (given: Partial<DataRoute> = {}, request: object = {}): DataRoute => ({
  pattern: { origin: PAGE.origin, path: ['p', null], query: [], fragment: [] },
  requests: [
    {
      isPage: false,
      method: 'GET',
      url: 'https://shop.example/api/5',
      body: null,
      headers: [],
      parts: [],
      redirected: false,
      ...request,
    },
  ],
  fields: [
    {
      name: 'name',
      readings: [{ request: 0, document: '', path: ['name'], format: { as: 'text', before: '', after: '' } }],
      beside: [],
      mayLack: false,
    },
  ],
  learnedAt: 1_000,
  until: 1_000 + ROUTE_LIFE_MS,
  ...given,
})

function aBook(reads: string[] = []) {
  let now = 1_000
  const clock = { now: () => now }
  const record = new SessionRecord({ writer: 'a', clock })
  const book = new RouteBook(record, clock, reads)
  return { record, book, at: (time: number) => (now = time) }
}

describe('groupOf', () => {
  it('is the same for the same fields of an origin, however they are written', () => {
    expect(groupOf(PAGE, { a: 'h1', b: { selector: 'p' } })).toBe(
      groupOf(new URL('https://shop.example/q'), { b: { selector: 'p' }, a: 'h1' }),
    )
    expect(groupOf(PAGE, { a: 'h1' })).not.toBe(groupOf(PAGE, { a: 'h2' }))
    expect(groupOf(PAGE, { a: 'h1' })).not.toBe(groupOf(new URL('https://other.example/'), { a: 'h1' }))
  })
})

describe('RouteBook', () => {
  it('gives a route that another process found wrong to nobody, and says so', () => {
    const now = 1_000
    const record = new SessionRecord({ writer: 'a', clock: { now: () => now } })
    const told: string[] = []
    const book = new RouteBook(record, { now: () => now }, [], ({ id }) => told.push(id))
    const other = new SessionRecord({ writer: 'b', clock: { now: () => now } })
    const there = new RouteBook(other, { now: () => now }, [])
    other.subscribe((delta) => record.merge(delta, { name: 'store' }))
    const known = there.put(GROUP, aRoute())
    expect(book.find(GROUP, PAGE)?.id).toBe(known.id)
    there.wrong(known)
    expect([book.find(GROUP, PAGE), there.find(GROUP, PAGE), book.list(), told]).toEqual([
      undefined,
      undefined,
      [],
      [known.id],
    ])
    there.put(GROUP, aRoute({ learnedAt: now + 1 }))
    expect(book.find(GROUP, PAGE)?.route.learnedAt).toBe(now + 1)
    expect(told).toHaveLength(1)
  })

  it('finds the route for pages of its pattern, until it is over', () => {
    const { book, at } = aBook()
    book.put(GROUP, aRoute())
    expect(book.find(GROUP, PAGE)?.route.requests[0]?.url).toBe('https://shop.example/api/5')
    expect(book.find(GROUP, new URL('https://shop.example/q/5'))).toBeUndefined()
    expect(book.find(`${PAGE.origin}\nother`, PAGE)).toBeUndefined()
    at(1_000 + ROUTE_LIFE_MS)
    expect(book.find(GROUP, PAGE)).toBeUndefined()
  })

  it('does not take a route again that was wrong here, whoever still writes it', () => {
    const { book, record, at } = aBook()
    const known = book.put(GROUP, aRoute())
    at(2_000)
    book.wrong(known)
    expect(book.find(GROUP, PAGE)).toBeUndefined()
    record.write([{ kind: 'data-route', id: known.id, value: aRoute() }], { name: 'another process' })
    expect(book.find(GROUP, PAGE)).toBeUndefined()
    book.put(GROUP, aRoute({ learnedAt: 2_001 }))
    expect(book.find(GROUP, PAGE)?.route.learnedAt).toBe(2_001)
  })

  it.each<[string, Partial<DataRoute>, object]>([
    ['sends what may write', {}, { method: 'POST', body: '{"buy":1}' }],
    ['sends a mutation', {}, { method: 'POST', body: '{"query":"mutation { buy }"}' }],
    ['goes to where anybody listens', {}, { url: 'http://shop.example/api/5' }],
    [
      'is for another origin than its id says',
      { pattern: { origin: 'https://evil.example', path: ['p', null], query: [], fragment: [] } },
      {},
    ],
    ['holds for longer than any', { until: 9_000 + ROUTE_LIFE_MS }, {}],
  ])('does not use one of the store that %s', (_, given, request) => {
    const { book, record } = aBook()
    const route = aRoute(given, request)
    record.write([{ kind: 'data-route', id: `${GROUP}\nx`, value: route }], { name: 'store' })
    const page = new URL('https://shop.example/p/5')
    expect(book.find(GROUP, page)).toBeUndefined()
    expect(book.list()).toEqual([])
  })

  it('takes a POST that the user says reads', () => {
    const { book, record } = aBook(['https://shop.example/api/5'])
    const route = aRoute({}, { method: 'POST', body: '{"q":1}' })
    record.write([{ kind: 'data-route', id: `${GROUP}\nx`, value: route }], { name: 'store' })
    expect(book.find(GROUP, PAGE)?.route).toEqual(route)
  })

  it('keeps 500', () => {
    const { book } = aBook()
    for (let i = 0; i < 510; i++) {
      book.put(
        GROUP,
        aRoute({
          pattern: { origin: PAGE.origin, path: [`p${i}`, null], query: [], fragment: [] },
          until: 1_001 + i,
        }),
      )
    }
    expect(book.list().length).toBe(500)
  })
})

describe('a route in a store', () => {
  const stamp = { time: 1, writer: 'w' }
  const decoded = (value: unknown) => decodeEntry(JSON.stringify(['data-route', 'id', value]), stamp)

  it('comes back as it was', () => {
    const entry = { kind: 'data-route' as const, id: 'id', stamp, value: aRoute() }
    expect(decodeEntry(encodeEntry(entry), stamp)).toEqual({ ok: true, entry })
  })

  it.each<[string, unknown]>([
    ['another scheme', aRoute({}, { url: 'file:///etc/passwd' })],
    ['credentials in its URL', aRoute({}, { url: 'https://a:b@shop.example/' })],
    ['a cookie header', aRoute({}, { headers: [['cookie', 'sid=1']] })],
    ['an authorization header', aRoute({}, { headers: [['authorization', 'Bearer x']] })],
    ['a host header', aRoute({}, { headers: [['host', 'evil.example']] })],
    ['a header with a line feed', aRoute({}, { headers: [['x-a', 'b\nc: d']] })],
    ['another method', aRoute({}, { method: 'DELETE' })],
    ['a GET with a body', aRoute({}, { body: 'x' })],
    ['five requests', { ...aRoute(), requests: Array.from({ length: 5 }, () => aRoute().requests[0]) }],
    [
      'a reading of a request that is not there',
      {
        ...aRoute(),
        fields: [{ ...aRoute().fields[0], readings: [{ ...aRoute().fields[0]?.readings[0], request: 1 }] }],
      },
    ],
    [
      'a part of its own answer',
      aRoute(
        {},
        {
          parts: [
            {
              place: ['path', 1],
              from: { of: 'response', request: 0, document: '', path: ['id'] },
              before: '',
              after: '',
              count: 'same',
              isNumber: false,
            },
          ],
        },
      ),
    ],
    ['a member that nobody knows', { ...aRoute(), more: 1 }],
    ['no fields', { ...aRoute(), fields: [] }],
  ])('is refused with %s', (_, value) => {
    expect(decoded(value).ok).toBe(false)
  })
})

describe('CheckPace', () => {
  it('is due soon at first, then after as many as are set at most, for one at a time', () => {
    const pace = new CheckPace(20)
    const until = () => {
      let count = 1
      while (!pace.isDue('a')) count++
      return count
    }
    expect(until()).toBe(6)
    expect(pace.isDue('a')).toBe(false)
    expect(pace.unchecked('a')).toBe(7)
    pace.passed('a')
    expect(pace.unchecked('a')).toBe(0)
    expect(until()).toBe(15)
    pace.passed('a')
    expect(until()).toBe(20)
    pace.passed('a')
    expect(until()).toBe(17)
    // A check that was not made is due again soon.
    expect(until()).toBe(10)
    expect(new CheckPace(1).isDue('b')).toBe(true)
  })

  it('meets ids of each remainder, though a catalogue is numbered one by one', () => {
    for (const every of [10, 20, 50, 100]) {
      const pace = new CheckPace(every)
      const checked: number[] = []
      for (let id = 0; checked.length < 40; id++) {
        if (!pace.isDue('a')) continue
        pace.passed('a')
        checked.push(id)
      }
      const remainders = (by: number) => new Set(checked.map((id) => id % by)).size
      for (const by of [2, 3, 4, 5]) if (every > 10 || by === 2) expect(remainders(by)).toBe(by)
      if (every > 10) expect(remainders(10)).toBeGreaterThan(7)
    }
  })

  it('gives a group up that was wrong twice', () => {
    const pace = new CheckPace(20)
    expect([pace.failed('a', 'g'), pace.failed('b', 'g'), pace.failed('c', 'g')]).toEqual([
      false,
      true,
      false,
    ])
  })
})
