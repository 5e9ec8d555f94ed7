import { describe, expect, it } from 'vitest'
import {
  cookieDomain,
  domainMatches,
  isIpHost,
  registrableDomain,
  siteOfHost,
} from '../../../../src/record/cookies/domain.ts'

describe('registrableDomain', () => {
  it.each([
    ['www.example.co.uk', 'example.co.uk'],
    ['www.example.co.uk.', 'example.co.uk.'],
    ['a.alice.github.io', 'alice.github.io'],
    ['github.io', ''],
    ['co.uk', ''],
    ['com.', ''],
    ['localhost', ''],
    ['127.0.0.1', ''],
    ['[::1]', ''],
    ['a..', ''],
    ['x.city.kobe.jp', 'city.kobe.jp'],
    ['under_score.example.com', 'example.com'],
  ])('of %s is %j', (host, domain) => {
    expect(registrableDomain(host)).toBe(domain)
    // Asked again, it comes from memory.
    expect(registrableDomain(host)).toBe(domain)
  })

  it('files a host without one under itself', () => {
    expect(siteOfHost('localhost')).toBe('localhost')
    expect(siteOfHost('a.b.example.com')).toBe('example.com')
  })
})

describe('registrableDomain of hosts that nobody asked for', () => {
  let nth = 0
  it.each<[string, string]>([
    ['NAME.example.com', 'example.com'],
    ['x.NAME.co.uk', 'NAME.co.uk'],
    ['x.NAME.github.io', 'NAME.github.io'],
    ['x.NAME.com.', 'NAME.com.'],
    ['x.NAME.com..', ''],
    ['.x.NAME.com', 'NAME.com'],
    ['..x.NAME.com', 'NAME.com'],
    ['NAME', ''],
    ['NAME.', ''],
    ['NAME.123', ''],
    ['NAME.12a', 'NAME.12a'],
    ['[::NAME]', ''],
    ['x_y.NAME.com', 'NAME.com'],
  ])('of %s is %j', (host, domain) => {
    // Another one each time: what was looked up is remembered.
    const name = `n${++nth}${Date.now()}`
    expect(registrableDomain(host.replace('NAME', name))).toBe(domain.replace('NAME', name))
  })
})

describe('cookieDomain', () => {
  it.each([
    [undefined, 'www.a.test', { domain: 'www.a.test', hostOnly: true }],
    ['', 'www.a.test', { domain: 'www.a.test', hostOnly: true }],
    ['.A.Test', 'www.a.test', { domain: 'a.test', hostOnly: false }],
    ['www.a.test', 'www.a.test', { domain: 'www.a.test', hostOnly: false }],
    ['co.uk', 'co.uk', { domain: 'co.uk', hostOnly: true }],
    ['.10.0.0.1', '10.0.0.1', { domain: '10.0.0.1', hostOnly: true }],
    ['b\xc3\xbccher.test', 'x.xn--bcher-kva.test', { domain: 'xn--bcher-kva.test', hostOnly: false }],
    ['test', 'www.a.test', null],
    ['b.test', 'www.a.test', null],
    ['x.www.a.test', 'www.a.test', null],
    ['..a.test', 'www.a.test', null],
    ['.', 'www.a.test', null],
    ['a.te st', 'www.a.test', null],
    ['uk', 'co.uk', null],
    ['10.0.0.2', '10.0.0.1', null],
    ['a.%74est', 'www.a.test', null],
    ['a.test', 'www.a.test..', null],
    [undefined, '', null],
  ])('of Domain=%s at %s', (attribute, host, wanted) => {
    expect(cookieDomain(attribute, host)).toEqual(wanted)
  })
})

describe('domainMatches', () => {
  it('takes in the domain and what is below it, label by label', () => {
    expect(domainMatches('a.test', 'a.test')).toBe(true)
    expect(domainMatches('x.a.test', 'a.test')).toBe(true)
    expect(domainMatches('xa.test', 'a.test')).toBe(false)
    expect(domainMatches('test', 'a.test')).toBe(false)
    expect(domainMatches('b.test', 'a.test')).toBe(false)
    expect(domainMatches('x.b.test', 'a.test')).toBe(false)
  })
})

describe('isIpHost', () => {
  it('knows both kinds as a URL writes them', () => {
    expect(
      ['1.2.3.4', '10.20.30.40', '[::1]', '1.2.3.example', 'a.1', 'x1.2.3.4', '1.2.3.4x'].map(isIpHost),
    ).toEqual([true, true, true, false, false, false, false])
  })
})
