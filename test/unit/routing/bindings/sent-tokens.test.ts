import { beforeEach, describe, expect, it } from 'vitest'
import { localWrite, SessionRecord } from '../../../../src/record/index.ts'
import { SentTokens, TokenBindings, TokenSources } from '../../../../src/routing/bindings/index.ts'
import { EventHub, type SessionEvent } from '../../../../src/routing/events.ts'

const SITE = 'https://shop.example'
const API = new URL('https://api.example/me')
const ELSEWHERE = new URL('https://elsewhere.example/')

let record: SessionRecord
let bindings: TokenBindings
let events: EventHub
const clock = { at: 0, now: () => clock.at }
beforeEach(() => {
  clock.at = 0
  record = new SessionRecord({ writer: 'w', clock })
  events = new EventHub()
  bindings = new TokenBindings(record, new TokenSources(record), events, clock)
  record.write([localWrite(SITE, 'auth', 'token-number-1')], { name: 'test' })
  bindings.put(declared)
})
const declared = {
  origin: API.origin,
  header: 'authorization',
  template: 'Bearer {}',
  transform: 'raw',
  page: `${SITE}/`,
  source: { kind: 'local', origin: SITE, key: 'auth', path: [] },
  learned: false,
} as const
const change = (value: string | null) => record.write([localWrite(SITE, 'auth', value)], { name: 'test' })

describe('the tokens of one exchange', () => {
  it('are those of each hop’s own origin', () => {
    const sent = new SentTokens(bindings, undefined)
    expect(sent.headersFor(API)).toEqual(['authorization', 'Bearer token-number-1'])
    expect(sent.headersFor(ELSEWHERE)).toBeUndefined()
  })

  it('that pages taught do not go where another site redirects to; but over one of the origin’s own, or of who taught', () => {
    const learned = { ...declared, header: 'x-csrf-token', template: '{}', learned: true }
    bindings.put(learned)
    const names = (...hops: string[]) => {
      const sent = new SentTokens(bindings, undefined)
      return hops.map((hop) => sent.headersFor(new URL(hop))?.filter((_, at) => at % 2 === 0)).at(-1)
    }
    const [api, both] = [API.href, ['authorization', 'x-csrf-token']]
    expect(names(api)).toEqual(both)
    expect(names(api, api)).toEqual(both)
    expect(names('http://api.example/', api)).toEqual(both)
    expect(names('https://login.api.example/', api)).toEqual(both)
    expect(names('https://www.shop.example/go', api)).toEqual(both)
    expect(names('https://evil.example/', api)).toEqual(['authorization'])
    expect(names(api, 'https://evil.example/', api)).toEqual(['authorization'])
    expect(names('https://shop.example/go', 'https://evil.example/', api)).toEqual(['authorization'])
  })

  it('decide over the request unless the caller brought the header, or the token is gone', () => {
    expect(new SentTokens(bindings, undefined).concern(API.origin)).toBe(true)
    expect(new SentTokens(bindings, undefined).concern(ELSEWHERE.origin)).toBe(false)
    expect(new SentTokens(bindings, { Authorization: 'Basic own' }).concern(API.origin)).toBe(false)
    expect(new SentTokens(bindings, ['AUTHORIZATION', 'own']).concern(API.origin)).toBe(false)
    change(null)
    expect(new SentTokens(bindings, undefined).concern(API.origin)).toBe(false)
  })

  it('decide where pages have not shown yet what they send, unless the caller brought something of the kind', () => {
    const { origin } = new URL(SITE)
    const concern = (headers?: Record<string, string>) => new SentTokens(bindings, headers).concern(origin)
    const store = (value: string) => record.write([localWrite(SITE, 'state', value)], { name: 'test' })
    store('{"id":"c29tZSB0b2tlbg"}')
    expect(concern()).toBe(false)
    store('{"user":{"accessToken":"c29tZSB0b2tlbg"}}')
    expect(concern()).toBe(true)
    expect(concern({ accept: 'application/json' })).toBe(true)
    expect(concern({ 'X-Api-Key': 'own' })).toBe(false)
    store('{"user":{"accessToken":"no-token-at-all"}}')
    expect(concern()).toBe(false)
  })

  it('are outdated when others are there now than were sent', () => {
    const sent = new SentTokens(bindings, undefined)
    sent.headersFor(API)
    expect(sent.outdated(API.origin)).toBe(false)
    change('token-number-2')
    expect(sent.outdated(API.origin)).toBe(true)
    change(null)
    expect(sent.outdated(API.origin)).toBe(false)
  })

  it('are told of at their first use, and not when the caller’s own header went instead', async () => {
    const seen: SessionEvent[] = []
    const listener = events.listen()
    new SentTokens(bindings, { authorization: 'own' }).headersFor(API)
    expect(bindings.list()).toHaveLength(1)
    clock.at = 5
    new SentTokens(bindings, undefined).headersFor(API)
    new SentTokens(bindings, undefined).headersFor(API)
    events.end()
    for await (const event of listener) seen.push(event)
    expect(seen).toEqual([{ type: 'binding-used', at: 5, origin: API.origin, header: 'authorization' }])
  })
})
