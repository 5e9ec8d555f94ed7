import { describe, expect, it } from 'vitest'
import { fromCdpJson, toCdpJson } from '../../../../src/record/codecs/cdp-json.ts'
import { fromOnejarJson, toOnejarJson } from '../../../../src/record/codecs/onejar-json.ts'
import { aCookie, importOptions, NOW_MS } from './a-cookie.ts'

const badInput = expect.objectContaining({ code: 'ONEJAR_BAD_INPUT' })

describe('CDP cookie JSON', () => {
  const minimal = { name: 'n', value: 'v', domain: '.example.com' }

  it('reads an array, or an object with one, and fills in what is missing', () => {
    const wanted = aCookie({ name: 'n', value: 'v', hostOnly: false, created: NOW_MS * 1024 + 1 })
    for (const input of [[minimal], { cookies: [minimal] }, JSON.stringify([minimal])]) {
      expect(fromCdpJson(input, importOptions())).toEqual({ cookies: [wanted], origins: [], problems: [] })
    }
  })

  it('takes a partition of either form, and no opaque one', () => {
    const secure = { ...minimal, secure: true }
    const got = fromCdpJson(
      [
        { ...secure, name: 'a', partitionKey: 'https://top.com' },
        {
          ...secure,
          name: 'b',
          partitionKey: { topLevelSite: 'https://top.com', hasCrossSiteAncestor: false },
        },
        { ...secure, name: 'c', partitionKeyOpaque: true },
      ],
      importOptions(),
    )
    expect(got.cookies.map((cookie) => cookie.partitionKey?.hasCrossSiteAncestor)).toEqual([true, false])
    expect(got.problems.map((problem) => problem.at)).toEqual(['[2]'])
  })

  it('lets the later of two with one id stay, in its place', () => {
    const file = [minimal, { ...minimal, name: 'm' }, { ...minimal, value: 'w', session: true, expires: 4e9 }]
    const { cookies, problems } = fromCdpJson(file, importOptions())
    expect(problems).toEqual([{ at: '[0]', why: expect.stringContaining('comes later, at [2]') }])
    expect(cookies.map(({ name, value, expiresAt }) => [name, value, expiresAt])).toEqual([
      ['m', 'v', null],
      ['n', 'w', null],
    ])
  })

  it('does not believe a value whose size is another', () => {
    const got = fromCdpJson([{ ...minimal, size: 5 }], importOptions())
    expect(got.cookies).toEqual([])
    expect(got.problems[0]?.why).toMatch(/UTF-8/)
  })

  it('writes what Chromium would show', () => {
    const { text, losses } = toCdpJson({
      cookies: [
        aCookie({ secure: true, sourceScheme: 'non-secure', sourcePort: 80, expiresAt: NOW_MS + 1 }),
        aCookie({ name: 'x', value: '\xff' }),
      ],
      origins: [],
    })
    expect(JSON.parse(text)).toEqual([
      {
        name: 'sid',
        value: 'v4lue',
        domain: 'example.com',
        path: '/',
        secure: true,
        httpOnly: false,
        priority: 'Medium',
        sourceScheme: 'NonSecure',
        sourcePort: 80,
        expires: (NOW_MS + 1) / 1000,
        size: 8,
        session: false,
      },
    ])
    expect(losses).toEqual([
      { what: 'cookie', count: 1, names: ['x'], why: 'it is left out: its name or value is not UTF-8' },
    ])
  })

  it('writes a session cookie, its SameSite and its partition as Chromium does, and reads them again', () => {
    const partitionKey = { topLevelSite: 'https://top.com', hasCrossSiteAncestor: false }
    const cookies = [
      aCookie({ sourceScheme: 'secure', sourcePort: 443, created: NOW_MS * 1024 + 1 }),
      aCookie({
        name: 'b',
        secure: true,
        sameSite: 'none',
        partitionKey,
        priority: 'high',
        httpOnly: true,
        expiresAt: NOW_MS + 1000,
        created: NOW_MS * 1024 + 2,
      }),
    ]
    const origin = { origin: 'https://example.com', localStorage: [], sessionStorage: [], indexedDB: null }
    const { text, losses } = toCdpJson({ cookies, origins: [origin] })
    const [plain, apart] = JSON.parse(text)
    expect(plain).toMatchObject({ expires: -1, session: true, sourceScheme: 'Secure' })
    expect(Object.keys(plain)).not.toEqual(expect.arrayContaining(['sameSite']))
    expect(Object.keys(plain)).not.toEqual(expect.arrayContaining(['partitionKey']))
    expect(apart).toMatchObject({
      expires: NOW_MS / 1000 + 1,
      session: false,
      sameSite: 'None',
      partitionKey,
    })
    expect(losses).toEqual([
      { what: 'storage', count: 1, names: ['https://example.com'], why: 'the format holds cookies only' },
    ])
    expect(fromCdpJson(text, importOptions()).cookies).toEqual(cookies)
    // What has ended does not become a session cookie.
    expect(JSON.parse(toCdpJson({ cookies: [aCookie({ expiresAt: 0 })], origins: [] }).text)[0].expires).toBe(
      1,
    )
  })

  it('refuses a file that is something else', () => {
    for (const input of ['nope', {}, null, { cookies: {} }]) {
      expect(() => fromCdpJson(input, importOptions())).toThrow(badInput)
      expect(() => fromCdpJson(input, importOptions())).toThrow(/CDP cookie file/)
    }
  })
})

