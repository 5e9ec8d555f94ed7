import { describe, expect, it } from 'vitest'
import { canBeToken, isTellingName, looksRandom, tokenEnd } from '../../../src/credentials/index.ts'

const jwt = (claims: unknown, header: unknown = { alg: 'HS256' }) =>
  [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')

describe('canBeToken', () => {
  it.each([
    ['a1b2c3d', false],
    ['a1b2c3d4', true],
    ['x'.repeat(8192), true],
    ['x'.repeat(8193), false],
    ['two words here', false],
    ['line\nbreak-and-more', false],
    ['umlaut-ä-inside', false],
    ['', false],
  ])('%j: %s', (value, expected) => {
    expect(canBeToken(value)).toBe(expected)
  })
})

describe('looksRandom', () => {
  it.each([
    'd41d8cd98f00b204e9800998ecf8427e',
    '3f2b8c1e-9d47-4a55-8b1f-0c6d7e8f9a1b',
    'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl0',
    'a1b2c3d4',
    'AKIAIOSFODNNEXAMPLE7',
  ])('%j does', (value) => {
    expect(looksRandom(value)).toBe(true)
  })

  it.each([
    'dark-blue-theme',
    'application/json',
    'release-2026-11-22',
    '1.2.3-beta.4',
    'https://shop.example/a1b2c3d4e5f6a7b8',
    'Europe/Berlin',
    '1764000000000',
    'production',
    'a1b2c3d',
  ])('%j does not', (value) => {
    expect(looksRandom(value)).toBe(false)
  })
})

describe('isTellingName', () => {
  it.each(['Authorization', 'X-CSRF-Token', 'xsrf', 'sessionId', 'api_key', 'apiKey', 'access_token', 'jwt'])(
    '%s is',
    (name) => {
      expect(isTellingName(name)).toBe(true)
    },
  )
  it.each(['theme', 'x-request-id', 'locale', 'user', 'accept', ''])('%j is not', (name) => {
    expect(isTellingName(name)).toBe(false)
  })
})

describe('tokenEnd', () => {
  it('is the exp claim in milliseconds', () => {
    expect(tokenEnd(`${jwt({ exp: 1_764_000_000 })}.sig`)).toBe(1_764_000_000_000)
    expect(tokenEnd(`${jwt({ exp: 1.5 })}.`)).toBe(1500)
  })

  it.each([
    'no token',
    `${jwt({ exp: 1 })}`,
    `${jwt({ exp: 1 })}.sig.more`,
    `${jwt({ exp: '1' })}.sig`,
    `${jwt({ exp: Number.MAX_VALUE * 2 })}.sig`,
    `${jwt({})}.sig`,
    `${jwt(null)}.sig`,
    `${jwt('text')}.sig`,
    'eyJ.%%%.sig',
    'ey..',
    '..',
    '',
  ])('is undefined for %j', (value) => {
    expect(tokenEnd(value)).toBeUndefined()
  })
})
