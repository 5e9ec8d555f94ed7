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
  ])('finds no date in %j', (text) => {
    expect(parseCookieDate(text)).toBeNull()
  })
})