describe('Onejar JSON', () => {
  const state = {
    cookies: [aCookie({ value: '\xff\xfe', created: 5 })],
    origins: [
      {
        origin: 'https://example.com',
        localStorage: [['__proto__', '\ud800'] as const],
        sessionStorage: [['s', ''] as const],
        indexedDB: [{ name: 'db', version: 1, stores: [] }],
      },
    ],
  }

  it('loses nothing', () => {
    expect(fromOnejarJson(toOnejarJson(state), importOptions())).toEqual({ ...state, problems: [] })
    expect(JSON.parse(toOnejarJson(state))).toMatchObject({ format: 'onejar', version: 1 })
  })

  it('does not let a file reach into the future', () => {
    const file = { ...JSON.parse(toOnejarJson(state)), cookies: [aCookie({ created: 2 ** 52 })] }
    expect(fromOnejarJson(file, importOptions()).cookies[0]?.created).toBe(NOW_MS * 1024 + 1)
  })

  it('says which entries it does not take', () => {
    const file = {
      ...JSON.parse(toOnejarJson(state)),
      cookies: [{ ...aCookie(), evil: 1 }, aCookie({ domain: 'github.io', hostOnly: false }), aCookie()],
    }
    const got = fromOnejarJson(file, importOptions())
    expect(got.cookies).toEqual([aCookie()])
    expect(got.problems.map((problem) => problem.at)).toEqual(['cookies[0]', 'cookies[1]'])
  })

  it('says which origins it does not take', () => {
    const [origin] = state.origins
    const origins = [
      origin,
      { ...origin, more: 1 },
      { ...origin, sessionStorage: 5 },
      { ...origin, origin: 'null' },
      5,
    ]
    const got = fromOnejarJson({ ...JSON.parse(toOnejarJson(state)), origins }, importOptions())
    expect(got.origins).toEqual(state.origins)
    expect(got.problems).toEqual([
      { at: 'origins[1]', why: 'it has an unknown member' },
      { at: 'origins[2]', why: 'sessionStorage: Invalid input: expected array' },
      { at: 'origins[3]', why: 'it is no http or https origin' },
      { at: 'origins[4]', why: 'Invalid input: expected object' },
    ])
    expect(got.leftOut).toBe(4)
  })

  it('names no member that the file chose', () => {
    const file = JSON.parse(toOnejarJson(state))
    expect(() => fromOnejarJson({ ...file, s3cret: 1 }, importOptions())).not.toThrow(/s3cret/)
    const got = fromOnejarJson({ ...file, cookies: [{ ...aCookie(), s3cret: 1 }] }, importOptions())
    expect(got.problems[0]?.why).not.toMatch(/s3cret/)
  })

  it('refuses newer versions by name, and other files', () => {
    const file = JSON.parse(toOnejarJson(state))
    expect(() => fromOnejarJson({ ...file, version: 2 }, importOptions())).toThrow(/version 2/)
    for (const input of [{ ...file, format: 'x' }, { ...file, extra: 1 }, '{}', 'nope', [], null]) {
      expect(() => fromOnejarJson(input, importOptions())).toThrow(badInput)
      expect(() => fromOnejarJson(input, importOptions())).toThrow(/Onejar file/)
    }
  })
})
