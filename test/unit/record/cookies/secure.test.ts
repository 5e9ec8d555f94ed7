import { describe, expect, it } from 'vitest'
import { isSecureAccess, shadowsSecure, sourceOf } from '../../../../src/record/cookies/secure.ts'
import { aCookie } from '../codecs/a-cookie.ts'

describe('isSecureAccess', () => {
  it.each([
    ['https://a.test/', true],
    ['http://a.test/', false],
    ['http://localhost/', true],
    ['http://localhost./', true],
    ['http://a.localhost/', true],
    ['http://notlocalhost/', false],
    ['http://127.1.2.3/', true],
    ['http://128.0.0.1/', false],
    ['http://[::1]/', true],
    ['http://[::2]/', false],
  ])('%s: %s', (url, wanted) => {
    expect(isSecureAccess(new URL(url))).toBe(wanted)
  })
})

describe('sourceOf', () => {
  it.each([
    ['https://a.test/', false, { scheme: 'secure', port: 443 }],
    ['wss://a.test/', false, { scheme: 'secure', port: 443 }],
    ['ws://a.test/', false, { scheme: 'non-secure', port: 80 }],
    ['http://a.test:8080/', false, { scheme: 'non-secure', port: 8080 }],
    ['http://localhost/', true, { scheme: 'secure', port: 443 }],
    ['http://localhost:8080/', true, { scheme: 'secure', port: 8080 }],
    ['http://localhost/', false, { scheme: 'non-secure', port: 80 }],
  ] as const)('%s, Secure %s', (url, secure, wanted) => {
    expect(sourceOf(new URL(url), secure)).toEqual(wanted)
  })

  it('is what it is for a script', () => {
    const local = new URL('http://localhost/')
    expect(sourceOf(local, true, 'document.cookie')).toEqual({ scheme: 'non-secure', port: 80 })
  })
})

describe('shadowsSecure', () => {
  it.each<[object, object, boolean]>([
    [{}, {}, true],
    [{ name: 'other' }, {}, false],
    [{ domain: 'www.a.test' }, { domain: 'a.test' }, true],
    [{ domain: 'a.test' }, { domain: 'www.a.test' }, true],
    [{ domain: 'b.test' }, {}, false],
    [{ path: '/x/y' }, { path: '/x' }, true],
    [{ path: '/x' }, { path: '/x/y' }, false],
  ])('%j over %j: %s', (made, held, wanted) => {
    const cookie = (part: object) => aCookie({ domain: 'a.test', path: '/x', ...part })
    expect(shadowsSecure(cookie(made), cookie(held))).toBe(wanted)
  })
})
