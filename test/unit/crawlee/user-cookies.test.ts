import { describe, expect, it } from 'vitest'
import { userCookies } from '../../../src/crawlee/user-cookies.ts'

describe('the cookies that a crawl adds', () => {
  it.each([
    ['', '', undefined],
    ['sid=1; lang=en', 'sid=1; lang=en', undefined],
    ['lang=en;sid=1', 'sid=1; lang=en', undefined],
    ['sid=1; mine=2', 'sid=1', 'mine=2'],
    ['sid=2', 'sid=1', 'sid=2'],
    ['a=1; b=2', '', 'a=1; b=2'],
    ['bare; a=b=c', 'a=b', 'bare; a=b=c'],
    [' ; ;', 'x=1', undefined],
  ])('%j, of which the session has %j', (given, told, expected) => {
    expect(userCookies(given, told)).toBe(expected)
  })
})
