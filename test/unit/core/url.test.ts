import { describe, expect, it } from 'vitest'
import { isOnejarError, parseHttpUrl, safeUrl } from '../../../src/core/index.ts'

describe('parseHttpUrl', () => {
  it('takes http and https, as text or parsed', () => {
    expect(parseHttpUrl('HTTPS://Shop.Example:443/a?b#c').href).toBe('https://shop.example/a?b#c')
    const url = new URL('http://[::1]:8080/')
    expect(parseHttpUrl(url)).toBe(url)
  })

  it.each([
    ['no scheme', 'shop.example/a?canary'],
    ['relative', '/a?canary'],
    ['empty', ''],
    ['another scheme', 'file:///etc/canary'],
    ['a script', 'javascript:alert("canary")'],
    ['a port out of range', 'http://shop.example:99999/?canary'],
    ['a user', 'https://canary@shop.example/'],
    ['a password', 'https://:canary@shop.example/?canary'],
  ])('refuses %s without repeating what could be secret', (_, input) => {
    let caught: unknown
    try {
      parseHttpUrl(input)
    } catch (error) {
      caught = error
    }
    if (!isOnejarError(caught, 'ONEJAR_BAD_URL')) throw new Error('not refused')
    expect(`${caught.message} ${JSON.stringify(caught.details)}`).not.toContain('canary')
    expect(caught.cause).toBeUndefined()
  })

  it('refuses a parsed URL of another scheme', () => {
    expect(() => parseHttpUrl(new URL('ftp://shop.example/'))).toThrow(
      expect.objectContaining({ code: 'ONEJAR_BAD_URL' }),
    )
  })
})

describe('safeUrl', () => {
  it('keeps origin and path alone', () => {
    expect(safeUrl('https://user:canary@shop.example:8443/orders?token=canary#canary')).toBe(
      'https://shop.example:8443/orders',
    )
    expect(safeUrl(new URL('http://shop.example/?q=canary'))).toBe('http://shop.example/')
  })

  it('never throws and never repeats what it cannot parse', () => {
    expect(safeUrl('canary')).toBe('(not a URL)')
  })
})
