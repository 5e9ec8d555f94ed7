import { describe, expect, it } from 'vitest'
import {
  type CdpCookie,
  cdpFingerprint,
  cdpReadObstacle,
  fromCdpCookie,
  toCdpCookieParam,
} from '../../../../src/record/codecs/cdp-cookie.ts'
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

describe('fromCdpCookie', () => {
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
    expect(cdpReadObstacle(lossy)).not.toBeNull()
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
      { size: 9 },
      { httpOnly: true },
      { secure: true },
      { sameSite: 'Lax' },
      { priority: 'High' },
      { sourceScheme: 'Secure' },
      { sourcePort: 80 },
      { partitionKey: { topLevelSite: 'https://a.com', hasCrossSiteAncestor: true } },
    ]
    const all = [base, ...changed.map((part) => cdpFingerprint({ ...read, ...part }))]
    expect(new Set(all).size).toBe(all.length)
  })
})
