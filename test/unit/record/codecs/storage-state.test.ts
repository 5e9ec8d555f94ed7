import { describe, expect, it } from 'vitest'
import { fromStorageState, toStorageState } from '../../../../src/record/codecs/storage-state.ts'
import { aCookie, importOptions, NOW_MS } from './a-cookie.ts'

const fileCookie = {
  name: 'sid',
  value: 'v4lue',
  domain: 'example.com',
  path: '/',
  expires: -1,
  httpOnly: false,
  secure: false,
  sameSite: 'Lax',
}
const origin = { origin: 'https://example.com', localStorage: [{ name: 'k', value: 'v' }] }

describe('fromStorageState', () => {
  it('reads cookies and storage, as text or parsed', () => {
    const file = { cookies: [fileCookie], origins: [origin] }
    for (const input of [file, JSON.stringify(file), `\ufeff${JSON.stringify(file)}`]) {
      const got = fromStorageState(input, importOptions())
      expect(got.problems).toEqual([])
      expect(got.cookies).toEqual([{ ...aCookie({ sameSite: 'lax' }), created: NOW_MS * 1024 + 1 }])
      expect(got.origins).toEqual([
        { origin: 'https://example.com', localStorage: [['k', 'v']], sessionStorage: [], indexedDB: null },
      ])
    }
  })

  it('takes an expiry of -1, 0, null or none for a session cookie', () => {
    const { expires: _, ...absent } = fileCookie
    const cookies = [absent, ...[-1, 0, null].map((expires) => ({ ...fileCookie, expires }))]
    for (const cookie of cookies) {
      const got = fromStorageState({ cookies: [cookie] }, importOptions())
      expect(got.cookies[0]?.expiresAt).toBeNull()
    }
  })

  it('passes over what a browser would not hold, and says where', () => {
    const bad: [Record<string, unknown>, RegExp][] = [
      [{ expires: NOW_MS / 1000 - 1 }, /expired/],
      [{ domain: 'exa mple' }, /host/],
      [{ value: 'a\nb' }, /value/],
      [{ value: 'a\ud800' }, /Unicode/],
      [{ name: '', value: '' }, /neither/],
      [{ name: '__Host-x' }, /Secure/],
      [{ secure: true, partitionKey: 'nonsense' }, /partition/],
      [{ partitionKey: 'https://top.com' }, /Partitioned/],
      [{ path: 'x' }, /path/],
      [{ domain: undefined }, /domain/],
    ]
    for (const [part, why] of bad) {
      const got = fromStorageState({ cookies: [{ ...fileCookie, ...part }] }, importOptions())
      expect(got.cookies).toEqual([])
      expect(got.problems).toEqual([{ at: 'cookies[0]', why: expect.stringMatching(why) }])
    }
  })

  it('mends what other browsers write: SameSite=None without Secure, a dot before an address, long lives', () => {
    const cookies = [
      { ...fileCookie, name: 'a', sameSite: 'None' },
      { ...fileCookie, name: 'b', domain: '.127.0.0.1' },
      { ...fileCookie, name: 'c', domain: '.Example.com' },
      { ...fileCookie, name: 'd', expires: 253_402_300_799 },
    ]
    const got = fromStorageState({ cookies }, importOptions())
    expect(
      got.cookies.map(({ name, sameSite, domain, hostOnly }) => [name, sameSite, domain, hostOnly]),
    ).toEqual([
      ['a', 'unspecified', 'example.com', true],
      ['b', 'lax', '127.0.0.1', true],
      ['c', 'lax', 'example.com', false],
      ['d', 'lax', 'example.com', true],
    ])
    expect(got.cookies[3]?.expiresAt).toBe(NOW_MS + 400 * 24 * 60 * 60_000)
    expect(got.problems).toHaveLength(1)
  })

  it('takes http and https origins only, and items of two strings only', () => {
    const bad = ['file:///etc', 'about:blank', 'null', 'https://example.com/path', 'https://u:p@example.com']
    const origins = bad.map((text) => ({ ...origin, origin: text }))
    const got = fromStorageState({ origins }, importOptions())
    expect(got.origins).toEqual([])
    expect(got.problems.map((problem) => problem.at)).toEqual(bad.map((_, index) => `origins[${index}]`))
    const items = [{ name: 'k', value: 1 }, { name: '__proto__', value: 'x' }, null]
    const mixed = fromStorageState({ origins: [{ ...origin, localStorage: items }] }, importOptions())
    expect(mixed.origins[0]?.localStorage).toEqual([['__proto__', 'x']])
    expect(mixed.problems.map((problem) => problem.at)).toEqual([
      'origins[0].localStorage[0]',
      'origins[0].localStorage[2]',
    ])
  })

  it.each<[object, string, string | RegExp]>([
    [{ credentials: [1] }, 'credentials', 'virtual authenticators are not kept'],
    [{ more: 1, most: 2 }, 'the file', '2 of its members are not known and not taken'],
    [{ origins: [{ ...origin, opfs: [1] }] }, 'origins[0].opfs', 'files of an origin are not kept'],
    [
      { origins: [origin, { ...origin, more: [1] }] },
      'origins[1]',
      '1 of its members are not known and not taken',
    ],
    [{ origins: [{ ...origin, more: { a: 1 } }] }, 'origins[0]', /not known/],
    [{ origins: [{ ...origin, more: false }] }, 'origins[0]', /not known/],
    [{ origins: [{ localStorage: [] }] }, 'origins[0]', 'origin: Invalid input: expected string'],
    [{ origins: [{ ...origin, origin: 'https://\ud800' }] }, 'origins[0]', 'origin: not Unicode text'],
    [{ origins: [5] }, 'origins[0]', 'Invalid input: expected object'],
    [
      { origins: [{ ...origin, localStorage: 5 }] },
      'origins[0].localStorage',
      'it is neither a list of items nor an object of keys and values',
    ],
    [{ origins: [{ ...origin, localStorage: '[1]' }] }, 'origins[0].localStorage', /neither a list/],
    [{ origins: [{ ...origin, localStorage: 'null' }] }, 'origins[0].localStorage', /neither a list/],
    [{ origins: [{ ...origin, sessionStorage: '{' }] }, 'origins[0].sessionStorage', /neither a list/],
    [
      { origins: [{ ...origin, sessionStorage: [5] }] },
      'origins[0].sessionStorage[0]',
      'it is not a key and a value, or too large',
    ],
    [
      { origins: [{ ...origin, indexedDB: () => 1 }] },
      'origins[0].indexedDB',
      'it is not JSON, or too deep or too large',
    ],
    [
      { origins: [{ ...origin, origin: 'ftp://example.com' }] },
      'origins[0]',
      'it is no http or https origin',
    ],
  ])('says what it does not keep: %j', (file, at, why) => {
    const { problems, leftOut } = fromStorageState(file, importOptions())
    expect(problems).toEqual([{ at, why: typeof why === 'string' ? why : expect.stringMatching(why) }])
    expect(leftOut).toBe(1)
  })

  it.each([undefined, null, '', [], {}])('says nothing of members that are empty: %j', (nothing) => {
    const file = {
      credentials: undefined,
      more: nothing,
      origins: [{ ...origin, more: nothing, indexedDB: null, sessionStorage: null }],
    }
    expect(fromStorageState(file, importOptions())).toMatchObject({
      origins: [{ indexedDB: null, sessionStorage: [] }],
      problems: [],
    })
  })

  it.each([
    'https://example.com/?q',
    'https://example.com/#h',
    'https://u@example.com',
    'https://:p@example.com',
    'no url',
  ])('takes no origin that is more than one: %s', (text) => {
    const file = { origins: [{ ...origin, origin: text }] }
    expect(fromStorageState(file, importOptions())).toMatchObject({ origins: [], leftOut: 1 })
  })

  it('joins what it has of an origin, and the later item wins', () => {
    const http = {
      origin: 'http://example.com:80/',
      localStorage: { a: '1', b: '2' },
      sessionStorage: '{"s":"1"}',
    }
    const again = { origin: 'http://example.com', localStorage: [{ name: 'a', value: '3' }], indexedDB: [1] }
    expect(
      fromStorageState({ origins: [http, again, { ...again, indexedDB: undefined }] }, importOptions())
        .origins,
    ).toEqual([
      {
        origin: 'http://example.com',
        localStorage: [
          ['a', '3'],
          ['b', '2'],
        ],
        sessionStorage: [['s', '1']],
        indexedDB: [1],
      },
    ])
  })

  it('refuses a file that is something else, without a word of its contents', () => {
    for (const input of ['', 'v4lue', '[', null, 7, { cookies: 'v4lue' }, { origins: { v4lue: 1 } }]) {
      const read = () => fromStorageState(input, importOptions())
      expect(read).toThrow(expect.objectContaining({ code: 'ONEJAR_BAD_INPUT' }))
      expect(read).not.toThrow(/v4lue/)
      expect(read).toThrow(/Playwright storage state/)
    }
  })
})

