import { describe, expect, it } from 'vitest'
import {
  type CdpCookie,
  cdpFingerprint,
  cdpObstacle,
  cdpReadObstacle,
  fromCdpCookie,
  toCdpCookieParam,
} from '../../../../src/record/codecs/cdp-cookie.ts'
import type { Cookie } from '../../../../src/record/cookie.ts'
import { aCookie, NOW_MS } from './a-cookie.ts'

const DAY_MS = 24 * 60 * 60_000

const read: CdpCookie = {
  name: 'sid',
  value: 'v4lue',
  domain: 'example.com',
  path: '/',
  expires: -1,
  size: 8,
  httpOnly: false,
  secure: false,
  session: true,
  priority: 'Medium',
  sourceScheme: 'Unset',
  sourcePort: -1,
}

describe('toCdpCookieParam', () => {
  it('gives every attribute, and leaves out what has no word for it', () => {
    expect(toCdpCookieParam(aCookie())).toEqual({
      name: 'sid',
      value: 'v4lue',
      domain: 'example.com',
      path: '/',
      secure: false,
      httpOnly: false,
      priority: 'Medium',
      sourceScheme: 'Unset',
      sourcePort: -1,
    })
  })

  it('gives a Secure cookie from this machine a scheme that Chromium takes', () => {
    const local = aCookie({ secure: true, sourceScheme: 'non-secure', sourcePort: 80 })
    expect(toCdpCookieParam(local)).toMatchObject({ sourceScheme: 'Secure', sourcePort: 80 })
    expect(cdpFingerprint({ ...read, secure: true, sourceScheme: 'NonSecure', sourcePort: 80 })).toBe(
      cdpFingerprint(local),
    )
  })

  it('never makes a session cookie of one that has ended', () => {
    for (const expiresAt of [0, -1, -1000, Number.NEGATIVE_INFINITY]) {
      expect(toCdpCookieParam(aCookie({ expiresAt })).expires).toBe(0)
    }
  })

  it('cuts the expiry at 400 days from now', () => {
    const late = aCookie({ expiresAt: NOW_MS + 1000 * DAY_MS })
    expect(toCdpCookieParam(late, NOW_MS).expires).toBe((NOW_MS + 400 * DAY_MS) / 1000)
    expect(toCdpCookieParam(aCookie({ expiresAt: NOW_MS + 1 }), NOW_MS).expires).toBe((NOW_MS + 1) / 1000)
  })
})

describe('what Chromium takes over the protocol', () => {
  const inPartition = (topLevelSite: string) => ({
    secure: true,
    partitionKey: { topLevelSite, hasCrossSiteAncestor: true },
  })

  it.each<Partial<Cookie>>([
    {},
    { value: '\xc3\xbc' },
    { path: "/!$%&'()*+,-./0:=@A[]_a~" },
    { path: `/${'p'.repeat(1023)}` },
    { path: '/a.b/..c/.d' },
    { path: '/%2ea' },
    { sameSite: 'none', secure: true },
    inPartition('https://top.com'),
  ])('is %j', (part) => {
    expect(cdpObstacle(aCookie(part))).toBeNull()
  })

  it.each<[Partial<Cookie>, string]>([
    [{ name: '\xff' }, 'its name or value is not UTF-8'],
    [{ value: '\xff' }, 'its name or value is not UTF-8'],
    [{ path: '/a;b' }, 'its path has a semicolon'],
    ...[
      '/a b',
      '/"',
      '/\xc3\xbc',
      'x/',
      '/a?',
      '/a#',
      '/.',
      '/..',
      '/a/../b',
      '/a/.',
      '/%2e/',
      '/%2E%2e',
      '/.%2e/x',
    ].map((path) => [{ path }, 'its path is not as in a URL'] as [Partial<Cookie>, string]),
    [{ path: `/${'p'.repeat(1024)}` }, 'its path is longer than 1,024 bytes'],
    [inPartition('https://www.top.com'), 'its partition is no site'],
    [inPartition('null'), 'its partition is no site'],
    [{ sameSite: 'none' }, 'SameSite=None needs Secure'],
  ])('is not %j', (part, why) => {
    expect(cdpObstacle(aCookie(part))).toBe(why)
  })

  it('has every attribute by Chromium’s words', () => {
    const cookie = aCookie({
      ...inPartition('https://top.com'),
      hostOnly: false,
      httpOnly: true,
      sameSite: 'strict',
      priority: 'low',
      sourceScheme: 'secure',
      sourcePort: 443,
      expiresAt: 1500.25,
    })
    expect(toCdpCookieParam(cookie)).toEqual({
      name: 'sid',
      value: 'v4lue',
      domain: '.example.com',
      path: '/',
      secure: true,
      httpOnly: true,
      sameSite: 'Strict',
      expires: 1.50025,
      priority: 'Low',
      sourceScheme: 'Secure',
      sourcePort: 443,
      partitionKey: cookie.partitionKey,
    })
    // A domain that no subdomain shares is host-only; a port that Chromium does not take is none.
    expect(toCdpCookieParam(aCookie({ domain: 'github.io', hostOnly: false, sourcePort: 0 }))).toMatchObject({
      domain: 'github.io',
      sourcePort: -1,
    })
    expect(Object.keys(toCdpCookieParam(aCookie()))).not.toEqual(expect.arrayContaining(['sameSite']))
    expect(toCdpCookieParam(aCookie({ sourceScheme: 'non-secure' })).sourceScheme).toBe('NonSecure')
  })
})

