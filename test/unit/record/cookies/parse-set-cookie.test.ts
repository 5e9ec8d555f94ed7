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

  it.each<[string, object]>([
    ['a', { name: '', value: 'a' }],
    ['a=', { name: 'a', value: '' }],
    [' \ta \t= \tb\t ', { name: 'a', value: 'b' }],
    ['=b', { name: '', value: 'b' }],
    ['a=b=c', { name: 'a', value: 'b=c' }],
    ['a b=c d', { name: 'a b', value: 'c d' }],
    [
      'a=b',
      {
        secure: false,
        httpOnly: false,
        partitioned: false,
        sameSite: 'unspecified',
        priority: 'medium',
        path: undefined,
        domain: undefined,
        expires: undefined,
        maxAge: undefined,
      },
    ],
    ['a=b; SECURE ;httponly=x;\tPartitioned\t', { secure: true, httpOnly: true, partitioned: true }],
    ['a=b; = ; =x; ;', { secure: false }],
    ['a=b; Path = /x ; PATH=/y', { path: '/y' }],
    ...[
      ['Strict', 'strict'],
      ['LAX', 'lax'],
      ['none', 'none'],
      ['x', 'unspecified'],
      ['', 'unspecified'],
      ['default', 'unspecified'],
    ].map(([text, sameSite]) => [`a=b; SameSite=${text}`, { sameSite }] as [string, object]),
    ['a=b; SameSite=Lax; SameSite=x', { sameSite: 'unspecified' }],
    ...[
      ['Low', 'low'],
      ['HIGH', 'high'],
      ['medium', 'medium'],
      ['x', 'medium'],
    ].map(([text, priority]) => [`a=b; Priority=${text}`, { priority }] as [string, object]),
    ['a=b; Priority=High; Priority=x', { priority: 'medium' }],
    // Attributes that are longer are passed over; names and values have their own bound.
    [`a=b; Path=/${'x'.repeat(1023)}`, { path: `/${'x'.repeat(1023)}` }],
    [`a=b; Path=/; Path=/${'x'.repeat(1024)}`, { path: '/' }],
    [`a=${'x'.repeat(4095)}`, { value: 'x'.repeat(4095) }],
    [`${'n'.repeat(4096)}=`, { value: '' }],
  ])('reads %j', (line, wanted) => {
    expect(parseSetCookie(line)).toMatchObject(wanted)
  })

  it('tells an attribute without a value from none', () => {
    expect(parseSetCookie('a=b; path')).toMatchObject({ path: '', domain: undefined })
  })

  it.each([
    ['a=\x00', 'control-character'],
    ['a=b\tc', 'control-character'],
    ['a\tb=c', 'control-character'],
    ['a=b; Path=/x\ty', 'control-character'],
    ['a=b; Pa\tth=/x', 'control-character'],
    ['a=b; x\x7f', 'control-character'],
    ['a=b\r\nc', 'control-character'],
    [' = ', 'empty'],
    [`${'n'.repeat(4096)}=v`, 'too-large'],
    ['x'.repeat(4097), 'too-large'],
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
