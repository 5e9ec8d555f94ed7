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

  it.each<[string, string | RegExp]>([
    ['example.com FALSE / FALSE 0 spaces', 'its fields are separated by spaces instead of tabs'],
    ['  example.com  FALSE  /  FALSE  0  spaces  v  ', 'its fields are separated by spaces instead of tabs'],
    ['example.com FALSE / FALSE 0', 'it has 1 tab-separated fields, not 7'],
    ['a b c d e\tf g', 'it has 2 tab-separated fields, not 7'],
    ['example.com\tFALSE\t/\tFALSE\t0', 'it has 5 tab-separated fields, not 7'],
    ['example.com\tFALSE\t/\tFALSE\t0\ta\tb\tc', 'it has 8 tab-separated fields, not 7'],
    ['example.com\tmaybe\t/\tFALSE\t0\ta\tb', 'its second and fourth field are not TRUE or FALSE'],
    ['example.com\tFALSE\t/\tmaybe\t0\ta\tb', 'its second and fourth field are not TRUE or FALSE'],
    ...['soon', '-', 'x5', '5x', '1.', '1e9'].map(
      (expires) =>
        [`example.com\tFALSE\t/\tFALSE\t${expires}\ta\tb`, 'its expiry is not a number'] as [string, string],
    ),
    ['example.com\tFALSE\t/\tFALSE\t1\ta\tb', /expired/],
    ['exa mple\tFALSE\t/\tFALSE\t0\ta\tb', /host name/],
    ['example.com\tFALSE\t/\tFALSE\t0\t__Secure-a\tb', /Secure/],
  ])('says of a line why it is not taken: %j', (line, why) => {
    const got = read('', '# a comment', line)
    expect(got).toMatchObject({ cookies: [], leftOut: 1 })
    expect(got.problems).toEqual([
      { at: 'line 3', why: typeof why === 'string' ? why : expect.stringMatching(why) },
    ])
  })

  it.each([
    '   example.com\tFALSE\t/\tFALSE\t0\ta\tb',
    'example.com\tFALSE\t/\tFALSE\t0\ta\tb  ',
    'example.com\t false \t / \tFALSE \t 0 \ta\tb',
    'example.com\tFALSE\t\tFALSE\t\ta\tb',
    'example.com\tFALSE\t/\tFALSE\t0\ta\tb\t\t ',
  ])('does not mind blanks: %j', (line) => {
    expect(read(line)).toMatchObject({
      cookies: [{ name: 'a', value: 'b', path: '/', hostOnly: true }],
      problems: [],
    })
  })

  it('passes over comments and empty lines, and takes an expiry with a fraction', () => {
    const line = `example.com\tFALSE\t/\tFALSE\t${LATER}.25\ta\tb`
    const got = read('# Netscape HTTP Cookie File', ' #', '#HttpOnly', '', '  ', ' \t', line)
    expect(got).toMatchObject({ cookies: [{ expiresAt: LATER * 1000 + 250 }], problems: [] })
  })

  it('looks at a hundred thousand lines, and refuses a file of more', () => {
    const file = (count: number) => fromNetscape(`# comment\n\n${'x\n'.repeat(count)}`, importOptions())
    expect(file(100_000).leftOut).toBe(100_000)
    expect(() => file(100_001)).toThrow(
      expect.objectContaining({
        code: 'ONEJAR_BAD_INPUT',
        message: expect.stringContaining('too many cookies'),
      }),
    )
  })

  it('goes by the flag when dot and flag disagree, and says so', () => {
    const got = read('.example.com\tFALSE\t/\tFALSE\t0\ta\tb')
    expect(got.cookies[0]).toMatchObject({ domain: 'example.com', hostOnly: true })
    expect(got.problems).toEqual([{ at: 'line 1', why: expect.stringContaining('flag says host-only') }])
  })
})

describe('toNetscape', () => {
  it('writes lines that curl and Python agree on', () => {
    const { text, losses } = toNetscape({
      cookies: [
        aCookie({ hostOnly: false, secure: true, expiresAt: NOW_MS + 1999 }),
        aCookie({ name: 'h', httpOnly: true, value: '\xc3\xbc' }),
        aCookie({ name: 'old', expiresAt: 0 }),
        aCookie({ name: 'whole', expiresAt: NOW_MS }),
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
        `example.com\tFALSE\t/\tFALSE\t${NOW_MS / 1000}\twhole\tv4lue`,
        '::1\tFALSE\t/\tFALSE\t0\tv6\t',
        '',
      ].join('\n'),
    )
    expect(losses).toEqual([
      { what: 'expiresAt', count: 1, names: ['sid'], why: 'it is cut to whole seconds' },
      { what: 'httpOnly', count: 1, names: ['h'], why: expect.stringContaining('wget') },
    ])
  })

  it('writes what Chromium alone would not take', () => {
    const { text, losses } = toNetscape({ cookies: [aCookie({ path: '/a;b' })], origins: [] })
    expect(text).toContain('example.com\tFALSE\t/a;b\t')
    expect(losses).toEqual([])
    expect(fromNetscape(text, importOptions())).toMatchObject({
      cookies: [{ path: '/a;b' }],
      origins: [],
      problems: [],
    })
  })

  it('leaves out what it would change, and lists it', () => {
    const partitionKey = { topLevelSite: 'https://top.com', hasCrossSiteAncestor: true }
    const { text, losses } = toNetscape({
      cookies: [
        aCookie({ name: 'p', secure: true, partitionKey }),
        aCookie({ name: 'x', value: '\xff' }),
        aCookie({ name: 'q', path: '/\xff' }),
        aCookie({ name: '', value: 'v', sameSite: 'lax', priority: 'low', sourceScheme: 'secure' }),
      ],
      origins: [
        { origin: 'https://example.com', localStorage: [['k', 'v']], sessionStorage: [], indexedDB: null },
      ],
    })
    expect(text.trim().split('\n')).toHaveLength(2)
    expect(losses.map(({ what, names, why }) => [what, names, why])).toEqual([
      ['cookie', ['p'], 'it is left out: the format has no partitions'],
      ['cookie', ['x'], 'it is left out: its name or value is not UTF-8'],
      ['cookie', ['q'], 'it is left out: its path is not UTF-8'],
      ['name', [''], expect.stringContaining('nameless')],
      ['sameSite', [''], expect.stringContaining('no place')],
      ['priority', [''], expect.stringContaining('no place')],
      ['source', [''], expect.stringContaining('no place')],
      ['storage', ['https://example.com'], 'the format holds cookies only'],
    ])
  })
})
