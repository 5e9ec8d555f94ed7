import { describe, expect, it } from 'vitest'
import { isCacheBuster, whyNotReplayable } from '../../../src/discovery/not-replayable.ts'
import { readEvidence } from '../../../src/discovery/reads.ts'
import { anExchange } from './an-exchange.ts'

const post = (body: unknown) =>
  readEvidence(
    anExchange({ method: 'POST', requestBody: typeof body === 'string' ? body : JSON.stringify(body) }),
  )

describe('readEvidence', () => {
  it.each([
    ['a query', { query: 'query P($id: ID!) { product(id: $id) { name } }', operationName: 'P' }],
    ['a short query', { query: '{ product { name } }' }],
    ['a query after a fragment', { query: 'fragment F on P { name tags { id } } query A { a { ...F } }' }],
    ['a query with a comment', { query: '# mutation\nquery A { a }' }],
    ['a query whose field is called mutation', { query: 'query A { mutation { id } }' }],
    ['a list of queries', [{ query: '{a}' }, { query: 'query B {b}' }]],
  ])('takes %s', (_, body) => {
    expect(post(body)).toMatchObject({ reads: true, why: 'graphql-query' })
  })

  it.each([
    ['a mutation', { query: 'mutation M { buy(id: 1) { id } }' }],
    ['a mutation beside a query', { query: 'query A { a } mutation B { b }', operationName: 'B' }],
    ['a mutation after a fragment', { query: 'fragment F on P { name } mutation M { buy { ...F } }' }],
    ['a mutation among queries', [{ query: '{a}' }, { query: 'mutation { b }' }]],
    [
      'a mutation before a text that looks like a query',
      { query: 'mutation M { a(text: "query {") { id } }' },
    ],
    ['a subscription', { query: 'subscription { a }' }],
    ['a persisted operation', { operationName: 'A', extensions: { persistedQuery: { sha256Hash: 'x' } } }],
    ['other JSON', { query: 5 }],
    ['an empty list', []],
    ['a form', 'query=1'],
    ['nothing', ''],
  ])('leaves %s alone', (_, body) => {
    expect(post(body).reads).toBe(false)
  })

  it('takes GET and HEAD, and no other method', () => {
    const of = (method: string) => readEvidence(anExchange({ method })).reads
    expect(['GET', 'HEAD'].map(of)).toEqual([true, true])
    expect(['PUT', 'DELETE', 'PATCH', 'OPTIONS'].map(of)).toEqual([false, false, false, false])
  })

  it('takes a POST of which the user says so, at that URL only', () => {
    const one = anExchange({ method: 'POST', url: 'https://s.example/search?x=1', requestBody: '{"q":1}' })
    expect(readEvidence(one, ['https://s.example/search'])).toMatchObject({ reads: true, why: 'declared' })
    expect(readEvidence(one, ['https://s.example/']).reads).toBe(false)
    const put = { ...one, method: 'PUT' }
    expect(readEvidence(put, ['https://s.example/search']).reads).toBe(false)
  })
})

describe('whyNotReplayable', () => {
  const signature = 'a3f9c1d27be845f0a3f9c1d27be845f0'
  const opaque = Buffer.from(Array.from({ length: 90 }, (_, i) => (i * 73) % 251)).toString('base64')

  it.each([
    ['a socket', { kind: 'socket' as const }, 'socket'],
    ['a stream', { kind: 'events' as const }, 'stream'],
    ['a signature', { url: `https://s.example/a?id=5&sig=${signature}` }, 'signature'],
    ['a signature of AWS', { url: `https://s.example/a?X-Amz-Signature=${signature}` }, 'signature'],
    ['a nonce', { url: 'https://s.example/a?nonce=9f8e7d6c5b4a3210' }, 'once'],
    ['an encrypted request', { method: 'POST', requestBody: JSON.stringify({ data: opaque }) }, 'encrypts'],
    ['an encrypted answer', { body: opaque }, 'decrypts'],
  ])('recognises %s', (_, given, word) => {
    expect(whyNotReplayable(anExchange(given))).toContain(word)
  })

  it.each([
    { url: 'https://s.example/api/5?sort=name&page=2' },
    {
      url: 'https://s.example/graphql?extensions=%7B%22persistedQuery%22%3A%7B%22sha256Hash%22%3A%22a3f9c1d27be845f0%22%7D%7D',
    },
    { body: JSON.stringify({ name: 'Chair', image: opaque }) },
    { body: 'A long text of words, which is no secret of anybody, as it has spaces and says something.' },
  ])('finds nothing against %j', (given) => {
    expect(whyNotReplayable(anExchange(given))).toBeUndefined()
  })

  it('knows what is there against caches', () => {
    expect(isCacheBuster({ place: ['query', '_', 0], value: '1709632800000' })).toBe(true)
    expect(isCacheBuster({ place: ['query', 'id', 0], value: '1709632800000' })).toBe(false)
    expect(isCacheBuster({ place: ['query', '_', 0], value: 'abc' })).toBe(false)
  })
})
