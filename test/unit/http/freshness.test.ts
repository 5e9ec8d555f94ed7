import { describe, expect, it } from 'vitest'
import { freshMs } from '../../../src/http/index.ts'

const DATE = 'Tue, 01 Dec 2026 10:00:00 GMT'

describe('how long a response holds', () => {
  it.each([
    [{ 'cache-control': 'max-age=60' }, 60_000],
    [{ 'cache-control': 'private, Max-Age="60"' }, 60_000],
    [{ 'cache-control': ['private', 'max-age=60'] }, 60_000],
    [{ 'cache-control': 'max-age=60', age: '20' }, 40_000],
    [{ 'cache-control': 'max-age=60', age: '60' }, null],
    [{ 'cache-control': 'max-age=0' }, null],
    [{ 'cache-control': 'no-store, max-age=60' }, null],
    [{ 'cache-control': 'no-cache' }, null],
    [{ 'cache-control': 's-maxage=60' }, null],
    [{ 'cache-control': 'max-age=-5' }, null],
    [{ 'cache-control': 'x-max-age=60' }, null],
    [{ 'cache-control': 'max-age=9999999999' }, 400 * 24 * 3_600_000],
    [{ date: DATE, expires: 'Tue, 01 Dec 2026 10:05:00 GMT' }, 300_000],
    [{ date: DATE, expires: 'Tue, 01 Dec 2026 10:05:00 GMT', 'cache-control': 'max-age=1' }, 1_000],
    [{ date: DATE, expires: '0' }, null],
    [{ date: DATE, expires: '-1' }, null],
    [{ expires: 'Tue, 01 Dec 2026 10:05:00 GMT' }, null],
    [{}, null],
  ])('%j', (headers, ms) => {
    expect(freshMs(headers)).toBe(ms)
  })
})
