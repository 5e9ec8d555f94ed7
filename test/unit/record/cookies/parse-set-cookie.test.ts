import { describe, expect, it } from 'vitest'
import { parseSetCookie } from '../../../../src/record/cookies/parse-set-cookie.ts'

describe('parseSetCookie', () => {
  it('names everything that a line says', () => {
    const line =
      'a=b; Path=/x; Domain=.D.test; Expires=e; Max-Age=5; Secure; HttpOnly; Partitioned; SameSite=Strict; Priority=HIGH'
    expect(parseSetCookie(line)).toEqual({
      name: 'a',
      value: 'b',
      path: '/x',
      domain: '.D.test',
      expires: 'e',
      maxAge: '5',
      secure: true,
      httpOnly: true,
      partitioned: true,
      sameSite: 'strict',
      priority: 'high',
    })
  })

  it('tells an attribute without a value from none', () => {
    expect(parseSetCookie('a=b; path')).toMatchObject({ path: '', domain: undefined })
  })

  it.each([
    ['a=\x00', 'control-character'],
    ['a=b\tc', 'control-character'],
    ['; Secure', 'empty'],
    ['=a=b', 'nameless-pair'],
    [`a=${'x'.repeat(4096)}`, 'too-large'],
  ])('says why it refuses %j', (line, why) => {
    expect(parseSetCookie(line)).toBe(why)
  })

  it('takes text beyond a byte as UTF-8', () => {
    expect(parseSetCookie('a=\u6625')).toMatchObject({ value: '\xe6\x98\xa5' })
  })

  it('passes over an attribute name with a byte that only looks like a letter in another case', () => {
    // U+212A, the Kelvin sign, lower-cases to k in JavaScript; U+017F upper-cases to S.
    expect(parseSetCookie('a=b; \u017fecure')).toMatchObject({ secure: false })
  })
})
