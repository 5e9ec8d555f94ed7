import { describe, expect, it } from 'vitest'
import { parseServerDate } from '../../../../src/record/cookies/parse-server-date.ts'

const AT = Date.UTC(2026, 10, 24, 10, 20, 30)

describe('parseServerDate', () => {
  it.each(
    ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'].entries().toArray(),
  )('month %i: %s', (at, month) => {
    expect(parseServerDate(`Tue, 05 ${month} 2026 00:00:00 PST`)).toBe(Date.UTC(2026, at, 5, 8))
    expect(parseServerDate(`Tue ${month} 5 00:00:00 2026`)).toBe(Date.UTC(2026, at, 5))
  })

  it('has years of two digits, a minute without seconds, and the ends of a day and a month', () => {
    expect(parseServerDate('Sunday, 06-Nov-69 00:00:00 PST')).toBe(Date.UTC(2069, 10, 6, 8))
    expect(parseServerDate('Sunday, 06-Nov-70 00:00:00 PST')).toBe(Date.UTC(1970, 10, 6, 8))
    expect(parseServerDate('Sunday, 06-Nov-99 00:00:00 PST')).toBe(Date.UTC(1999, 10, 6, 8))
    expect(parseServerDate('6 Nov 2026 10:20 PST')).toBe(Date.UTC(2026, 10, 6, 18, 20))
    expect(parseServerDate('1 Nov 2026 00:00:00 PST')).toBe(Date.UTC(2026, 10, 1, 8))
    expect(parseServerDate('31 Dec 2026 23:59:59 +0000')).toBe(Date.UTC(2026, 11, 31, 23, 59, 59))
  })

  it.each([
    'Tue, 24 Nov 2026 10:20:30 GMT',
    'Tuesday, 24-Nov-26 10:20:30 GMT',
    'Tue Nov 24 10:20:30 2026',
    '24 November 2026 10:20:30',
    'Tue, 24 Nov 2026 12:50:30 +0230',
    'Tue, 24 Nov 2026 02:20:30 PST',
    ' tue, 24 nov 2026 10:20:30 utc ',
    '2026-11-24T10:20:30Z',
    '10:20:30 24 Nov 2026',
    'Tue, 24 Nov 2026 10:20:30 CONSTRUCTOR',
    'Tue, 24 Nov 2026 10:20:30 toString',
    ...['UT', 'Z', 'GMT+0000', 'utc-0000'].map((zone) => `24 Nov 2026 10:20:30 ${zone}`),
    ...[
      ['EST', 5],
      ['EDT', 4],
      ['CST', 6],
      ['CDT', 5],
      ['MST', 7],
      ['MDT', 6],
      ['PDT', 7],
    ].map(([zone, hours]) => `Tue, 24 Nov 2026 ${String(10 - Number(hours)).padStart(2, '0')}:20:30 ${zone}`),
    '24 Nov 2026 08:50:30 -0130',
    '24-Nov-26\t10:20:30',
    'Nov 24 10:20:30 2026 GMT',
    'November  24  10:20:30 2026',
    '2026-11-24T10:20:30',
    '2026-11-24T10:20:30.000Z',
    '\t2026-11-24T10:20:30Z ',
  ])('%s', (text) => {
    expect(parseServerDate(text)).toBe(AT)
  })

  it.each([
    '',
    'now',
    '24 Nov',
    'Tue, 32 Nov 2026 10:20:30 GMT',
    'Tue, 24 Foo 2026 10:20:30 GMT',
    'Tue, 24 Nov 2026 24:20:30 GMT',
    '2026-13-24T10:20:30Z',
    'Nov 24 10:20:30',
  ])('no date: %s', (text) => {
    expect(parseServerDate(text)).toBeNull()
  })
})
