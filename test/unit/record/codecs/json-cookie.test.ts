import { describe, expect, it } from 'vitest'
import { type JsonCookie, readJsonCookie } from '../../../../src/record/codecs/json-cookie.ts'
import type { Cookie } from '../../../../src/record/index.ts'
import { NOW_MS } from './a-cookie.ts'

const plain = { name: 'a', value: '1', domain: 'shop.test', path: '/' }
const SECONDS = NOW_MS / 1000
const base64 = (text: string) => Buffer.from(text).toString('base64')

describe('a cookie in JSON', () => {
  it.each<[object, Partial<Cookie>]>([
    [
      {},
      {
        name: 'a',
        value: '1',
        domain: 'shop.test',
        hostOnly: true,
        path: '/',
        secure: false,
        httpOnly: false,
        sameSite: 'unspecified',
        priority: 'medium',
        partitionKey: null,
        expiresAt: null,
        sourceScheme: 'unset',
        sourcePort: -1,
      },
    ],
    // Names, values and paths
    [
      { name: 7, value: 8 },
      { name: '7', value: '8' },
    ],
    [
      { name: 'ü', value: '€', path: '/ü' },
      { name: '\xc3\xbc', value: '\xe2\x82\xac', path: '/\xc3\xbc' },
    ],
    [{ value: undefined }, { value: '' }],
    [{ value: null }, { value: '' }],
    [{ path: undefined }, { path: '/' }],
    [{ path: '' }, { path: '/' }],
    [{ path: '/x' }, { path: '/x' }],
    [{ value: { type: 'string', value: 'x' } }, { value: 'x' }],
    [{ value: { type: 'base64', value: base64('é') } }, { value: '\xc3\xa9' }],
    // Where it belongs
    [{ domain: '.shop.test' }, { domain: '.shop.test', hostOnly: false }],
    [{ domain: '.shop.test', hostOnly: true }, { hostOnly: true }],
    [{ hostOnly: false }, { hostOnly: false }],
    [
      { domain: undefined, url: 'https://www.shop.test:8443/x' },
      { domain: 'www.shop.test', hostOnly: true, secure: true },
    ],
    [
      { domain: undefined, url: 'http://www.shop.test/' },
      { domain: 'www.shop.test', secure: false },
    ],
    [{ url: 'https://elsewhere.test/' }, { domain: 'shop.test', secure: false }],
    [{ domain: undefined }, { domain: 'site.test', hostOnly: true, secure: false }],
    [{ domain: undefined, url: 'no url' }, { domain: 'site.test' }],
    [{ domain: undefined, url: 7 }, { domain: 'site.test' }],
    // Flags
    ...[true, 1, 'true', 'TRUE', '1'].map(
      (flag) =>
        [
          { secure: flag, httpOnly: flag },
          { secure: true, httpOnly: true },
        ] as [object, object],
    ),
    ...[false, 0, 'false', '0', ''].map(
      (flag) =>
        [
          { secure: flag, httpOnly: flag },
          { secure: false, httpOnly: false },
        ] as [object, object],
    ),
    // The names of other tools
    [{ name: undefined, key: 'k' }, { name: 'k' }],
    [{ 'name raw': 'r', name: undefined }, { name: 'r' }],
    [{ domain: undefined, 'Host  raw': 'https://.shop.test/' }, { hostOnly: false }],
    [{ 'HTTP_only-raw': 'true' }, { httpOnly: true }],
    [
      { isSecure: 1, isHttpOnly: 1 },
      { secure: true, httpOnly: true },
    ],
    // SameSite and priority
    ...(
      [
        ['Strict', 'strict'],
        ['LAX', 'lax'],
        ['none', 'none'],
        ['no_restriction', 'none'],
        ['unspecified', 'unspecified'],
        ['unset', 'unspecified'],
        ['default', 'unspecified'],
        ['', 'unspecified'],
        [0, 'none'],
        [1, 'lax'],
        ['2', 'strict'],
        [256, 'unspecified'],
        [true, 'unspecified'],
        [false, 'unspecified'],
        [null, 'unspecified'],
      ] as const
    ).map(([sameSite, wanted]) => [{ sameSite }, { sameSite: wanted }] as [object, object]),
    ...(['Low', 'medium', 'HIGH'] as const).map(
      (priority) => [{ priority }, { priority: priority.toLowerCase() }] as [object, object],
    ),
    // Where it came from
    [
      { sourceScheme: 'Secure', sourcePort: 443 },
      { sourceScheme: 'secure', sourcePort: 443 },
    ],
    [
      { sourceScheme: 'NonSecure', sourcePort: '8080' },
      { sourceScheme: 'non-secure', sourcePort: 8080 },
    ],
    [
      { sourceScheme: 'Unset', sourcePort: 65_535 },
      { sourceScheme: 'unset', sourcePort: 65_535 },
    ],
    [
      { sourceScheme: 7, sourcePort: 65_536 },
      { sourceScheme: 'unset', sourcePort: -1 },
    ],
    [{ sourceScheme: 'constructor' }, { sourceScheme: 'unset' }],
    [{ sourcePort: 1 }, { sourcePort: 1 }],
    ...[0, -1, 1.5, 'x', {}].map((sourcePort) => [{ sourcePort }, { sourcePort: -1 }] as [object, object]),
    // Partitions
    [{ partitionKey: '' }, { partitionKey: null }],
    [{ partitionKey: { topLevelSite: '' } }, { partitionKey: null }],
    [{ partitionKey: {} }, { partitionKey: null }],
    [
      { partitionKey: 'https://top.test' },
      { partitionKey: { topLevelSite: 'https://top.test', hasCrossSiteAncestor: true } },
    ],
    [
      { partitionKey: 'https://top.test', _crHasCrossSiteAncestor: false },
      { partitionKey: { topLevelSite: 'https://top.test', hasCrossSiteAncestor: false } },
    ],
    [
      { partitionKey: { topLevelSite: 'https://top.test', hasCrossSiteAncestor: 'false' } },
      { partitionKey: { topLevelSite: 'https://top.test', hasCrossSiteAncestor: false } },
    ],
    [
      { partitionKey: { topLevelSite: 'https://top.test', hasCrossSiteAncestor: null } },
      { partitionKey: { topLevelSite: 'https://top.test', hasCrossSiteAncestor: true } },
    ],
    // Ends
    ...['', 'Infinity', 'session', 'Session', 0, -1, '0'].map(
      (expires) => [{ expires }, { expiresAt: null }] as [object, object],
    ),
    [{ expires: SECONDS }, { expiresAt: NOW_MS }],
    [{ expires: ` ${SECONDS} ` }, { expiresAt: NOW_MS }],
    [{ expires: '2026-01-01T00:00:00Z' }, { expiresAt: NOW_MS }],
    [{ expires: SECONDS, expiry: SECONDS + 1 }, { expiresAt: NOW_MS + 1000 }],
    [{ expirationDate: SECONDS, expiry: 5 }, { expiresAt: NOW_MS }],
    [{ expiry: 1e12 }, { expiresAt: 1e12 }],
    [{ expiry: 999_999_999_000 }, { expiresAt: 999_999_999_000_000 }],
    [{ expires: 1e12 }, { expiresAt: 1e15 }],
    [{ expires: SECONDS, session: true }, { expiresAt: null }],
    [{ expires: SECONDS, session: 0 }, { expiresAt: NOW_MS }],
    // Max-Age counts from when it was made
    [{ maxAge: 3600, creation: '2026-01-01T00:00:00.000Z' }, { expiresAt: NOW_MS + 3_600_000 }],
    [
      { maxAge: '60', expires: '2027-01-01T00:00:00Z', creation: '2026-01-01T00:00:00.000Z' },
      { expiresAt: NOW_MS + 60_000 },
    ],
    [{ maxAge: '-Infinity', creation: '2026-01-01T00:00:00.000Z' }, { expiresAt: NOW_MS }],
    [{ maxAge: -5, creation: '2026-01-01T00:00:00.000Z' }, { expiresAt: NOW_MS }],
    [{ maxAge: 'Infinity', expires: 'Infinity', creation: '2026-01-01T00:00:00.000Z' }, { expiresAt: null }],
    // What other browsers keep beside it
    [{ firstPartyDomain: '' }, { name: 'a' }],
    [{ originAttributes: '^userContextId=2' }, { name: 'a' }],
    [{ originAttributes: 'partitionKey=x' }, { name: 'a' }],
    [{ size: 2 }, { name: 'a' }],
    [{ partitionKeyOpaque: false }, { name: 'a' }],
  ])('with %j', (members, wanted) => {
    expect(readJsonCookie({ ...plain, ...members }, 'site.test')).toMatchObject({
      draft: wanted,
      remarks: [],
    })
  })

  it.each<[object, RegExp, Partial<Cookie>]>([
    [{ sameSite: 'constructor' }, /SameSite is unknown/, { sameSite: 'unspecified' }],
    [{ sameSite: {} }, /SameSite is unknown/, { sameSite: 'unspecified' }],
    [{ sameSite: 3 }, /SameSite is unknown/, { sameSite: 'unspecified' }],
    [{ priority: 'highest' }, /priority is unknown/, { priority: 'medium' }],
    [{ priority: 1 }, /priority is unknown/, { priority: 'medium' }],
    [{ expires: 'soon' }, /expiry is not a time/, { expiresAt: null }],
    [{ expires: ' ' }, /expiry is not a time/, { expiresAt: null }],
    [{ expires: {} }, /expiry is not a time/, { expiresAt: null }],
    [{ expires: [NOW_MS] }, /expiry is not a time/, { expiresAt: null }],
    [{ expires: true }, /expiry is not a time/, { expiresAt: null }],
    [{ maxAge: 3600 }, /Max-Age cannot be counted/, { expiresAt: null }],
    [{ maxAge: 3600, creation: 5 }, /Max-Age cannot be counted/, { expiresAt: null }],
    [
      { maxAge: 'long', creation: '2026-01-01T00:00:00.000Z', expires: SECONDS },
      /Max-Age cannot be counted/,
      { expiresAt: NOW_MS },
    ],
  ])('with %j says so, and is taken', (members, remark, wanted) => {
    expect(readJsonCookie({ ...plain, ...members })).toMatchObject({
      draft: wanted,
      remarks: [expect.stringMatching(remark)],
    })
  })

  it.each<[unknown, string | RegExp]>([
    [null, 'Invalid input: expected object'],
    ['a=1', 'Invalid input: expected object'],
    [[plain], 'Invalid input: expected object'],
    [{ ...plain, name: undefined }, 'name: Invalid input: expected string'],
    [{ ...plain, name: true }, 'name: Invalid input: expected string'],
    [{ ...plain, name: '\ud800' }, 'name: not Unicode text'],
    [{ ...plain, value: ['x'] }, 'value: Invalid input: expected string'],
    [{ ...plain, value: { type: 'string' } }, 'value: Invalid input: expected string'],
    [{ ...plain, value: { type: 'base64', value: {} } }, 'value: Invalid input: expected string'],
    [{ ...plain, value: { type: 'base64', value: '/w==' } }, 'value: not Unicode text'],
    [{ ...plain, path: {} }, 'path: Invalid input: expected string'],
    [{ ...plain, domain: undefined }, 'domain: Invalid input: expected string'],
    [{ ...plain, domain: [] }, 'domain: Invalid input: expected string'],
    ...(['secure', 'httpOnly', 'hostOnly', 'session', 'partitionKeyOpaque'] as const).map(
      (flag) =>
        [{ ...plain, [flag]: 'yes' }, `${flag}: Invalid input: expected boolean`] as [unknown, string],
    ),
    [{ ...plain, secure: 2 }, 'secure: Invalid input: expected boolean'],
    [{ ...plain, partitionKey: 5 }, 'partitionKey: Invalid input: expected string'],
    [{ ...plain, partitionKey: { topLevelSite: {} } }, 'partitionKey: Invalid input: expected string'],
    [
      { ...plain, partitionKey: { topLevelSite: 'https://top.test', hasCrossSiteAncestor: 'x' } },
      'partitionKey: Invalid input: expected boolean',
    ],
    [{ ...plain, _crHasCrossSiteAncestor: 'x' }, 'partitionKey: Invalid input: expected boolean'],
    [{ ...plain, partitionKeyOpaque: true }, /opaque/],
    [{ ...plain, size: 3 }, /UTF-8/],
    [{ ...plain, firstPartyDomain: 'top.test' }, /first-party isolation/],
    [{ ...plain, originAttributes: '^partitionKey=%28https%2Ctop.test%29' }, /first-party isolation/],
    [{ ...plain, originAttributes: '^userContextId=1&firstPartyDomain=top.test' }, /first-party isolation/],
  ])('%j is none', (candidate, problem) => {
    const wanted: JsonCookie = {
      problem: typeof problem === 'string' ? problem : expect.stringMatching(problem),
    }
    expect(readJsonCookie(candidate)).toEqual(wanted)
  })

  it('that throws when it is read is none', () => {
    const hostile = {
      name: 'a',
      get domain(): string {
        throw new Error('s3cret')
      },
    }
    expect(readJsonCookie(hostile)).toEqual({ problem: 'it cannot be read' })
  })
})
