import { beforeEach, describe, expect, it } from 'vitest'
import { localWrite, SessionRecord } from '../../../../src/record/index.ts'
import { EventHub, type SessionEvent } from '../../../../src/routing/events.ts'
import { SentTokens, TokenBindings, TokenSources } from '../../../../src/routing/token-bindings/index.ts'

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

  const decide = (headers?: ConstructorParameters<typeof SentTokens>[1], origin = API.origin) =>
    new SentTokens(bindings, headers).refused(origin, 'token')

  it('decide over the request unless the caller brought the header, or the token is gone', () => {
    expect(decide()).toEqual({
      origin: API.origin,
      requester: 'user',
      headers: ['authorization'],
      inMemory: false,
    })
    expect(decide(undefined, ELSEWHERE.origin)).toBeNull()
    expect(decide({ Authorization: 'Basic own' })).toBeNull()
    expect(decide(['AUTHORIZATION', 'own'])).toBeNull()
    change(null)
    expect(decide()).toBeNull()
  })

  it('decide where pages have not shown yet what they send, unless the caller brought something of the kind', () => {
    const concern = (headers?: Record<string, string>) => decide(headers, SITE)
    const store = (value: string) => record.write([localWrite(SITE, 'state', value)], { name: 'test' })
    const unknown = { origin: SITE, requester: 'user', headers: [], inMemory: false }
    store('{"id":"c29tZSB0b2tlbg"}')
    expect(concern()).toBeNull()
    store('{"user":{"accessToken":"c29tZSB0b2tlbg"}}')
    expect(concern()).toEqual(unknown)
    expect(concern({ accept: 'application/json' })).toEqual(unknown)
    expect(concern({ 'X-Api-Key': 'own' })).toBeNull()
    store('{"user":{"accessToken":"no-token-at-all"}}')
    expect(concern()).toBeNull()
    record.write([{ kind: 'session-snapshot', id: SITE, value: { token: 'c29tZSB0b2tlbg' } }], {
      name: 'test',
    })
    expect(concern()).toEqual(unknown)
    expect(decide(undefined, 'https://www.shop.example')).toEqual({
      ...unknown,
      origin: 'https://www.shop.example',
    })
    expect(decide(undefined, ELSEWHERE.origin)).toBeNull()
  })

  it('against forged requests are renewed after other refusals too, and those of a login after a 401', () => {
    const meta = { kind: 'meta', origin: API.origin, name: 'csrf-token' } as const
    bindings.put({ ...declared, header: 'x-csrf-token', template: '{}', source: meta })
    const sent = new SentTokens(bindings, undefined)
    expect(sent.refused(API.origin, 'forgery')?.headers).toEqual(['x-csrf-token'])
    expect(sent.refused(API.origin, 'token')?.headers).toEqual(['authorization'])
    expect(new SentTokens(bindings, { 'x-csrf-token': 'own' }).refused(API.origin, 'forgery')).toBeNull()
    expect(sent.over(API.origin, true)).toBeNull()
    expect(sent.over(API.origin, false)?.headers).toEqual(['x-csrf-token'])
    bindings.noteMetas(API.origin, [['csrf-token', 'a-token-of-a-form']])
    expect(sent.over(API.origin, false)).toBeNull()
    expect(sent.headersFor(API)).toEqual(expect.arrayContaining(['x-csrf-token', 'a-token-of-a-form']))
  })

  it('are outdated when others are there now than were sent', () => {
    const sent = new SentTokens(bindings, undefined)
    const need = {
      origin: API.origin,
      requester: 'user',
      headers: ['authorization'],
      inMemory: false,
    } as const
    sent.headersFor(API)
    expect(sent.outdated(need)).toBe(false)
    change('token-number-2')
    expect(sent.outdated(need)).toBe(true)
    change(null)
    expect(sent.outdated(need)).toBe(false)
  })

  it('that have no value are told of once, until there is one again', async () => {
    const seen: SessionEvent[] = []
    const listener = events.listen()
    const go = () => new SentTokens(bindings, undefined).headersFor(API)
    change(null)
    go()
    go()
    const claims = Buffer.from(JSON.stringify({ exp: 0 })).toString('base64url')
    change('token-number-3')
    go()
    change(`eyJhbGciOiJub25lIn0.${claims}.signature`)
    go()
    events.end()
    for await (const event of listener) seen.push(event)
    expect(seen).toMatchObject([
      { type: 'token-binding-empty', header: 'authorization', source: 'local', state: 'gone' },
      { type: 'token-binding-used' },
      { type: 'token-binding-empty', header: 'authorization', state: 'expired' },
    ])
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
    expect(seen).toEqual([{ type: 'token-binding-used', at: 5, origin: API.origin, header: 'authorization' }])
  })
})
