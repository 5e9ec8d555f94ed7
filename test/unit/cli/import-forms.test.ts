import { describe, expect, it } from 'vitest'
import { importOptions, importWrites } from '../../../src/client/formats/session-formats.ts'
import { type Cookie, StampClock } from '../../../src/record/index.ts'

const NOW = 1_800_000_000_000
const LATER = NOW / 1000 + 3600
const stamps = new StampClock('test', { now: () => NOW })

function take(input: string | Uint8Array | object, options: Parameters<typeof importOptions>[0] = 'auto') {
  const { format, site } = importOptions(options)
  const { writes, report } = importWrites(input, format, { tick: () => stamps.tick(), site })
  const cookies = writes.flatMap((write) => (write.kind === 'cookie' ? [write.value as Cookie] : []))
  return { cookies, report, writes }
}

const extension = {
  domain: '.shop.test',
  expirationDate: LATER + 0.232584,
  hostOnly: false,
  httpOnly: true,
  name: 'sid',
  path: '/',
  sameSite: 'unspecified',
  secure: true,
  session: false,
  storeId: '0',
  value: 's1',
  id: 1,
}
const taken = { name: 'sid', value: 's1', domain: 'shop.test', hostOnly: false, path: '/', secure: true }

describe('exports of browser extensions', () => {
  it.each([
    ['no_restriction', 'none'],
    ['unspecified', 'unspecified'],
    ['lax', 'lax'],
    ['Strict', 'strict'],
    ['None', 'none'],
    [null, 'unspecified'],
    ['', 'unspecified'],
  ])('SameSite %s is %s', (sameSite, wanted) => {
    const { cookies, report } = take([{ ...extension, sameSite }])
    expect(cookies[0]).toMatchObject({ ...taken, sameSite: wanted, httpOnly: true })
    expect(report).toMatchObject({ format: 'extension', cookies: 1, problems: [], leftOut: 0 })
  })

  it('tells a SameSite that there is not, and takes the cookie', () => {
    const { cookies, report } = take([{ ...extension, sameSite: 'sometimes' }])
    expect(cookies[0]?.sameSite).toBe('unspecified')
    expect(report.problems[0]?.why).toContain('SameSite')
  })

  it('reads expirationDate, a float, as the expiry', () => {
    const { sameSite: _, ...bare } = extension
    for (const cookie of [bare, { ...bare, expirationDate: String(bare.expirationDate) }])
      expect(take([cookie]).cookies[0]?.expiresAt).toBe((LATER + 0.232584) * 1000)
  })

  it('makes a session cookie of one that says so, or has no expiry', () => {
    const { expirationDate: _, ...bare } = extension
    for (const cookie of [
      bare,
      { ...extension, session: true },
      { ...bare, expires: -1 },
      { ...bare, expires: 0 },
    ])
      expect(take([cookie]).cookies[0]?.expiresAt).toBeNull()
  })

  it('lets hostOnly decide, not the dot', () => {
    expect(take([{ ...extension, domain: 'shop.test' }]).cookies[0]?.hostOnly).toBe(false)
    expect(take([{ ...extension, hostOnly: true }]).cookies[0]?.hostOnly).toBe(true)
    const { hostOnly: _, ...bare } = extension
    expect(take([bare]).cookies[0]?.hostOnly).toBe(false)
    expect(take([{ ...bare, domain: 'shop.test' }]).cookies[0]?.hostOnly).toBe(true)
  })

  it('takes quoted flags, and tells one that is none', () => {
    const quoted = { ...extension, secure: 'true', httpOnly: 'FALSE', hostOnly: '0', session: 'false' }
    expect(take([quoted]).cookies[0]).toMatchObject({ secure: true, httpOnly: false, hostOnly: false })
    const { cookies, report } = take([{ ...extension, secure: 'maybe' }])
    expect([cookies.length, report.leftOut]).toEqual([0, 1])
    expect(report.problems[0]?.why).toMatch(/^secure/)
  })

  it.each([
    [
      'an object',
      { topLevelSite: 'https://top.test' },
      { topLevelSite: 'https://top.test', hasCrossSiteAncestor: true },
    ],
    [
      'a whole one',
      { topLevelSite: 'https://top.test', hasCrossSiteAncestor: false },
      { topLevelSite: 'https://top.test', hasCrossSiteAncestor: false },
    ],
    ['a text', 'https://top.test', { topLevelSite: 'https://top.test', hasCrossSiteAncestor: true }],
    ['nothing', null, null],
    ['an empty object', {}, null],
    ['an empty text', '', null],
  ])('takes a partition that is %s', (_, partitionKey, wanted) => {
    expect(take([{ ...extension, partitionKey }]).cookies[0]?.partitionKey).toEqual(wanted)
  })

  it('takes a list that is wrapped, in whatever way', () => {
    const { domain: _, ...placeless } = extension
    for (const [file, wanted] of [
      [{ cookies: [extension] }, 1],
      [{ url: 'https://shop.test/', cookies: [extension] }, 1],
      [{ url: 'https://shop.test/', cookies: [placeless] }, 1],
      [[{ url: 'https://shop.test/', cookies: [extension] }, { cookies: [{ ...extension, name: 'b' }] }], 2],
      [{ data: { cookies: [extension] } }, 1],
      [{ result: { cookies: [extension] } }, 1],
      [extension, 1],
    ] as const) {
      const { cookies, report } = take(file)
      expect([cookies.length, report.problems]).toEqual([wanted, []])
      expect(cookies[0]).toMatchObject({ name: 'sid', domain: 'shop.test' })
    }
  })

  it('takes JSON lines', () => {
    const text = [extension, { ...extension, name: 'b' }].map((one) => JSON.stringify(one)).join('\r\n')
    expect(take(`${text}\n`).cookies.map(({ name }) => name)).toEqual(['sid', 'b'])
  })

  it('takes what Cookie Quick Manager writes', () => {
    const cookie = {
      'Host raw': 'https://.shop.test/',
      'Name raw': 'sid',
      'Path raw': '/',
      'Content raw': 's1',
      Expires: '31-12-2099 23:59:59',
      'Expires raw': String(LATER),
      'Send for': 'Encrypted connections only',
      'Send for raw': 'true',
      'HTTP only raw': 'true',
      'SameSite raw': 'no_restriction',
      'This domain only': 'Valid for subdomains',
      'This domain only raw': 'false',
      'Store raw': 'firefox-default',
      'First Party Domain': '',
    }
    const { cookies, report } = take([cookie])
    expect(report).toMatchObject({ format: 'extension', problems: [] })
    expect(cookies[0]).toMatchObject({ ...taken, httpOnly: true, sameSite: 'none', expiresAt: LATER * 1000 })
    expect(take([{ ...cookie, 'First Party Domain': 'other.test' }]).report.leftOut).toBe(1)
  })

  it('takes a jar of tough-cookie', () => {
    const cookie = { key: 'sid', value: 's1', domain: 'shop.test', path: '/', hostOnly: false, secure: true }
    const expires = new Date(LATER * 1000).toISOString()
    const jar = {
      version: 'tough-cookie@5',
      storeType: 'MemoryCookieStore',
      cookies: [{ ...cookie, expires }],
    }
    expect(take(jar).cookies[0]).toMatchObject({ ...taken, expiresAt: LATER * 1000 })
    expect(take({ cookies: [{ ...cookie, expires: 'Infinity' }] }).cookies[0]?.expiresAt).toBeNull()
  })

  it('tells each cookie that is not taken, with its reason', () => {
    const { report } = take([
      extension,
      { ...extension, name: undefined },
      { ...extension, domain: 'no host' },
      { ...extension, expirationDate: 1 },
      { ...extension, value: 'v2-secret' },
      'text',
      null,
    ])
    expect(report).toMatchObject({ cookies: 1, leftOut: 6 })
    expect(report.problems.map(({ at }) => at).sort()).toEqual(['[0]', '[1]', '[2]', '[3]', '[5]', '[6]'])
    expect(JSON.stringify(report)).not.toMatch(/s1|v2-secret/)
  })
})

