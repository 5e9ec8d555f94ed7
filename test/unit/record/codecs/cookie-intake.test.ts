import { describe, expect, it } from 'vitest'
import { CookieIntake, expiryFromSeconds } from '../../../../src/record/codecs/cookie-intake.ts'
import type { Cookie } from '../../../../src/record/cookie.ts'
import { aCookie, importOptions, NOW_MS } from './a-cookie.ts'

/** What is held after these cookies of a file, and what was said of them. */
function intake(parts: readonly Partial<Cookie>[], isHistory = false) {
  const taken = new CookieIntake(importOptions(), isHistory)
  for (const [at, part] of parts.entries()) {
    const { created: _, ...draft } = aCookie(part)
    taken.take(draft, `cookies[${at}]`)
  }
  const { cookies, problems, leftOut } = taken.result([])
  return { cookies, problems, leftOut, values: cookies.map(({ name, value }) => `${name}=${value}`) }
}

describe('the cookies of a file', () => {
  it.each<[Partial<Cookie>, Partial<Cookie>]>([
    [{ domain: 'WWW.Example.COM' }, { domain: 'www.example.com', hostOnly: true }],
    [
      { domain: '.example.com', hostOnly: false },
      { domain: 'example.com', hostOnly: false },
    ],
    [{ domain: 'https://example.com:8443/x' }, { domain: 'example.com' }],
    [{ domain: 'github.io', hostOnly: false }, { hostOnly: true }],
    [{ domain: '127.0.0.1', hostOnly: false }, { hostOnly: true }],
    [{ expiresAt: NOW_MS + 1 }, { expiresAt: NOW_MS + 1 }],
    [{ expiresAt: Number.MAX_VALUE }, { expiresAt: NOW_MS + 400 * 86_400_000 }],
    [
      {
        partitionKey: { topLevelSite: 'https://www.top.com:8080/x', hasCrossSiteAncestor: true },
        secure: true,
      },
      { partitionKey: { topLevelSite: 'https://top.com', hasCrossSiteAncestor: true } },
    ],
  ])('are taken as a browser has them: %j', (part, wanted) => {
    const { cookies, problems } = intake([part])
    expect(cookies).toMatchObject([wanted])
    expect(problems).toEqual([])
  })

  it.each<[Partial<Cookie>, string]>([
    [{ domain: 'a b' }, 'its domain is no host name'],
    [{ expiresAt: NOW_MS }, 'it has expired'],
    [
      { partitionKey: { topLevelSite: 'top', hasCrossSiteAncestor: true }, secure: true },
      'its partition is not a site',
    ],
    [{ name: 'a=b' }, 'name: not the bytes of a cookie name'],
    [{ name: '__Secure-a' }, 'the prefix of its name needs Secure'],
  ])('are left out where none could hold them: %j', (part, why) => {
    expect(intake([part])).toMatchObject({ cookies: [], problems: [{ at: 'cookies[0]', why }], leftOut: 1 })
  })

  it('are mended where a browser would, and that is said', () => {
    const got = intake([{ sameSite: 'none' }])
    expect(got.cookies).toMatchObject([{ sameSite: 'unspecified' }])
    expect(got.problems).toEqual([
      { at: 'cookies[0]', why: expect.stringContaining('SameSite=None needs Secure') },
    ])
    expect(got.leftOut).toBeUndefined()
  })

  it('are the later ones of those with one id, and the earlier are named', () => {
    const got = intake([{ value: '1' }, { name: 'b' }, { value: '2' }, { value: '2' }])
    expect(got.values).toEqual(['b=v4lue', 'sid=2'])
    expect(got.problems).toEqual([
      {
        at: 'cookies[0]',
        why: 'another cookie of the same name, domain and path comes later, at cookies[2]',
      },
    ])
    // In a history that is what is expected.
    expect(intake([{ value: '1' }, { value: '2' }], true)).toMatchObject({ values: ['sid=2'], problems: [] })
  })

  it('are deleted by those that have expired, in a history alone', () => {
    const gone = { expiresAt: NOW_MS - 1 }
    for (const part of [{}, { hostOnly: false }, { domain: '127.0.0.1' }]) {
      expect(intake([part, { ...part, ...gone }]).values).toEqual(['sid=v4lue'])
      expect(intake([part, { ...part, ...gone }], true).values).toEqual([])
      expect(intake([part, { ...part, ...gone, path: '/x' }], true).values).toEqual(['sid=v4lue'])
    }
    // A domain that no subdomain can share makes the deletion host-only, too.
    expect(
      intake([{ domain: 'github.io' }, { domain: 'github.io', hostOnly: false, ...gone }], true).values,
    ).toEqual([])
    expect(intake([{}, { hostOnly: false, ...gone }], true).values).toEqual(['sid=v4lue'])
  })
})

describe('expiryFromSeconds', () => {
  it.each([
    [null, null],
    [undefined, null],
    [0, null],
    [-1, null],
    [0.5, 500],
    [1_767_225_600.123456, 1_767_225_600_123.456],
  ])('of %s is %s', (seconds, ms) => {
    expect(expiryFromSeconds(seconds)).toBe(ms)
  })
})
