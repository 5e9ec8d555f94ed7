import { randomBytes } from 'node:crypto'
import { beforeEach, describe, expect, it } from 'vitest'
import { type ChangeSource, localWrite, SessionRecord } from '../../../../src/record/index.ts'
import { EventHub } from '../../../../src/routing/events.ts'
import { BindingLearner, TokenBindings, TokenSources } from '../../../../src/routing/token-bindings/index.ts'

const SITE = 'https://shop.example'
const PAGE = `${SITE}/account`
const API = 'https://api.example'
const STORED: ChangeSource = { name: 'store' }
const PAGES: ChangeSource = { name: 'pages' }
const token = () => randomBytes(16).toString('hex')

let now: number
let record: SessionRecord
let bindings: TokenBindings
let learner: BindingLearner
beforeEach(() => {
  now = 1_764_000_000_000
  const clock = { now: () => now }
  record = new SessionRecord({ writer: 'w', clock })
  const sources = new TokenSources(record)
  bindings = new TokenBindings(record, sources, new EventHub(), clock)
  learner = new BindingLearner(record, bindings, sources, STORED)
})

const store = (key: string, value: string | null, source = PAGES) =>
  record.write([localWrite(SITE, key, value)], source)
const sent = (name: string, value: string, origin = API) =>
  learner.take([{ page: PAGE, site: SITE, elsewhere: true, origin, name, value }], [])
/** The bindings to what is kept somewhere. */
const known = () =>
  bindings
    .list()
    .filter(({ source }) => source.kind !== 'memory')
    .map(({ origin, header, template }) => `${origin} ${header}: ${template}`)

describe('a header is bound', () => {
  it('at once where its token is new since the session was opened', () => {
    const value = token()
    store('auth', value)
    sent('authorization', `Bearer ${value}`)
    expect(known()).toEqual([`${API} authorization: Bearer {}`])
  })

  it('at the second sight where its token was there before', () => {
    const value = token()
    store('auth', value, STORED)
    sent('authorization', `Bearer ${value}`)
    expect(known()).toEqual([])
    sent('authorization', `Bearer ${value}`)
    expect(known()).toEqual([`${API} authorization: Bearer {}`])
  })

  it.each([['Token token="{}"'], ['token {}'], ['{}'], ['JWT {}'], ['Bearer: {}']])(
    'with the template %s',
    (template) => {
      const value = token()
      store('auth', value)
      sent('authorization', template.replace('{}', value))
      expect(known()).toEqual([`${API} authorization: ${template}`])
    },
  )

  it('to an item that was percent-encoded, with its value then', () => {
    store('app.credentials', 'Z3Vlc3Q6Z3Vlc3Q%3D')
    sent('authorization', 'Basic Z3Vlc3Q6Z3Vlc3Q=')
    expect(known()).toEqual([`${API} authorization: Basic {}`])
    store('app.credentials', 'YW5vdGhlcjpndWVzdA%3D%3D')
    expect(bindings.headersFor(API)).toEqual(['authorization', 'Basic YW5vdGhlcjpndWVzdA=='])
    store('app.credentials', null)
    expect(bindings.headersFor(API)).toBeUndefined()
  })

  it('to a member of a list of pairs, with its value then, and not when the member is gone', () => {
    const cookie = (value: string) => record.receive([`m=${value}; Path=/`], new URL(SITE), undefined, PAGES)
    cookie('34e2:overview|2258:Z3Vlc3Q6Z3Vlc3Q%253D')
    sent('authorization', 'Basic Z3Vlc3Q6Z3Vlc3Q=')
    expect(bindings.list()).toMatchObject([
      { template: 'Basic {}', source: { kind: 'cookie', name: 'm', path: ['2258'] } },
    ])
    cookie('2258:YW5vdGhlcjpndWVzdA%253D%253D|34e2:overview|9a1:x')
    expect(bindings.headersFor(API)).toEqual(['authorization', 'Basic YW5vdGhlcjpndWVzdA=='])
    cookie('34e2:overview')
    expect(bindings.headersFor(API)).toBeUndefined()
  })

  it('to a member of JSON that a cookie holds percent-encoded', () => {
    const value = token()
    const cookie = encodeURIComponent(JSON.stringify({ user: { name: 'alice', token: value } }))
    record.receive([`auth=${cookie}; Path=/`], new URL(SITE), undefined, PAGES)
    sent('authorization', `Bearer ${value}`)
    expect(bindings.list()).toMatchObject([{ source: { name: 'auth', path: ['user', 'token'] } }])
    expect(bindings.headersFor(API)).toEqual(['authorization', `Bearer ${value}`])
  })

  it('to an item that holds the scheme too, and to a cookie that holds it percent-encoded', () => {
    const [first, second] = [token(), token()]
    store('auth', `Bearer ${first}`)
    sent('authorization', `Bearer ${first}`)
    record.receive(
      [`auth._token=${encodeURIComponent(`Bearer ${second}`)}; Path=/`],
      new URL(SITE),
      undefined,
      PAGES,
    )
    sent('authorization', `Bearer ${second}`, SITE)
    expect(known()).toEqual([`${API} authorization: {}`, `${SITE} authorization: {}`])
    expect(bindings.headersFor(API)).toEqual(['authorization', `Bearer ${first}`])
    expect(bindings.headersFor(SITE)).toEqual(['authorization', `Bearer ${second}`])
  })

  it('that was sent before its token was stored', () => {
    const [first, second] = [token(), token()]
    sent('authorization', `Bearer ${first}`)
    store('settings', 'x')
    expect(known()).toEqual([])
    store('auth', first)
    expect(known()).toEqual([`${API} authorization: Bearer {}`])
    sent('x-csrf-token', second)
    record.receive([`csrf=${second}; Path=/`], new URL(SITE), undefined, PAGES)
    expect(known()).toEqual([`${API} authorization: Bearer {}`, `${API} x-csrf-token: {}`])
  })

  it('to the value of a cookie that scripts can read, and not to one that they cannot', () => {
    const [open, closed] = [token(), token()]
    record.receive([`csrf=${open}; Path=/`], new URL(SITE), undefined, PAGES)
    record.receive([`sid=${closed}; Path=/; HttpOnly`], new URL(SITE), undefined, PAGES)
    sent('x-csrf-token', open)
    sent('x-session-token', closed)
    sent('x-session-token', closed)
    expect(known()).toEqual([`${API} x-csrf-token: {}`])
  })
})

