import { describe, expect, it } from 'vitest'
import { cookieSchema, entryValueSchemas, stampSchema } from '../../../../src/record/codecs/schemas.ts'
import { aCookie } from './a-cookie.ts'
import { times, withAt } from './with-at.ts'

describe('cookieSchema', () => {
  it('takes a cookie as it is', () => {
    const cookie = aCookie({ partitionKey: { topLevelSite: 'https://top.com', hasCrossSiteAncestor: true } })
    expect(cookieSchema.parse(cookie)).toEqual(cookie)
  })

  it('refuses what is not exactly a cookie', () => {
    const bad: Record<string, unknown>[] = [
      { extra: 1 },
      { name: 'a=b' },
      { name: 'a\n' },
      { name: 'ü€' },
      { value: 'a;b' },
      { value: 'a\tb' },
      { value: 'a\r\nSet-Cookie: x=y' },
      { value: 'v'.repeat(4096) },
      { domain: '.example.com' },
      { domain: 'Example.com' },
      { domain: 'a/b' },
      { domain: '' },
      { path: '' },
      { path: `/${'p'.repeat(65_536)}` },
      { path: '/a\n' },
      { path: '/\u0100' },
      { domain: `${'a'.repeat(60)}.`.repeat(5) },
      { hostOnly: 1 },
      { secure: 'true' },
      { httpOnly: null },
      { priority: 'Medium' },
      { sourceScheme: 'https' },
      { sourcePort: -2 },
      { name: 'n'.repeat(4097), value: '' },
      { name: 'a;b' },
      { value: '\x7f' },
      { expiresAt: 8.64e15 + 2 },
      { partitionKey: { topLevelSite: 'https://top.com', hasCrossSiteAncestor: true, more: 1 } },
      { partitionKey: { topLevelSite: 'a b', hasCrossSiteAncestor: true } },
      { path: 'a' },
      { path: 'a/b' },
      { sameSite: 'Lax' },
      { expiresAt: Number.NaN },
      { expiresAt: Number.POSITIVE_INFINITY },
      { sourcePort: 65_536 },
      { sourcePort: 1.5 },
      { created: -1 },
      { created: 1.5 },
      { created: 2 ** 60 },
      { partitionKey: { topLevelSite: 'https://top.com' } },
      { partitionKey: undefined },
    ]
    const good: Record<string, unknown>[] = [
      { name: '', value: 'v'.repeat(4096) },
      { name: 'n'.repeat(4096), value: '' },
      { name: 'a b\xff', value: 'a=b "\xff' },
      { path: '/;jsessionid=1' },
      { path: `/${'p'.repeat(65_535)}` },
      { domain: '[::1]' },
      { domain: 'localhost' },
      { sameSite: 'none', priority: 'low', sourceScheme: 'non-secure', sourcePort: -1 },
      { sameSite: 'strict', priority: 'high', sourceScheme: 'secure', sourcePort: 65_535 },
      { sameSite: 'lax', expiresAt: 8.64e15, created: Number.MAX_SAFE_INTEGER },
      { expiresAt: -8.64e15, created: 0 },
    ]
    for (const part of good) {
      expect([part, cookieSchema.safeParse({ ...aCookie(), ...part }).success]).toEqual([part, true])
    }
    for (const part of bad) {
      expect([part, cookieSchema.safeParse({ ...aCookie(), ...part }).success]).toEqual([part, false])
    }
  })
})

describe('entryValueSchemas', () => {
  it('keeps a storage item that is named __proto__', () => {
    const snapshot = JSON.parse('{"__proto__":"x","constructor":"y"}')
    const kept = entryValueSchemas['session-snapshot'].parse(snapshot)
    expect(Object.entries(kept)).toEqual([
      ['__proto__', 'x'],
      ['constructor', 'y'],
    ])
  })

  it('refuses maps of anything but strings, and header names that are none', () => {
    const { 'session-snapshot': snapshot, identity } = entryValueSchemas
    for (const bad of [null, [], 'x', { a: 1 }, { a: null }])
      expect(snapshot.safeParse(bad).success).toBe(false)
    const good = { userAgent: 'UA', clientHints: { 'sec-ch-ua': '"x"' }, acceptLanguage: 'en' }
    expect(identity.safeParse(good).success).toBe(true)
    for (const clientHints of [{ 'Sec-CH-UA': 'x' }, { a: 'x\r\ny' }, { 'a b': 'x' }]) {
      expect(identity.safeParse({ ...good, clientHints }).success).toBe(false)
    }
  })

  it('refuses a header template with a line break', () => {
    const binding = {
      origin: 'https://example.com',
      header: 'authorization',
      template: 'Bearer {}',
      transform: 'raw',
      page: 'https://a.example/',
      source: { kind: 'local', origin: 'https://example.com', key: 'auth', path: ['token'] },
      learned: true,
    }
    expect(entryValueSchemas.binding.safeParse(binding).success).toBe(true)
    expect(entryValueSchemas.binding.safeParse({ ...binding, template: 'x\r\ny: {}' }).success).toBe(false)
    expect(entryValueSchemas.binding.safeParse({ ...binding, source: { kind: 'file' } }).success).toBe(false)
  })
})

