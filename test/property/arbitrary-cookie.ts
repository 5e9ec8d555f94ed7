import fc from 'fast-check'
import { textToBytes } from '../../src/record/codecs/text-bytes.ts'
import type { Cookie } from '../../src/record/cookie.ts'
import { registrableDomain } from '../../src/record/cookies/domain.ts'

const DAY_MS = 24 * 60 * 60_000

/** 2026-01-01: generated cookies are made and end relative to it, so that a seed always gives the same ones. */
export const EPOCH_MS = 1_767_225_600_000

/** Any byte a cookie's value can have in Chromium's jar, UTF-8 or not. */
const valueBytes = fc
  .string({
    unit: fc
      .integer({ min: 0x20, max: 0xff })
      .map((code) => (code === 0x3b || code === 0x7f ? '"' : String.fromCharCode(code))),
    maxLength: 40,
  })
  .map((bytes) => bytes.trim())
const utf8 = fc
  .oneof(
    fc.string({ unit: 'grapheme', maxLength: 20 }),
    fc.constantFrom('"a b"', 'a=b==', 'ü€😀', 'a, b', '%20+', '\u{feff}bom', '\ufffd', "'", '\\"'),
  )
  .map((text) => textToBytes(text.replace(/[\x00-\x1f\x7f;]/g, '_')).replace(/^ +| +$/g, ''))

const domain = fc.constantFrom(
  'example.com',
  'www.example.com',
  'a.b.c.example.co.uk',
  'me.github.io',
  'github.io',
  'xn--bcher-kva.de',
  'a_b.example.org',
  'example.com.',
  'localhost',
  'intranet',
  '127.0.0.1',
  '[::1]',
  '10.0.0.255',
  'com',
  'site.unknowntld',
)
const path = fc.oneof(
  fc.constantFrom('/', '/a', '/a/', '/a//b', '/%C3%BC', '/a.b/..c', "/!$%&'()*+,-.:=@[]_~", '//', '/%2f%zz'),
  fc
    .string({ unit: fc.constantFrom('a', 'Z', '0', '/', '-', '.', '%41'), maxLength: 20 })
    .map((rest) => `/x${rest}`),
)
const partitionKey = fc.option(
  fc.record({
    topLevelSite: fc.constantFrom(
      'https://top.com',
      'http://localhost',
      'https://me.github.io',
      'https://127.0.0.1',
    ),
    hasCrossSiteAncestor: fc.boolean(),
  }),
  { nil: null, freq: 3 },
)

interface Wanted {
  /** Bytes that are not UTF-8, too. Default: no. */
  readonly anyBytes?: boolean
  /** Expiries are within (now, now + 400 days). Default: `EPOCH_MS`. */
  readonly now?: number
}

/** Cookies that a browser can hold: every attribute varies, and those that exclude each other are reconciled. */
export function arbitraryCookie({ anyBytes = false, now = EPOCH_MS }: Wanted = {}): fc.Arbitrary<Cookie> {
  const text = anyBytes ? fc.oneof(valueBytes, utf8) : utf8
  return fc
    .record({
      name: fc.oneof(
        { weight: 6, arbitrary: text.map((bytes) => bytes.replaceAll('=', '-')) },
        {
          weight: 1,
          arbitrary: fc.constantFrom('', '__Secure-s', '__Host-h', '__Http-t', '__Host-Http-x', 'sid'),
        },
      ),
      value: text,
      domain,
      hostOnly: fc.boolean(),
      path,
      secure: fc.boolean(),
      httpOnly: fc.boolean(),
      sameSite: fc.constantFrom('strict' as const, 'lax' as const, 'none' as const, 'unspecified' as const),
      priority: fc.constantFrom('low' as const, 'medium' as const, 'high' as const),
      partitionKey,
      expiresAt: fc.option(
        fc
          .integer({ min: 60_000, max: 399 * DAY_MS })
          .map((ms) => now + ms + (ms % 3 ? (ms % 1000) / 1000 : 0)),
        { nil: null },
      ),
      sourceScheme: fc.constantFrom('secure' as const, 'non-secure' as const, 'unset' as const),
      sourcePort: fc.constantFrom(-1, 1, 80, 443, 8080, 65_535),
      created: fc.integer({ min: 1, max: 1_000_000 }).map((tick) => now * 1024 + tick),
    })
    .map(reconciled)
}

function reconciled(drawn: Cookie): Cookie {
  const prefix = /^__(host-http|host|http|secure)-/i.exec(drawn.name)?.[1]?.toLowerCase() ?? ''
  const oneHost = prefix.startsWith('host')
  const value = drawn.name === '' ? drawn.value.replace(/=/g, '-').replace(/^__/, '') || 'v' : drawn.value
  return {
    ...drawn,
    value,
    hostOnly: drawn.hostOnly || oneHost || registrableDomain(drawn.domain) === '',
    path: oneHost ? '/' : drawn.path,
    secure: drawn.secure || prefix !== '' || drawn.sameSite === 'none' || drawn.partitionKey !== null,
    httpOnly: drawn.httpOnly || prefix.endsWith('http'),
  }
}
