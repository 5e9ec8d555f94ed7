import { describe, expect, it } from 'vitest'
import { isLoopback, isTrustworthy } from '../../../src/core/index.ts'

describe('isLoopback', () => {
  it.each([
    'localhost',
    'LOCALHOST',
    'localhost.',
    'a.localhost',
    'a.b.localhost.',
    '127.0.0.1',
    '127.1.2.3',
    '127.255.255.255',
    '::1',
    '[::1]',
  ])('%s is this machine', (host) => {
    expect(isLoopback(host)).toBe(true)
  })

  it.each([
    '127.evil.test',
    '127.0.0.1.evil.test',
    '127.0.0.evil',
    '127.0.0.1.nip.test',
    '127.0.0.256',
    '1127.0.0.1',
    'localhost.evil.test',
    'notlocalhost',
    '128.0.0.1',
    '0.0.0.0',
    '[::2]',
    '[::ffff:127.0.0.1]',
    '',
  ])('%s is not', (host) => {
    expect(isLoopback(host)).toBe(false)
  })
})

describe('isTrustworthy', () => {
  it.each([
    ['https://a.test/', true],
    ['http://127.0.0.1:8080/', true],
    ['http://127.1/', true],
    ['http://a.localhost/', true],
    ['http://127.evil.test/', false],
    ['http://a.test/', false],
  ])('%s: %s', (url, wanted) => {
    expect(isTrustworthy(new URL(url))).toBe(wanted)
  })
})