describe('toStorageState', () => {
  it('writes cookies and storage, and lists what is lost', () => {
    const cookies = [
      aCookie({ hostOnly: false, expiresAt: NOW_MS + 1500, sameSite: 'strict' }),
      aCookie({ name: 'u', value: '\xc3\xbc', priority: 'high', sourcePort: 443 }),
      aCookie({ name: 'bytes', value: '\xff', sameSite: 'lax' }),
    ]
    const origins = [
      {
        origin: 'https://example.com',
        localStorage: [['k', 'v'] as const],
        sessionStorage: [['s', 't'] as const],
        indexedDB: [{ name: 'db' }],
      },
    ]
    const { state, losses } = toStorageState({ cookies, origins })
    expect(state).toEqual({
      cookies: [
        { ...fileCookie, domain: '.example.com', expires: (NOW_MS + 1500) / 1000, sameSite: 'Strict' },
        { ...fileCookie, name: 'u', value: 'ü' },
      ],
      origins: [{ ...origin, indexedDB: [{ name: 'db' }] }],
    })
    expect(losses.map(({ what, count, names, why }) => [what, count, names, why])).toEqual([
      ['sameSite', 1, ['u'], 'unspecified is written as Lax'],
      ['priority', 1, ['u'], expect.stringContaining('no place')],
      ['source', 1, ['u'], expect.stringContaining('no place')],
      ['cookie', 1, ['bytes'], 'it is left out: its name or value is not UTF-8'],
      ['sessionStorage', 1, ['https://example.com'], 'the format has no place for it'],
    ])
  })

  it('has no member for what there is not', () => {
    const bare = { origin: 'https://example.com', localStorage: [], sessionStorage: [], indexedDB: undefined }
    const { state, losses } = toStorageState({
      cookies: [aCookie({ expiresAt: 0, sameSite: 'lax' })],
      origins: [bare],
    })
    expect(state).toEqual({
      cookies: [{ ...fileCookie, expires: 1 }],
      origins: [{ origin: bare.origin, localStorage: [] }],
    })
    expect(Object.keys(state.origins[0]!)).toEqual(['origin', 'localStorage'])
    expect(losses).toEqual([])
  })

  it('has no databases where there are none', () => {
    const origin = { origin: 'https://example.com', localStorage: [], sessionStorage: [], indexedDB: null }
    const { state } = toStorageState({ cookies: [], origins: [origin] })
    expect(Object.keys(state.origins[0]!)).toEqual(['origin', 'localStorage'])
  })

  it('keeps the partition', () => {
    const partitionKey = { topLevelSite: 'https://top.com', hasCrossSiteAncestor: false }
    const cookie = aCookie({ secure: true, sameSite: 'none', partitionKey })
    const { state } = toStorageState({ cookies: [cookie], origins: [] })
    expect(fromStorageState(state, importOptions()).cookies[0]?.partitionKey).toEqual(partitionKey)
  })
})