describe('fromCdpCookie', () => {
  it.each<[Partial<CdpCookie>, Partial<Cookie>]>([
    [
      {},
      {
        hostOnly: true,
        domain: 'example.com',
        expiresAt: null,
        sourceScheme: 'unset',
        partitionKey: null,
        sameSite: 'unspecified',
        priority: 'medium',
        created: 9,
      },
    ],
    [{ domain: '.example.com' }, { hostOnly: false, domain: 'example.com' }],
    [
      { name: 'ü', value: '€', path: '/ü', size: 5 },
      { name: '\xc3\xbc', value: '\xe2\x82\xac', path: '/\xc3\xbc' },
    ],
    [{ expires: 0, session: false }, { expiresAt: 0 }],
    [{ expires: null, session: true }, { expiresAt: null }],
    [
      { sourceScheme: 'Secure', sourcePort: 443 },
      { sourceScheme: 'secure', sourcePort: 443 },
    ],
    [{ sourceScheme: 'NonSecure' }, { sourceScheme: 'non-secure' }],
    [
      { sameSite: 'None', secure: true, httpOnly: true, priority: 'High' },
      { sameSite: 'none', secure: true, httpOnly: true, priority: 'high' },
    ],
    [
      { partitionKey: { topLevelSite: 'https://a.com', hasCrossSiteAncestor: true, more: 1 } as never },
      { partitionKey: { topLevelSite: 'https://a.com', hasCrossSiteAncestor: true } },
    ],
  ])('reads %j', (part, wanted) => {
    expect(fromCdpCookie({ ...read, ...part }, { created: 9 })).toMatchObject(wanted)
  })

  it('keeps the path that is known, where it is shown the same', () => {
    // A path of other bytes that is shown as the same text, and another path
    const known = aCookie({ path: '/\xe9', created: 7 })
    const shown = { ...read, httpOnly: true }
    expect(fromCdpCookie({ ...shown, path: '/' }, { created: 9, known }).path).toBe('/\xe9')
    expect(fromCdpCookie({ ...shown, path: '/b' }, { created: 9, known }).path).toBe('/b')
  })

  it('does not take another name of the same size for the same cookie', () => {
    const known = aCookie({ created: 7 })
    expect(fromCdpCookie({ ...read, name: 'sie' }, { created: 9, known })).toMatchObject({
      name: 'sie',
      created: 9,
    })
  })

  it('returns what is known when Chromium holds the same', () => {
    const known = aCookie({ expiresAt: NOW_MS + 500.25, created: 7 })
    const same = { ...read, session: false, expires: 1_767_225_600.50025 }
    expect(fromCdpCookie(same, { created: 9, known })).toBe(known)
  })

  it('keeps the creation time when the value did not change, and only then', () => {
    const known = aCookie({ created: 7 })
    const renewed = { ...read, session: false, expires: NOW_MS / 1000 }
    expect(fromCdpCookie(renewed, { created: 9, known })).toEqual({ ...known, expiresAt: NOW_MS })
    expect(fromCdpCookie({ ...read, value: 'other' }, { created: 9, known }).created).toBe(9)
  })

  it('keeps bytes that Chromium cannot show', () => {
    const known = aCookie({ value: 'a\xe9bc' })
    const lossy = { ...read, value: 'a', size: 7 }
    expect(cdpReadObstacle(lossy)).toContain('not UTF-8')
    expect(fromCdpCookie({ ...lossy, httpOnly: true }, { created: 9, known })).toEqual({
      ...known,
      httpOnly: true,
    })
    expect(fromCdpCookie({ ...lossy, size: 9 }, { created: 9, known }).value).toBe('a')
  })

  it('reads an infinite expiry as the longest there is', () => {
    const made = fromCdpCookie({ ...read, session: false, expires: null }, { created: NOW_MS * 1024 })
    expect(made.expiresAt).toBe(NOW_MS + 400 * DAY_MS)
  })
})

describe('cdpReadObstacle', () => {
  it('does not believe a cookie of an opaque partition, nor half a surrogate pair', () => {
    expect(cdpReadObstacle(read)).toBeNull()
    expect(cdpReadObstacle({ ...read, partitionKeyOpaque: true })).toMatch(/opaque/)
    expect(cdpReadObstacle({ ...read, value: '\ud800', size: 6 })).toMatch(/UTF-8/)
  })
})

describe('cdpFingerprint', () => {
  it('tells apart whatever Chromium shows', () => {
    const base = cdpFingerprint(read)
    const changed: Partial<CdpCookie>[] = [
      { name: 'Sid' },
      { value: 'v4luE' },
      { domain: '.example.com' },
      { path: '/a' },
      { expires: 1, session: false },
      { expires: 1.000001, session: false },
      { expires: 0, session: false },
      { expires: null, session: false },
      { size: 9 },
      { httpOnly: true },
      { secure: true },
      { sameSite: 'Lax' },
      { sameSite: 'Strict' },
      { priority: 'High' },
      { sourceScheme: 'Secure' },
      { sourcePort: 80 },
      { partitionKey: { topLevelSite: 'https://a.com', hasCrossSiteAncestor: true } },
    ]
    for (const same of [{ expires: undefined as never }, { expires: -5 }])
      expect(cdpFingerprint({ ...read, ...same })).toBe(base)
    const all = [base, ...changed.map((part) => cdpFingerprint({ ...read, ...part }))]
    expect(new Set(all).size).toBe(all.length)
  })
})
