import { describe, expect, it } from 'vitest'
import { parseRetryAfter } from '../../../src/challenge/retry-after.ts'

const DATE = 'Mon, 04 May 2026 12:00:00 GMT'
const AT = Date.UTC(2026, 4, 4, 12)

describe('parseRetryAfter', () => {
  it.each([
    ['0', 0],
    ['120', 120_000],
    [' 7 ', 7_000],
    ['1.5', 1_500],
    ['999999999999', 30 * 86_400_000],
  ])('reads %j seconds', (value, expected) => {
    expect(parseRetryAfter(value, undefined, undefined)).toBe(expected)
  })

  it('reads a date, against the clock or else the response’s own date', () => {
    expect(parseRetryAfter(DATE, AT - 5_000, undefined)).toBe(5_000)
    expect(parseRetryAfter(DATE, undefined, 'Mon, 04 May 2026 11:59:30 GMT')).toBe(30_000)
    expect(parseRetryAfter(DATE, AT - 5_000, DATE)).toBe(5_000)
    expect(parseRetryAfter(DATE, AT + 1, undefined)).toBe(0)
    // A clock that is an hour off makes the wait neither longer nor none.
    for (const off of [-3_600_000, 3_600_000]) {
      expect(parseRetryAfter(DATE, AT + off, 'Mon, 04 May 2026 11:59:30 GMT')).toBe(30_000)
    }
    expect(parseRetryAfter(DATE, undefined, undefined)).toBeUndefined()
    expect(parseRetryAfter(DATE, undefined, 'not a date')).toBeUndefined()
  })

  it.each([undefined, '', '-1', 'soon', '1e9', '0x10', '12 s', `Mon${' '.repeat(90)}`, 'NaN', '1;2'])(
    'makes nothing of %j',
    (value) => {
      expect(parseRetryAfter(value, AT, undefined)).toBeUndefined()
    },
  )
})