describe('cookies of drivers', () => {
  it('reads expiry of Selenium', () => {
    const { cookies, report } = take([
      {
        domain: '.shop.test',
        expiry: LATER,
        httpOnly: true,
        name: 'sid',
        path: '/',
        sameSite: 'Lax',
        secure: true,
        value: 's1',
      },
      {
        domain: 'www.shop.test',
        httpOnly: false,
        name: 'cart',
        path: '/',
        sameSite: 'None',
        secure: true,
        value: 'c1',
      },
    ])
    expect(report).toMatchObject({ format: 'selenium', cookies: 2, problems: [] })
    expect(cookies[0]).toMatchObject({ ...taken, sameSite: 'lax', expiresAt: LATER * 1000 })
    expect(cookies[1]).toMatchObject({ hostOnly: true, sameSite: 'none', expiresAt: null })
    // The answer of WebDriver as it is on the wire.
    expect(take({ value: [{ name: 'a', value: 'b', domain: 'a.test', expiry: LATER }] }).report.cookies).toBe(
      1,
    )
  })

  it('reads lists of Puppeteer and Playwright, with url for domain', () => {
    for (const cookie of [
      {
        name: 'sid',
        value: 's1',
        domain: '.shop.test',
        path: '/',
        expires: LATER,
        size: 5,
        httpOnly: true,
        secure: true,
        session: false,
      },
      {
        name: 'sid',
        value: 's1',
        domain: '.shop.test',
        path: '/',
        expires: LATER,
        httpOnly: true,
        secure: true,
        sameSite: 'Lax',
      },
    ])
      expect(take([cookie]).cookies[0]).toMatchObject({ ...taken, expiresAt: LATER * 1000 })
    expect(take([{ name: 'a', value: 'b', url: 'https://shop.test:8443/x' }]).cookies[0]).toMatchObject({
      domain: 'shop.test',
      hostOnly: true,
      secure: true,
    })
  })

  it('takes an expiry in milliseconds for what it is', () => {
    expect(take([{ ...extension, expirationDate: LATER * 1000 }]).cookies[0]?.expiresAt).toBe(LATER * 1000)
  })

  it('takes every form under the name of another one', () => {
    for (const format of ['extension', 'selenium', 'cdp', 'playwright'] as const)
      expect(take({ cookies: [extension] }, { format }).cookies[0]?.expiresAt).toBeGreaterThan(NOW)
  })
})

