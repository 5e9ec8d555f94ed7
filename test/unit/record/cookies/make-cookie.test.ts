import { describe, expect, it } from 'vitest'
import type { Cookie, RequestContext } from '../../../../src/record/cookie.ts'
import { REJECT_DETAIL, refuse } from '../../../../src/record/cookies/cookie-change.ts'
import { makeCookie } from '../../../../src/record/cookies/make-cookie.ts'

const NOW_MS = Date.UTC(2026, 5, 1)
const CROSS: RequestContext = { kind: 'fetch', initiator: 'https://b.test' }
const SCRIPT: RequestContext = { kind: 'fetch', initiator: 'https://a.test', via: 'document.cookie' }
const made = (
  line: string,
  {
    url = 'https://www.a.test/x/y',
    context = {},
    thirdParty = 'blocked',
    dateHeader = null,
  }: {
    url?: string
    context?: RequestContext
    thirdParty?: 'blocked' | 'allowed'
    dateHeader?: string | null
  } = {},
) => makeCookie(line, { url: new URL(url), context, receivedAt: NOW_MS, dateHeader, thirdParty })

type Where = Parameters<typeof made>[1]

describe('the cookie of a Set-Cookie line', () => {
  it.each<[string, Where, Partial<Cookie>]>([
    [
      'a=b',
      {},
      {
        name: 'a',
        value: 'b',
        domain: 'www.a.test',
        hostOnly: true,
        path: '/x',
        secure: false,
        httpOnly: false,
        sameSite: 'unspecified',
        priority: 'medium',
        partitionKey: null,
        expiresAt: null,
        sourceScheme: 'secure',
        sourcePort: 443,
        created: 0,
      },
    ],
    [
      'a=b; Domain=.A.Test; Path=/; Secure; HttpOnly; SameSite=Lax; Priority=Low',
      {},
      {
        domain: 'a.test',
        hostOnly: false,
        path: '/',
        secure: true,
        httpOnly: true,
        sameSite: 'lax',
        priority: 'low',
      },
    ],
    ['a=b; Max-Age=60', {}, { expiresAt: NOW_MS + 60_000 }],
    [
      'a=b; Expires=Mon, 01 Jun 2026 00:01:00 GMT',
      { dateHeader: 'Mon, 01 Jun 2026 00:00:30 GMT' },
      { expiresAt: NOW_MS + 30_000 },
    ],
    ['a=b', { url: 'http://a.test:8080/' }, { sourceScheme: 'non-secure', sourcePort: 8080 }],
    ['a=b; Secure', { url: 'http://localhost/' }, { secure: true, sourceScheme: 'secure', sourcePort: 443 }],
    [
      'a=b; Secure',
      { url: 'http://localhost/', context: { via: 'document.cookie' } },
      { sourceScheme: 'non-secure', sourcePort: 80 },
    ],
    [
      'a=b; Secure; Partitioned; SameSite=None',
      {},
      { partitionKey: { topLevelSite: 'https://a.test', hasCrossSiteAncestor: false } },
    ],
    [
      'a=b; Secure; Partitioned; SameSite=None',
      { context: CROSS },
      { partitionKey: { topLevelSite: 'https://b.test', hasCrossSiteAncestor: true } },
    ],
    [
      'a=b; Secure; Partitioned',
      { url: 'http://localhost/' },
      { partitionKey: { topLevelSite: 'http://localhost', hasCrossSiteAncestor: false } },
    ],
    [
      'a=b; Secure; SameSite=None',
      { context: CROSS, thirdParty: 'allowed' },
      { partitionKey: null, sameSite: 'none' },
    ],
    // The answer to a navigation is first-party, wherever that came from.
    [
      'a=b; SameSite=Strict',
      { context: { kind: 'link', initiator: 'https://b.test' } },
      { sameSite: 'strict' },
    ],
    [
      'a=b; SameSite=Strict',
      { context: { kind: 'fetch', initiator: 'https://a.test' } },
      { sameSite: 'strict' },
    ],
    ['a=b', { context: SCRIPT }, { name: 'a' }],
    ['a=b; HttpOnly', { context: { via: 'http' } }, { httpOnly: true }],
  ])('%s', (line, where, wanted) => {
    expect(made(line, where)).toMatchObject(wanted)
  })

  it.each<[string, Where, keyof typeof REJECT_DETAIL]>([
    ['=', {}, 'empty'],
    ['a=b\x00', {}, 'control-character'],
    ['a=b; Domain=b.test', {}, 'domain'],
    ['a=b; Domain=test', {}, 'domain'],
    ['__Host-a=b', {}, 'prefix'],
    ['__Http-a=b; Secure; HttpOnly', { context: SCRIPT }, 'prefix'],
    ['a=b; Partitioned', {}, 'partitioned-not-secure'],
    ['a=b; Partitioned; Secure', { url: 'http://a.test/' }, 'partitioned-not-secure'],
    ['a=b; Secure', { url: 'http://a.test/' }, 'secure-from-plain'],
    ['a=b; HttpOnly', { context: SCRIPT }, 'http-only-from-script'],
    ['a=b; SameSite=None', {}, 'same-site-none-not-secure'],
    ...['', '; SameSite=Lax', '; SameSite=Strict'].map(
      (sameSite) =>
        [`a=b; Secure${sameSite}`, { context: CROSS, thirdParty: 'allowed' }, 'same-site'] as [
          string,
          Where,
          'same-site',
        ],
    ),
    ['a=b; Secure; SameSite=None', { context: CROSS }, 'third-party'],
  ])('is refused: %j', (line, where, reason) => {
    expect(made(line, where)).toBe(reason)
    expect(refuse(reason)).toEqual({ accepted: false, reason, detail: REJECT_DETAIL[reason] })
    expect(REJECT_DETAIL[reason]).toMatch(/^[A-Z]/)
  })
})
