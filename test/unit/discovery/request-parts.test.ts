import { describe, expect, it } from 'vitest'
import { partsOfPage } from '../../../src/discovery/page-parts.ts'
import { partsOfRequest, withParts } from '../../../src/discovery/request-parts.ts'

const valuesOf = (url: string, body: string | null = null) =>
  Object.fromEntries(partsOfRequest({ url, body }).map(({ place, value }) => [place.join('.'), value]))

describe('partsOfRequest', () => {
  it('takes segments, the query, and the JSON in it', () => {
    expect(valuesOf('https://s.example/api/p%20q/5?id=7&id=8&v=%7B%22a%22:%7B%22b%22:1%7D%7D')).toEqual({
      'path.0': 'api',
      'path.1': 'p q',
      'path.2': '5',
      'query.id.0': '7',
      'query.id.1': '8',
      'query.v.0.a.b': 1,
    })
  })

  it('takes bodies of JSON and of forms, and JSON within JSON', () => {
    expect(
      valuesOf('https://s.example/', '{"q":"query {a}","variables":{"ids":[3]},"inner":"{\\"x\\":\\"y\\"}"}'),
    ).toEqual({
      'path.0': '',
      'body.q': 'query {a}',
      'body.variables.ids.0': 3,
      'body.inner.x': 'y',
    })
    expect(valuesOf('https://s.example/', 'a=1&b=x%20y')).toEqual({
      'path.0': '',
      'form.a.0': '1',
      'form.b.0': 'x y',
    })
  })

  it('is bounded', () => {
    const long = `https://s.example/?${Array.from({ length: 1_000 }, (_, i) => `p${i}=1`).join('&')}`
    expect(partsOfRequest({ url: long, body: null }).length).toBe(200)
  })
})

describe('withParts', () => {
  const url = 'https://s.example/api/items/5?b=%7B%22id%22:5%7D&a=1&keep=a+b'

  it('puts values where they were, and leaves everything else as it is', () => {
    const made = withParts({ url, body: null }, [
      { place: ['path', 2], value: 'x/y' },
      { place: ['query', 'b', 0, 'id'], value: 6 },
    ])
    expect(made).toEqual({
      url: 'https://s.example/api/items/x%2Fy?b=%7B%22id%22%3A6%7D&a=1&keep=a+b',
      body: null,
    })
  })

  it('puts values into bodies', () => {
    const at = (body: string, place: (string | number)[], value: string | number) =>
      withParts({ url, body }, [{ place, value }])?.body
    expect(at('{"v":{"id":5},"n":"{\\"id\\":5}"}', ['body', 'v', 'id'], 6)).toBe(
      '{"v":{"id":6},"n":"{\\"id\\":5}"}',
    )
    expect(at('{"v":{"id":5},"n":"{\\"id\\":5}"}', ['body', 'n', 'id'], 6)).toBe(
      '{"v":{"id":5},"n":"{\\"id\\":6}"}',
    )
    expect(at('id=5&b=1', ['form', 'id', 0], '6&x')).toBe('id=6%26x&b=1')
  })

  it.each(['..', '.', '', '%2e%2e'])('does not go elsewhere by the value %j', (value) => {
    const made = withParts({ url, body: null }, [{ place: ['path', 2], value }])
    expect(made === undefined || new URL(made.url).pathname.startsWith('/api/items/')).toBe(true)
  })

  it('is nothing where the place is not there', () => {
    for (const place of [
      ['path', 9],
      ['query', 'c', 0],
      ['query', 'a', 1],
      ['body', 'x'],
      ['query', 'a', 0, 'x'],
    ]) {
      expect(withParts({ url, body: null }, [{ place, value: '1' }])).toBeUndefined()
    }
    expect(
      withParts({ url, body: '{}' }, [{ place: ['body', '__proto__', 'x'], value: '1' }]),
    ).toBeUndefined()
  })
})

describe('partsOfPage', () => {
  it('has segments, query, fragment, and what ids are picked from', () => {
    const parts = partsOfPage(new URL('https://s.example/p/blue-chair-17.html?c=9#/tab/3'))
    const of = (value: string) => parts.filter((part) => part.value === value).map(({ source }) => source)
    expect(of('17')).toContainEqual({ of: 'path', index: 1, pick: 'last-digits' })
    expect(of('blue-chair-17')).toEqual([{ of: 'path', index: 1, pick: 'stem' }])
    expect(of('9')).toEqual([{ of: 'query', name: 'c', pick: 'whole' }])
    expect(of('3')).toEqual([{ of: 'fragment', index: 1, pick: 'whole' }])
  })
})
