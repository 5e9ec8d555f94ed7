import { describe, expect, it } from 'vitest'
import { parseCookieDate } from '../../../../src/record/cookies/parse-date.ts'

describe('parseCookieDate', () => {
  it.each([
    ['Wed, 09 Jun 2027 10:18:14 GMT', Date.UTC(2027, 5, 9, 10, 18, 14)],
    ['Wednesday, 09-Jun-27 10:18:14 GMT', Date.UTC(2027, 5, 9, 10, 18, 14)],
    ['Wed Jun  9 10:18:14 2027', Date.UTC(2027, 5, 9, 10, 18, 14)],
    ['9 Jun 70 1:2:3', Date.UTC(1970, 5, 9, 1, 2, 3)],
    ['9 Jun 69 1:2:3', Date.UTC(2069, 5, 9, 1, 2, 3)],
    ['9 Jun 99999 1:2:3', Date.UTC(99_999, 5, 9, 1, 2, 3)],
    ['9 Jun 2027 10:18:14 -0800', Date.UTC(2027, 5, 9, 10, 18, 14)],
    ...['Jan', 'february', 'MARCH', 'apr', 'May', 'june', 'Jul', 'aug', 'sept', 'Oct', 'nov', 'dec'].map(
      (month, at) => [`9 ${month} 2027 1:2:3`, Date.UTC(2027, at, 9, 1, 2, 3)] as [string, number],
    ),
    ['1 Jan 99 0:0:0', Date.UTC(1999, 0, 1)],
    ['1 Jan 100 0:0:0', new Date(Date.UTC(2000, 0, 1)).setUTCFullYear(100)],
    ['1 Jan 0 0:0:0', Date.UTC(2000, 0, 1)],
    ['31 Dec 2027 23:59:59', Date.UTC(2027, 11, 31, 23, 59, 59)],
    ['--, 9 ,, Jun; 2027 // 0001:002:0003 --', Date.UTC(2027, 5, 9, 1, 2, 3)],
    // The first of each counts.
    ['9 Jun 2027 1:2:3 10 Jul 2028 4:5:6', Date.UTC(2027, 5, 9, 1, 2, 3)],
    ['2027 9 Jun 1:2:3', Date.UTC(2027, 5, 9, 1, 2, 3)],
    ['x9 Jun 9 123456 2027 9x 1:2:3', Date.UTC(2027, 5, 9, 1, 2, 3)],
  ])('reads %s', (text, at) => {
    expect(parseCookieDate(text)).toBe(at)
  })

  it.each([
    '',
    'never',
    '31 Jun 2027 00:00:00',
    '9 Jun 2027 24:00:00',
    '9 Jun 2027 00:60:00',
    '9th Jun 2027 00:00:00',
    '0 Jun 2027 00:00:00',
    '32 Jan 2027 00:00:00',
    'Jun 2027 00:00:00',
    '9 Jun 00:00:00',
    '9 2027 00:00:00',
    '9 Jun 2027',
    '9 Jun 2027 00:00',
    '9 Jun 2027 00:00:00x',
    '9 Jun 2027 00:00:60',
    '9 Jun 2027 00:00:61',
    '9 Jun 2027 00:00:2147483648',
    '9 Jun 2027 0:0:0:0',
    '9 Jun 123456 00:00:00',
  ])('finds no date in %j', (text) => {
    expect(parseCookieDate(text)).toBeNull()
  })
})
