import { describe, expect, it } from 'vitest'
import { cookiesIn, dialectOf, fromCookieList } from '../../../../src/record/codecs/cookie-list.ts'
import { importOptions } from './a-cookie.ts'

const cookie = { name: 'a', value: '1', domain: 'shop.test' }
const bare = { name: 'b', value: '2' }

describe('cookiesIn', () => {
  it.each<[unknown, (readonly [at: string, site: string | null])[]]>([
    [[], []],
    [
      [cookie, 5],
      [
        ['[0]', null],
        ['[1]', null],
      ],
    ],
    [
      { cookies: [cookie, bare] },
      [
        ['cookies[0]', null],
        ['cookies[1]', null],
      ],
    ],
    [{ Cookies: [] }, []],
    [{ url: 'https://www.shop.test:8080/x', cookies: [bare] }, [['cookies[0]', 'www.shop.test']]],
    [{ origin: 'http://shop.test', cookies: [bare] }, [['cookies[0]', 'shop.test']]],
    [{ domain: '.shop.test', cookies: [bare] }, [['cookies[0]', 'shop.test']]],
    [{ host: 'shop.test', cookies: [bare] }, [['cookies[0]', 'shop.test']]],
    [{ url: 5, host: 'shop.test', cookies: [bare] }, [['cookies[0]', 'shop.test']]],
    [{ url: 'a b', cookies: [bare] }, [['cookies[0]', null]]],
    // One level down: answers of WebDriver and of the debugging protocol
    [{ data: [cookie] }, [['data[0]', null]]],
    [{ id: 1, result: { cookies: [cookie] } }, [['result.cookies[0]', null]]],
    [
      { value: [cookie, bare] },
      [
        ['value[0]', null],
        ['value[1]', null],
      ],
    ],
    [
      { data: 5, result: null, value: { host: 'shop.test', cookies: [bare] } },
      [['value.cookies[0]', 'shop.test']],
    ],
    // Several lists
    [
      [{ url: 'https://a.test', cookies: [bare] }, { cookies: [cookie] }, cookie],
      [
        ['[0].cookies[0]', 'a.test'],
        ['[1].cookies[0]', null],
        ['[2]', null],
      ],
    ],
    // One cookie
    ...[
      cookie,
      { key: 'a', host: 'shop.test' },
      { 'Name raw': 'a', 'Host raw': 'https://shop.test/' },
      { name: 'a', url: 'https://shop.test/' },
    ].map((one) => [one, [['the cookie', null]]] as [unknown, [string, null][]]),
  ])('of %j', (value, wanted) => {
    expect(cookiesIn(value)?.map(({ at, site }) => [at, site])).toEqual(wanted)
  })

  it.each([
    [null],
    [5],
    ['a=1'],
    [{}],
    [{ cookies: cookie }],
    [{ cookies: 5, name: 'a' }],
    [{ result: { result: [cookie] } }],
    [{ name: 'a', value: '1' }],
    [{ domain: 'shop.test', value: '1' }],
    [{ name: 5, domain: 'shop.test' }],
    [{ name: 'a', domain: 5 }],
  ])('of %j are none', (value) => {
    expect(cookiesIn(value)).toBeNull()
    expect(() => fromCookieList(value, importOptions(), 'cookie file')).toThrow(
      expect.objectContaining({ code: 'ONEJAR_BAD_INPUT', message: expect.stringContaining('cookie file') }),
    )
  })

  it('are a hundred thousand at most', () => {
    const list = Array.from({ length: 100_000 }, () => 0)
    expect(cookiesIn(list)).toHaveLength(100_000)
    list.push(0)
    expect(() => cookiesIn(list)).toThrow(
      expect.objectContaining({ code: 'ONEJAR_BAD_INPUT', message: expect.stringContaining('100000') }),
    )
  })
})

describe('fromCookieList', () => {
  it('takes text or what was parsed from it, and says what of a cookie it changed', () => {
    const list = [{ ...cookie, sameSite: 'odd' }, bare]
    for (const input of [list, JSON.stringify(list), { data: list }]) {
      const { cookies, problems, leftOut } = fromCookieList(input, importOptions(), 'cookie file')
      expect(cookies.map(({ name }) => name)).toEqual(['a'])
      expect(problems.map(({ at, why }) => [at.slice(-3), why])).toEqual([
        ['[0]', expect.stringContaining('SameSite')],
        ['[1]', expect.stringContaining('domain')],
      ])
      expect(leftOut).toBe(1)
    }
  })

  it('takes the host of the list for a cookie that names none', () => {
    const { cookies } = fromCookieList(
      { url: 'https://www.shop.test/', cookies: [bare] },
      importOptions(),
      'file',
    )
    expect(cookies[0]).toMatchObject({ domain: 'www.shop.test', hostOnly: true })
  })
})

describe('dialectOf', () => {
  const EXTENSION = ['expirationDate', 'hostOnly', 'storeId', 'Host raw', 'firstPartyDomain', 'key']
  const CDP = ['sourceScheme', 'priority', 'size', 'session']

  it.each<[object | null, 'cdp' | 'extension' | 'selenium']>([
    ...EXTENSION.map(
      (name) => [{ ...cookie, [name]: 1, session: true, expiry: 1 }, 'extension'] as [object, 'extension'],
    ),
    ...CDP.map((name) => [{ ...cookie, [name]: 1, expiry: 1 }, 'cdp'] as [object, 'cdp']),
    [{ ...cookie, sameSite: 'no_restriction', session: true }, 'extension'],
    [{ ...cookie, sameSite: 'unspecified' }, 'extension'],
    [{ ...cookie, sameSite: 'Lax' }, 'selenium'],
    [{ ...cookie, value: 'unspecified' }, 'selenium'],
    [{ ...cookie, expiry: 1 }, 'selenium'],
    [{ ...cookie, expiry: 1, expires: 1 }, 'selenium'],
    [{ ...cookie, expires: 1 }, 'cdp'],
    [{}, 'cdp'],
    [null, 'cdp'],
  ])('of %j is %s', (candidate, dialect) => {
    const listed = [candidate, 5].map((each) => ({ candidate: each, at: '', site: null }))
    expect(dialectOf(listed)).toBe(dialect)
  })
})
