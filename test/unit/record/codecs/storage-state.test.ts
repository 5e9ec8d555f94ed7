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

  it('says what it does not keep', () => {
    const file = { credentials: [], origins: [{ ...origin, opfs: [] }] }
    expect(fromStorageState(file, importOptions()).problems.map((problem) => problem.at)).toEqual([
      'credentials',
      'origins[0].opfs',
    ])
  })

  it('refuses a file that is something else, without a word of its contents', () => {
    for (const input of ['', 'v4lue', '[', null, 7, { cookies: 'v4lue' }, { origins: { v4lue: 1 } }]) {
      const read = () => fromStorageState(input, importOptions())
      expect(read).toThrow(expect.objectContaining({ code: 'ONEJAR_BAD_INPUT' }))
      expect(read).not.toThrow(/v4lue/)
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
    expect(losses.map(({ what, count, names }) => [what, count, names])).toEqual([
      ['sameSite', 1, ['u']],
      ['priority', 1, ['u']],
      ['source', 1, ['u']],
      ['cookie', 1, ['bytes']],
      ['sessionStorage', 1, ['https://example.com']],
    ])
  })

  it('keeps the partition', () => {
    const partitionKey = { topLevelSite: 'https://top.com', hasCrossSiteAncestor: false }
    const cookie = aCookie({ secure: true, sameSite: 'none', partitionKey })
    const { state } = toStorageState({ cookies: [cookie], origins: [] })
    expect(fromStorageState(state, importOptions()).cookies[0]?.partitionKey).toEqual(partitionKey)
  })
})