describe('a state file with more than Playwright writes', () => {
  const origin = 'https://app.test'
  const snapshot = { kind: 'session-snapshot', id: origin, value: { 'msal.token': 'T' } }
  it.each([
    ['a list', [{ name: 'msal.token', value: 'T' }]],
    ['an object', { 'msal.token': 'T' }],
    ['JSON in a text', '{"msal.token":"T"}'],
  ])('sessionStorage is taken as %s', (_, sessionStorage) => {
    const { writes, report } = take({ cookies: [], origins: [{ origin, localStorage: [], sessionStorage }] })
    expect(writes).toEqual([snapshot])
    expect(report).toMatchObject({ origins: 1, problems: [], leftOut: 0 })
  })

  it('members that cannot be taken are told', () => {
    const { report } = take({
      cookies: [],
      origins: [
        { origin, localStorage: { a: 1 }, sessionStorage: 5, cacheStorage: ['x'] },
        { origin: 'ftp://a.test' },
      ],
      permissions: ['camera'],
    })
    expect(report.leftOut).toBe(5)
    expect(report.problems.map(({ at }) => at).sort()).toEqual([
      'origins[0]',
      'origins[0].localStorage[0]',
      'origins[0].sessionStorage',
      'origins[1]',
      'the file',
    ])
  })
})