describe('a header is not bound', () => {
  it.each([
    ['a value of seven characters', 'a1b2c3d'],
    ['a word', 'dark-blue-theme'],
    ['a date', '2026-11-22-release'],
    ['an address', 'https://shop.example/a1b2c3d4e5f6'],
    ['a value with spaces', 'a1b2c3d4 e5f6a7b8'],
    ['a scheme with a short value', 'Bearer a1b2c3d'],
  ])('to %s', (_, value) => {
    store('setting', value)
    for (let round = 0; round < 4; round++) sent('x-setting', value)
    expect(known()).toEqual([])
  })

  it('to a value within a longer one: what else is in the header may be secret', () => {
    const value = token()
    store('auth', value)
    sent('authorization', `Bearer ${value}.${token()}`)
    sent('authorization', `Bearer ${token()}${value}`)
    sent('authorization', `Bearer ${token()} ${value}`)
    expect(known()).toEqual([])
  })

  it('to a part of a member, to a short member, or to words in a list of pairs', () => {
    const value = token()
    store('state', `token=${value}.${token()}&csrf=a1b2c3d&theme=dark-blue-theme&id=${value.slice(0, 12)}`)
    for (let round = 0; round < 3; round++) {
      sent('authorization', `Bearer ${value}`)
      sent('x-csrf-token', 'a1b2c3d')
      sent('x-theme', 'dark-blue-theme')
    }
    expect(known()).toEqual([])
  })

  it('to an item of another origin, though it has the same value', () => {
    const value = token()
    record.write([localWrite('https://other.example', 'auth', value)], PAGES)
    for (let round = 0; round < 3; round++) sent('authorization', `Bearer ${value}`)
    expect(known()).toEqual([])
  })

  it('by a coincidence: what matched once and then does not starts anew', () => {
    const [value, other] = [token(), token()]
    store('auth', value, STORED)
    store('unrelated', other, STORED)
    sent('authorization', `Bearer ${value}`)
    sent('authorization', `Bearer ${other}`)
    sent('authorization', `Bearer ${value}`)
    sent('authorization', `Bearer ${other}`)
    expect(known()).toEqual([])
  })

  it('that was found nowhere, and whose value is stored long after', () => {
    const value = token()
    sent('authorization', `Bearer ${value}`)
    for (let write = 0; write < 5; write++) store('settings', String(write))
    store('auth', value)
    expect(known()).toEqual([])
  })

  it('that was found nowhere, when another is sent before its value is stored', () => {
    const [value, other] = [token(), token()]
    sent('x-request-token', value)
    sent('x-request-token', other)
    store('last', value)
    expect(known()).toEqual([])
  })

  it('when the user took the binding away or declared another', () => {
    const value = token()
    store('auth', value)
    bindings.remove(API, 'authorization')
    const declared = {
      origin: API,
      header: 'x-key',
      template: 'key {}',
      transform: 'raw',
      page: PAGE,
    } as const
    const source = { kind: 'local', origin: SITE, key: 'other', path: [] } as const
    bindings.put({ ...declared, source, learned: false })
    for (let round = 0; round < 3; round++) {
      sent('authorization', `Bearer ${value}`)
      sent('x-key', value)
    }
    expect(bindings.list()).toMatchObject([{ header: 'x-key', template: 'key {}', learned: false }])
  })
})

