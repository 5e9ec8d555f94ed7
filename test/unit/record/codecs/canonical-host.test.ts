import { describe, expect, it } from 'vitest'
import { canonicalHost } from '../../../../src/record/codecs/canonical-host.ts'

describe('canonicalHost', () => {
  it('writes a host as URLs do', () => {
    expect(canonicalHost('Example.COM')).toBe('example.com')
    expect(canonicalHost('bücher.de')).toBe('xn--bcher-kva.de')
    expect(canonicalHost('example.com.')).toBe('example.com.')
    expect(canonicalHost('a_b.example.com')).toBe('a_b.example.com')
    expect(canonicalHost('127.1')).toBe('127.0.0.1')
    expect(canonicalHost('::1')).toBe('[::1]')
    expect(canonicalHost('[::0001]')).toBe('[::1]')
    expect(canonicalHost('2001:DB8::1')).toBe('[2001:db8::1]')
    expect(canonicalHost('::ffff:1.2.3.4')).toBe('[::ffff:102:304]')
  })

  it('refuses what is no host', () => {
    const bad = [
      '.example.com',
      'a..b',
      'a..',
      '',
      ' ',
      'a b',
      'a/b',
      'a\\b',
      'a?b',
      'a#b',
      'u@h',
      'a:80',
      '[::1]:80',
      'a:',
      'a:b:c',
      '::1:80x',
      '[::1]:80:80',
      '1.2.3.4:80',
      '[]',
      '[::1',
      '%61',
      'a<b',
      '1.2.3.4.5.6',
    ]
    for (const text of bad) expect([text, canonicalHost(text)]).toEqual([text, null])
  })
})
