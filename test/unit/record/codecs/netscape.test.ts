import { describe, expect, it } from 'vitest'
import { fromNetscape, toNetscape } from '../../../../src/record/codecs/netscape.ts'
import { aCookie, importOptions, NOW_MS } from './a-cookie.ts'

const LATER = NOW_MS / 1000 + 3600
const read = (...lines: string[]) => fromNetscape(lines.join('\n'), importOptions())

describe('fromNetscape', () => {
  it('reads what curl, Python and extensions write', () => {
    const got = read(
      '# Netscape HTTP Cookie File',
      '# https://curl.se/docs/http-cookies.html',
      '',
      '.example.com\tTRUE\t/\tTRUE\t0\ta\t1',
      `#HttpOnly_www.example.com\tFALSE\t/x\tfalse\t${LATER}\tb\t"x y"=`,
      `example.com\tTRUE\t/\tFALSE\t${LATER}.5\tc\t`,
      'example.com\tFALSE\t/\tFALSE\t\td',
      'example.com\tFALSE\t/\tFALSE\t-1\t\tnameless',
      '::1\tFALSE\t/\tFALSE\t0\tv6\t1',
    )
    expect(got.problems).toEqual([])
    const created = (nth: number) => NOW_MS * 1024 + nth
    expect(got.cookies).toEqual([
      aCookie({ name: 'a', value: '1', hostOnly: false, secure: true, created: created(1) }),
      aCookie({
        name: 'b',
        value: '"x y"=',
        domain: 'www.example.com',
        path: '/x',
        httpOnly: true,
        expiresAt: LATER * 1000,
        created: created(2),
      }),
      aCookie({ name: 'c', value: '', hostOnly: false, expiresAt: LATER * 1000 + 500, created: created(3) }),
      aCookie({ name: 'd', value: '', created: created(4) }),
      aCookie({ name: '', value: 'nameless', created: created(5) }),
      aCookie({ name: 'v6', value: '1', domain: '[::1]', created: created(6) }),
    ])
  })

  it('reads CRLF, a byte order mark, and bytes that are not UTF-8', () => {
    const line = 'example.com\tFALSE\t/\tFALSE\t0\tn\t\xc3\xbc\xe9'
    const bytes = Buffer.from(`\xef\xbb\xbf# Netscape HTTP Cookie File\r\n${line}\r\n`, 'latin1')
    expect(fromNetscape(bytes, importOptions()).cookies[0]?.value).toBe('\xc3\xbc\xe9')
    expect(
      fromNetscape('\ufeffexample.com\tFALSE\t/\tFALSE\t0\tn\tü\r\n', importOptions()).cookies[0]?.value,
    ).toBe('\xc3\xbc')
  })

  it('says which lines it does not take', () => {
    const got = read(
      'example.com FALSE / FALSE 0 spaces v',
      'example.com\tFALSE\t/\tFALSE\t0\ta\tb\tc',
      'example.com\tmaybe\t/\tFALSE\t0\ta\tb',
      'example.com\tFALSE\t/\tFALSE\tsoon\ta\tb',
      'example.com\tFALSE\t/\tFALSE\t-\ta\tb',
      'example.com\tFALSE\t/\tFALSE\t1\ta\tb',
      'exa mple\tFALSE\t/\tFALSE\t0\ta\tb',
      'example.com\tFALSE\t/\tFALSE\t0\t__Secure-a\tb',
    )
    expect(got.cookies).toEqual([])
    expect(got.problems.map((problem) => problem.at)).toEqual(
      [1, 2, 3, 4, 5, 6, 7, 8].map((n) => `line ${n}`),
    )
  })

  it('goes by the flag when dot and flag disagree, and says so', () => {
    const got = read('.example.com\tFALSE\t/\tFALSE\t0\ta\tb')
    expect(got.cookies[0]).toMatchObject({ domain: 'example.com', hostOnly: true })
    expect(got.problems).toHaveLength(1)
  })
})

describe('toNetscape', () => {
  it('writes lines that curl and Python agree on', () => {
    const { text, losses } = toNetscape({
      cookies: [
        aCookie({ hostOnly: false, secure: true, expiresAt: NOW_MS + 1999 }),
        aCookie({ name: 'h', httpOnly: true, value: '\xc3\xbc' }),
        aCookie({ name: 'old', expiresAt: 0 }),
        aCookie({ name: 'v6', domain: '[::1]', value: '' }),
      ],
      origins: [],
    })
    expect(text).toBe(
      [
        '# Netscape HTTP Cookie File',
        `.example.com\tTRUE\t/\tTRUE\t${NOW_MS / 1000 + 1}\tsid\tv4lue`,
        '#HttpOnly_example.com\tFALSE\t/\tFALSE\t0\th\tü',
        'example.com\tFALSE\t/\tFALSE\t1\told\tv4lue',
        '::1\tFALSE\t/\tFALSE\t0\tv6\t',
        '',
      ].join('\n'),
    )
    expect(losses).toEqual([
      { what: 'expiresAt', count: 1, names: ['sid'], why: expect.any(String) },
      { what: 'httpOnly', count: 1, names: ['h'], why: expect.stringContaining('wget') },
    ])
  })

  it('leaves out what it would change, and lists it', () => {
    const partitionKey = { topLevelSite: 'https://top.com', hasCrossSiteAncestor: true }
    const { text, losses } = toNetscape({
      cookies: [
        aCookie({ name: 'p', secure: true, partitionKey }),
        aCookie({ name: 'x', value: '\xff' }),
        aCookie({ name: '', value: 'v', sameSite: 'lax', priority: 'low', sourceScheme: 'secure' }),
      ],
      origins: [
        { origin: 'https://example.com', localStorage: [['k', 'v']], sessionStorage: [], indexedDB: null },
      ],
    })
    expect(text.trim().split('\n')).toHaveLength(2)
    expect(losses.map(({ what, names }) => [what, names])).toEqual([
      ['cookie', ['p']],
      ['cookie', ['x']],
      ['name', ['']],
      ['sameSite', ['']],
      ['priority', ['']],
      ['source', ['']],
      ['storage', ['https://example.com']],
    ])
  })
})