describe('a binding', () => {
  const learned = () => {
    const value = token()
    store('auth', value)
    sent('authorization', `Bearer ${value}`)
    return value
  }

  it('gives the header for its own origin only, with the value of the moment, and nothing once it is gone', () => {
    const value = learned()
    expect(bindings.headersFor(API)).toEqual(['authorization', `Bearer ${value}`])
    expect(bindings.headersFor(SITE)).toBeUndefined()
    expect(bindings.headersFor('https://api.example:444')).toBeUndefined()
    expect(bindings.headersFor('http://api.example')).toBeUndefined()
    const next = token()
    store('auth', next)
    expect(bindings.headersFor(API)).toEqual(['authorization', `Bearer ${next}`])
    store('auth', null)
    expect(bindings.headersFor(API)).toBeUndefined()
  })

  it('sends no value that has grown too short, too long, or unfit for a header', () => {
    learned()
    for (const unfit of ['short', 'x'.repeat(9000), 'two words and more', 'line\r\nx-evil: 1 and more', '']) {
      store('auth', unfit)
      expect(bindings.headersFor(API), unfit.slice(0, 20)).toBeUndefined()
    }
  })

  it('puts the value in as it is: what a replacement would read as a pattern stays', () => {
    learned()
    store('auth', "$&$1$$`$'aaaa")
    expect(bindings.headersFor(API)?.[1]).toBe("Bearer $&$1$$`$'aaaa")
  })

  it('is not sent once its token has expired by its own claim', () => {
    learned()
    const claims = Buffer.from(JSON.stringify({ exp: now / 1000 + 60 })).toString('base64url')
    store('auth', `eyJhbGciOiJub25lIn0.${claims}.signature`)
    expect(bindings.headersFor(API)).toHaveLength(2)
    now += 60_000
    expect(bindings.headersFor(API)).toBeUndefined()
  })

  it('is retired when the page takes the header from elsewhere three times in a row', () => {
    const value = learned()
    for (let miss = 1; miss <= 2; miss++) sent('authorization', `Bearer ${token()}`)
    sent('authorization', `Bearer ${value}`)
    for (let miss = 1; miss <= 2; miss++) sent('authorization', `Bearer ${token()}`)
    expect(known()).toHaveLength(1)
    sent('authorization', `Bearer ${token()}`)
    expect(known()).toEqual([])
  })

  it('of a store that says another origin than its id is not used', () => {
    const source = { kind: 'local', origin: SITE, key: 'auth', path: [] } as const
    store('auth', token())
    const value = {
      origin: API,
      header: 'authorization',
      template: '{}',
      transform: 'raw',
      page: PAGE,
      source,
      learned: true,
    } as const
    record.merge(
      [
        {
          kind: 'binding',
          id: 'https://evil.example\nauthorization',
          stamp: { time: 1, writer: 'x' },
          value,
        },
      ],
      STORED,
    )
    expect(bindings.headersFor('https://evil.example')).toBeUndefined()
    expect(bindings.list()).toEqual([])
  })
})

describe('what is followed', () => {
  it('leaves alone a header that is made anew for each request', () => {
    const wanted = {
      page: PAGE,
      site: SITE,
      elsewhere: true,
      origin: SITE,
      name: 'x-request-id',
      value: token(),
    }
    for (let round = 0; round < 19; round++) sent('x-request-id', token(), SITE)
    expect(learner.wants(wanted)).toBe(true)
    sent('x-request-id', token(), SITE)
    expect(learner.wants(wanted)).toBe(false)
  })

  it('is bounded in number', () => {
    for (let n = 0; n < 200; n++) sent(`x-${n}`, token(), SITE)
    expect(
      learner.wants({ page: PAGE, site: SITE, elsewhere: true, origin: SITE, name: 'x-200', value: token() }),
    ).toBe(false)
    expect(
      learner.wants({ page: PAGE, site: SITE, elsewhere: true, origin: SITE, name: 'x-1', value: token() }),
    ).toBe(true)
  })
})
