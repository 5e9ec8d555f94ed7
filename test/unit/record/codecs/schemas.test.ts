import { describe, expect, it } from 'vitest'
import { isBoundedJson } from '../../../../src/record/codecs/bounded-json.ts'
import { cookieSchema, entryValueSchemas, stampSchema } from '../../../../src/record/codecs/schemas.ts'
import { aCookie } from './a-cookie.ts'

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
      { path: 'a' },
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

describe('stampSchema', () => {
  it('refuses times and writers that would break the order', () => {
    expect(stampSchema.safeParse({ time: 1, writer: 'w' }).success).toBe(true)
    for (const bad of [
      { time: Number.NaN, writer: 'w' },
      { time: 1.5, writer: 'w' },
      { time: 1, writer: '' },
      { time: 1 },
    ]) {
      expect(stampSchema.safeParse(bad).success).toBe(false)
    }
  })
})

describe('isBoundedJson', () => {
  it('takes JSON and refuses what is none, what is too deep, and cycles', () => {
    expect(isBoundedJson({ a: [1, 'x', null, true, { b: {} }] })).toBe(true)
    for (const bad of [undefined, 1n, () => 1, Number.NaN, { a: undefined }, [Symbol('x')]]) {
      expect(isBoundedJson(bad)).toBe(false)
    }
    const deep = JSON.parse(`${'['.repeat(50_000)}${']'.repeat(50_000)}`)
    expect(isBoundedJson(deep)).toBe(false)
    const cycle: unknown[] = []
    cycle.push(cycle)
    expect(isBoundedJson(cycle)).toBe(false)
  })
})
