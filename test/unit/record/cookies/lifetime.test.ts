import { describe, expect, it } from 'vitest'
import { expiresAt, MAX_LIFETIME_MS } from '../../../../src/record/cookies/lifetime.ts'

const NOW = Date.UTC(2026, 5, 1)
const age = (maxAge: string) => expiresAt({ maxAge, expires: undefined }, NOW)
const date = (expires: string, dateHeader?: string) =>
  expiresAt({ maxAge: undefined, expires }, NOW, dateHeader)

describe('expiresAt', () => {
  it('is null without either attribute, or when neither can be read', () => {
    expect(expiresAt({ maxAge: undefined, expires: undefined }, NOW)).toBeNull()
    expect(expiresAt({ maxAge: 'x', expires: 'y' }, NOW)).toBeNull()
  })

  it.each([
    ['60', NOW + 60_000],
    ['+60', NOW + 60_000],
    ['0060', NOW + 60_000],
    ['0', Number.NEGATIVE_INFINITY],
    ['-9223372036854775809', Number.NEGATIVE_INFINITY],
    ['9223372036854775807', NOW + MAX_LIFETIME_MS],
    ['9223372036854775808x', NOW + MAX_LIFETIME_MS],
    ['9223372036854775807x', null],
    ['1e3', null],
  ])('reads Max-Age=%s', (text, at) => {
    expect(age(text)).toBe(at)
  })

  it('caps Expires at 400 days', () => {
    expect(date('1 Jan 9999 00:00:00')).toBe(NOW + MAX_LIFETIME_MS)
    expect(MAX_LIFETIME_MS).toBe(34_560_000_000)
  })

  it('moves Expires by how far the clocks are apart', () => {
    expect(date('1 Jun 2026 00:10:00', '1 Jun 2026 00:05:00')).toBe(NOW + 5 * 60_000)
    expect(date('1 Jun 2026 00:10:00', 'no date')).toBe(NOW + 10 * 60_000)
  })
})