describe('what other kinds hold', () => {
  const ORIGIN = 'https://shop.test'
  const GOOD = {
    identity: { userAgent: 'UA', clientHints: { 'sec-ch-ua': '"x"' }, acceptLanguage: 'en' },
    route: { transport: 'page', reason: 'r', until: 1 },
    visit: {
      outcome: 'passed',
      endedAt: 1,
      code: null,
      reason: 'r',
      failures: 0,
      pausedUntil: 0,
      clearance: ['c'],
      observedLifeMs: null,
      page: ORIGIN,
      through: 'proxy',
    },
    binding: {
      origin: ORIGIN,
      header: 'authorization',
      template: 'Bearer {}',
      transform: 'raw',
      page: `${ORIGIN}/`,
      source: { kind: 'cookie', name: 'sid', path: [] },
      learned: true,
      since: 1,
    },
    login: { at: 1, endsAt: 2 },
    quarantine: { at: 1, until: 2, reason: 'r', from: ORIGIN },
    'rate-limit-pause': { at: 1, until: 2 },
    halt: { at: 1, verdict: 'block', vendor: null, reason: 'r' },
  } as const
  const LOCAL = { kind: 'local', origin: ORIGIN, key: 'k', path: ['token'] }
  const KEPT = { origin: ORIGIN, database: 'd', store: 's', key: 'k', path: [] }
  const LONG = 'x'.repeat(5 * 1024 * 1024)
  const takes = (kind: keyof typeof GOOD, place: string, value: unknown) =>
    entryValueSchemas[kind].safeParse(withAt(GOOD[kind], place, value)).success

  it.each<[keyof typeof GOOD, string, readonly unknown[], readonly unknown[]]>([
    ['identity', 'userAgent', ['', '\xe9\t', 'x'.repeat(8192)], ['x'.repeat(8193), 'a\nb', '€', undefined]],
    ['identity', 'acceptLanguage', [''], [1, undefined]],
    [
      'identity',
      'clientHints',
      [{}, { a: 'x'.repeat(8192), b: 'y' }],
      [
        { A: 'x' },
        { a: 'x\ny' },
        [],
        null,
        Object.fromEntries('abcdefghi'.split('').map((name) => [name, 'x'.repeat(8000)])),
      ],
    ],
    ['identity', 'more', [], [1]],
    ['route', 'transport', ['http', 'page-fetch', 'page'], ['pages', undefined]],
    ['route', 'reason', ['', 'x'.repeat(4096)], ['x'.repeat(4097), undefined]],
    ['route', 'until', [0], [Number.NaN, '1', undefined]],
    ['route', 'more', [], [1]],
    ['visit', 'outcome', ['passed', 'failed'], ['open', undefined]],
    ['visit', 'endedAt', [-1], ['1', undefined]],
    ['visit', 'code', [null, 'x'.repeat(64)], ['x'.repeat(65), undefined]],
    ['visit', 'reason', ['x'.repeat(4096)], ['x'.repeat(4097), undefined]],
    ['visit', 'failures', [0, 5], [-1, 0.5, undefined]],
    ['visit', 'pausedUntil', [1], [undefined]],
    [
      'visit',
      'clearance',
      [[], times(32, 'x'), ['x'.repeat(16_384)]],
      [times(33, 'x'), ['x'.repeat(16_385)], undefined],
    ],
    [
      'visit',
      'observedLifeMs',
      [null, 0, Number.MAX_SAFE_INTEGER],
      [-1, Number.POSITIVE_INFINITY, undefined],
    ],
    ['visit', 'page', [undefined, 'x'.repeat(8192)], ['x'.repeat(8193), 1]],
    ['visit', 'through', [undefined, 'x'.repeat(64)], ['x'.repeat(65), 1]],
    ['visit', 'more', [], [1]],
    [
      'binding',
      'origin',
      ['https://a.test:8080', 'x'.repeat(2048)],
      ['x'.repeat(2049), 'a b', 'a\0b', undefined],
    ],
    ['binding', 'header', ['x-csrf'], ['X-Csrf', 'a b', '', undefined]],
    ['binding', 'template', ['{}'], ['a\nb: {}', undefined]],
    ['binding', 'transform', ['raw', 'decoded'], ['base64', undefined]],
    ['binding', 'page', ['', 'x'.repeat(8192)], ['x'.repeat(8193), undefined]],
    ['binding', 'learned', [false], [1, undefined]],
    ['binding', 'since', [undefined], ['now']],
    ['binding', 'more', [], [1]],
    [
      'binding',
      'source',
      [
        LOCAL,
        { ...LOCAL, kind: 'session' },
        { kind: 'cookie', name: 'sid' },
        { kind: 'meta', origin: ORIGIN, name: 'csrf' },
        { kind: 'memory' },
        { kind: 'memory', kept: KEPT },
        ...[null, 5].map((key) => ({ kind: 'memory', kept: { ...KEPT, key } })),
      ],
      [
        { kind: 'file' },
        { kind: 'local', origin: ORIGIN, key: 'k' },
        { ...LOCAL, more: 1 },
        { kind: 'cookie', name: 'sid', more: 1 },
        { kind: 'meta', origin: ORIGIN, name: 'csrf', more: 1 },
        { kind: 'meta', name: 'csrf' },
        { kind: 'memory', more: 1 },
        { kind: 'memory', kept: { ...KEPT, more: 1 } },
        ...(['origin', 'database', 'store', 'key', 'path'] as const).map((name) => ({
          kind: 'memory',
          kept: { ...KEPT, [name]: undefined },
        })),
      ],
    ],
    ['binding', 'source.name', ['x'.repeat(4096)], ['x'.repeat(4097)]],
    ['binding', 'source.path', [times(64, 'x'), [LONG]], [times(65, 'x'), [`${LONG}x`]]],
    [
      'binding',
      'source',
      [
        { ...LOCAL, path: times(64, 'x') },
        { kind: 'meta', origin: ORIGIN, name: 'x'.repeat(4096) },
        { kind: 'memory', kept: { ...KEPT, path: times(64, 'x') } },
      ],
      [
        { ...LOCAL, path: times(65, 'x') },
        { kind: 'meta', origin: ORIGIN, name: 'x'.repeat(4097) },
        { kind: 'memory', kept: { ...KEPT, path: times(65, 'x') } },
      ],
    ],
    ['login', 'at', [0], [undefined, '1']],
    ['login', 'endsAt', [0], [undefined]],
    ['login', 'more', [], [1]],
    ['quarantine', 'at', [0], [undefined]],
    ['quarantine', 'from', [undefined, 'x'.repeat(2048)], ['x'.repeat(2049), null]],
    ['quarantine', 'more', [], [1]],
    ['rate-limit-pause', 'at', [0], [undefined]],
    ['rate-limit-pause', 'until', [0], [undefined]],
    ['rate-limit-pause', 'more', [], [1]],
    ['halt', 'verdict', ['captcha', 'block'], ['ok', undefined]],
    ['halt', 'vendor', [null, 'x'.repeat(64)], ['x'.repeat(65), undefined]],
    ['halt', 'at', [0], [undefined]],
    ['halt', 'reason', ['x'.repeat(1024)], ['x'.repeat(1025), undefined]],
  ])('%s: %s', (kind, place, good, bad) => {
    expect(good.filter((value) => !takes(kind, place, value))).toEqual([])
    expect(bad.filter((value) => takes(kind, place, value))).toEqual([])
    expect(entryValueSchemas[kind].parse(GOOD[kind])).toEqual(GOOD[kind])
  })

  it('a binding of earlier versions has the whole cookie', () => {
    const source = { kind: 'cookie', name: 'sid' }
    expect(entryValueSchemas.binding.parse({ ...GOOD.binding, source }).source).toEqual({
      ...source,
      path: [],
    })
  })

  it('storage of an origin has 5 Mi characters, keys and values together', () => {
    const { local, 'session-snapshot': snapshot } = entryValueSchemas
    expect([local.safeParse(LONG).success, local.safeParse(`${LONG}x`).success]).toEqual([true, false])
    const half = LONG.slice(0, LONG.length / 2)
    expect(snapshot.safeParse({ [half]: half }).success).toBe(true)
    expect(snapshot.safeParse({ [half]: half, x: '' }).success).toBe(false)
  })
})

describe('stampSchema', () => {
  it('refuses times and writers that would break the order', () => {
    for (const writer of ['w', 'w'.repeat(256)])
      expect(stampSchema.safeParse({ time: 0, writer }).success).toBe(true)
    for (const bad of [
      { time: Number.NaN, writer: 'w' },
      { time: 1.5, writer: 'w' },
      { time: 1, writer: '' },
      { time: 1, writer: 'w'.repeat(257) },
      { time: -1, writer: 'w' },
      { time: 1, writer: 'w', more: 1 },
      { time: 1 },
    ]) {
      expect(stampSchema.safeParse(bad).success).toBe(false)
    }
  })
})
