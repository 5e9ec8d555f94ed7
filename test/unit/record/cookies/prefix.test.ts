import { describe, expect, it } from 'vitest'
import { type ParsedSetCookie, parseSetCookie } from '../../../../src/record/cookies/parse-set-cookie.ts'
import { breaksPrefix } from '../../../../src/record/cookies/prefix.ts'

const breaks = (line: string, url = 'https://a.test/', via: 'http' | 'document.cookie' = 'http') =>
  breaksPrefix(parseSetCookie(line) as ParsedSetCookie, new URL(url), via)

describe('breaksPrefix', () => {
  it.each([
    ['__Secure-a=1; Secure', false],
    ['__Secure-a=1', true],
    ['__Host-a=1; Secure; Path=/', false],
    ['__Host-a=1; Secure', true],
    ['__Host-a=1; Secure; Path=/; Domain=a.test', true],
    ['__Http-a=1; Secure; HttpOnly', false],
    ['__Http-a=1; Secure', true],
    ['__Host-Http-a=1; Secure; HttpOnly; Path=/', false],
    ['__Host-Http-a=1; Secure; Path=/', true],
    ['__HOST-HTTP-a=1; Secure; HttpOnly', true],
    ['=__Secure-', true],
    ['=__Secure-a; Secure', true],
    ['a=__Host-', false],
    ['__Secure=1', false],
  ])('%s: %s', (line, wanted) => {
    expect(breaks(line)).toBe(wanted)
  })

  it('lets an address name itself, and this machine do without TLS', () => {
    expect(breaks('__Host-a=1; Secure; Path=/; Domain=127.0.0.1', 'http://127.0.0.1/')).toBe(false)
    expect(breaks('__Host-a=1; Secure; Path=/', 'http://a.test/')).toBe(true)
  })

  it('keeps __Http- from scripts', () => {
    expect(breaks('__Http-a=1; Secure; HttpOnly', 'https://a.test/', 'document.cookie')).toBe(true)
  })
})