describe('cookies.txt from elsewhere', () => {
  const line = (...fields: string[]) => fields.join('\t')
  it.each([
    ['a port', line('localhost:3000', 'FALSE', '/', 'FALSE', '0', 'sid', 's1'), 'localhost', true],
    ['a scheme', line('https://shop.test', 'FALSE', '/', 'FALSE', '0', 'sid', 's1'), 'shop.test', true],
    ['a port and a dot', line('.shop.test:8080', 'TRUE', '/', 'FALSE', '0', 'sid', 's1'), 'shop.test', false],
    ['an address with a port', line('[::1]:80', 'FALSE', '/', 'FALSE', '0', 'sid', 's1'), '[::1]', true],
    [
      'blanks at the ends',
      `  ${line('shop.test', 'FALSE ', '/', 'FALSE', ' 0', 'sid', 's1  ')}\t `,
      'shop.test',
      true,
    ],
    ['curl', line('#HttpOnly_shop.test', 'FALSE', '/', 'FALSE', '0', 'sid', 's1'), 'shop.test', true],
  ])('%s', (_, text, domain, hostOnly) => {
    for (const end of ['\n', '\r\n', '\r']) {
      const { cookies, report } = take(`# Netscape HTTP Cookie File${end}${end} # more${end}${text}${end}`)
      expect(cookies).toMatchObject([{ name: 'sid', value: 's1', domain, hostOnly }])
      expect(report).toMatchObject({ format: 'netscape', problems: [] })
    }
  })

  it('takes a line without its last field', () => {
    const { cookies } = take(line('shop.test', 'FALSE', '/', 'FALSE', '0', 'sid'))
    expect(cookies).toMatchObject([{ name: 'sid', value: '' }])
  })

  it('says that spaces are no tabs, and what has expired', () => {
    const spaced =
      '.shop.test TRUE / TRUE 4102444800 sid s1\n.shop.test    TRUE    /    TRUE    4102444800    b    c\n'
    const { report } = take(`${spaced}${line('a.test', 'FALSE', '/', 'FALSE', '1', 'old', 'x')}\n`)
    expect(report).toMatchObject({ cookies: 0, leftOut: 3 })
    expect(report.problems.map(({ why }) => why)).toEqual([
      expect.stringContaining('tabs'),
      expect.stringContaining('tabs'),
      'it has expired',
    ])
  })

  it('reads UTF-16 and byte order marks, and names what is no text', () => {
    const text = `# c\n${line('shop.test', 'FALSE', '/', 'FALSE', '0', 'sid', 's1')}\n`
    const little = Buffer.from(text, 'utf16le')
    const big = Buffer.from(little).swap16()
    for (const input of [
      `\ufeff${text}`,
      Buffer.from(`\ufeff${text}`),
      Buffer.concat([Buffer.from([0xff, 0xfe]), little]),
      Buffer.concat([Buffer.from([0xfe, 0xff]), big]),
      little,
      big,
      Buffer.from(`\ufeff${JSON.stringify([extension])}`, 'utf16le'),
    ])
      expect(take(input).cookies).toMatchObject([{ name: 'sid', value: 's1' }])
    for (const [bytes, why] of [
      ['SQLite format 3\0\x10', /SQLite/],
      ['\x1f\x8b\x08', /gzip/],
      ['PK\x03\x04', /ZIP/],
      ['a\0\0\0b\0\0\0', /zero bytes/],
      ['\xff\xfea', /UTF-16/],
    ] as const)
      expect(() => take(Buffer.from(bytes, 'latin1'))).toThrow(why)
  })
})

describe('heads of answers', () => {
  const dump = [
    'HTTP/1.1 200 OK',
    `Date: ${new Date(NOW - 60_000).toUTCString()}`,
    'Set-Cookie: sid=s1; Domain=.shop.test; Path=/; Secure; HttpOnly; SameSite=None; Max-Age=3600',
    'set-cookie: here=h1',
    '',
    '',
  ].join('\r\n')

  it('are read as curl reads them', () => {
    const { cookies, report } = take(dump, { url: 'https://www.shop.test/x' })
    expect(report).toMatchObject({ format: 'headers', problems: [] })
    expect(cookies).toMatchObject([
      { ...taken, httpOnly: true, sameSite: 'none', expiresAt: NOW - 60_000 + 3_600_000 },
      { name: 'here', domain: 'www.shop.test', hostOnly: true, path: '/', expiresAt: null },
    ])
  })

  it('tell what they cannot place', () => {
    const { cookies, report } = take(dump)
    expect(cookies.map(({ name }) => name)).toEqual(['sid'])
    expect(report.problems).toEqual([{ at: 'line 4', why: expect.stringContaining('no Domain') }])
  })

  it('stand as after the last answer, redirects to other hosts included', () => {
    const heads = [
      'HTTP/2 302 ',
      'location: https://id.test/login',
      'set-cookie: a=1',
      'set-cookie: gone=1',
      '',
      'HTTP/2 200 ',
      'set-cookie: b=2',
      '',
    ].join('\n')
    const { cookies } = take(`${heads}\n{"body": "Set-Cookie"}`, { url: 'https://shop.test/' })
    expect(cookies).toMatchObject([
      { name: 'a', domain: 'shop.test' },
      { name: 'gone', domain: 'shop.test' },
      { name: 'b', domain: 'id.test' },
    ])
    const cleared = `${heads}\nHTTP/2 200\nset-cookie: b=; Max-Age=0\nset-cookie: c=3; Domain=id.test\nset-cookie: c=4; Domain=id.test\n`
    expect(
      take(cleared, { url: 'https://shop.test/' }).cookies.map(({ name, value }) => name + value),
    ).toEqual(['a1', 'gone1', 'c4'])
  })

  it('are read from curl -v, with the host that was asked', () => {
    const text =
      '* Connected\n> GET / HTTP/1.1\n> Host: shop.test:8080\n> Cookie: old=1\n>\n< HTTP/1.1 200 OK\n< Set-Cookie: sid=s1\n<\n'
    const { cookies, report } = take(text)
    expect(cookies).toMatchObject([{ name: 'sid', domain: 'shop.test', hostOnly: true }])
    expect(report.problems).toMatchObject([{ at: 'line 4' }])
  })

  it('may have lines of a cookies.txt among them', () => {
    const { cookies } = take('shop.test\tFALSE\t/\tFALSE\t0\ta\t1\nSet-Cookie: b=2; Domain=127.0.0.1\n')
    expect(cookies).toMatchObject([
      { name: 'a', domain: 'shop.test' },
      { name: 'b', domain: '127.0.0.1', hostOnly: true },
    ])
  })
})

describe('HAR', () => {
  const entry = (request: object, response: object) => ({
    startedDateTime: new Date(NOW - 1000).toISOString(),
    request: { url: 'https://www.shop.test/', cookies: [], ...request },
    response: { headers: [], cookies: [], ...response },
  })

  it('gives the cookies that stand after its last answer', () => {
    const cookie = (name: string, value: string) => ({
      name,
      value,
      path: '/',
      domain: '.shop.test',
      expires: new Date(LATER * 1000).toISOString(),
    })
    const entries = [
      entry(
        {
          cookies: [
            { name: 'sid', value: 'old' },
            { name: 'sent', value: 'x' },
          ],
        },
        { headers: [{ name: 'Set-Cookie', value: 'sid=s1; Domain=shop.test; Secure' }] },
      ),
      entry({ cookies: [{ name: 'sid', value: 's1' }] }, { cookies: [cookie('later', 'l1')] }),
    ]
    const { cookies, report } = take({ log: { version: '1.2', entries } })
    expect(report).toMatchObject({ format: 'har', cookies: 3 })
    expect(cookies).toMatchObject([
      { name: 'sid', value: 's1', domain: 'shop.test' },
      { name: 'later', expiresAt: LATER * 1000 },
      { name: 'sent', value: 'x', domain: 'www.shop.test', hostOnly: true, expiresAt: null },
    ])
    expect(report.problems).toMatchObject([{ at: 'entries[0].request.cookies[1]' }])
  })
})

describe('options of import()', () => {
  it('are checked', () => {
    for (const bad of [{ format: 'xml' }, { url: 'ftp://a.test' }, { form: 'har' }, 'xml'])
      expect(() => importOptions(bad as never)).toThrow(
        expect.objectContaining({ code: 'ONEJAR_BAD_OPTIONS' }),
      )
  })

  it.each([['{"a":1}'], ['[1'], ['5'], ['{"cookies":5}']])('%s is no file', (text) => {
    if (text === '5') expect(take(text).report).toMatchObject({ cookies: 0, leftOut: 1 })
    else expect(() => take(text)).toThrow(expect.objectContaining({ code: 'ONEJAR_BAD_INPUT' }))
  })

  it('refuses an object that cannot be read', () => {
    const hostile = new Proxy(
      {},
      {
        ownKeys: () => {
          throw new TypeError('no')
        },
      },
    )
    const endless: { self?: object } = {}
    endless.self = endless
    for (const input of [hostile, endless])
      expect(() => take(input)).toThrow(expect.objectContaining({ code: 'ONEJAR_BAD_INPUT' }))
  })
})
