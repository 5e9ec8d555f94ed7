import { describe, expect, it } from 'vitest'
import {
  ipBytes,
  isWithinCidr,
  parseCidr,
  withoutMapping,
} from '../../../src/compliance/addresses/ip-address.ts'

/** As a text that can be compared. */
const bytesOf = (text: string) => ipBytes(text)?.join('.') ?? null

describe('the bytes of an address', () => {
  it.each([
    ['10.0.0.1', '10.0.0.1'],
    ['255.255.255.255', '255.255.255.255'],
    ['::', '0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0'],
    ['::1', '0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.1'],
    ['fe80::', '254.128.0.0.0.0.0.0.0.0.0.0.0.0.0.0'],
    ['1:2:3:4:5:6:7:8', '0.1.0.2.0.3.0.4.0.5.0.6.0.7.0.8'],
    ['::ffff:10.0.0.1', '0.0.0.0.0.0.0.0.0.0.255.255.10.0.0.1'],
    ['[fe80::1]', '254.128.0.0.0.0.0.0.0.0.0.0.0.0.0.1'],
    ['fe80::1%eth0', '254.128.0.0.0.0.0.0.0.0.0.0.0.0.0.1'],
    ['fe80::1%25eth0', '254.128.0.0.0.0.0.0.0.0.0.0.0.0.0.1'],
  ])('of %s', (text, bytes) => {
    expect(bytesOf(text)).toBe(bytes)
  })

  it.each([
    '',
    'shop.example',
    '1.2.3',
    '1.2.3.4.5',
    '1.2.3.256',
    '01.2.3.4',
    ':',
    '1::2::3',
    'fe80',
    'cafe',
  ])('are none for %j', (text) => {
    expect(bytesOf(text)).toBeNull()
  })
})

describe('an IPv4 address that is written as an IPv6 one', () => {
  it.each([
    ['::ffff:10.0.0.1', '10.0.0.1'],
    ['::ffff:a00:1', '10.0.0.1'],
    ['10.0.0.1', '10.0.0.1'],
  ])('%s is %s', (text, plain) => {
    expect(withoutMapping(ipBytes(text) as Uint8Array).join('.')).toBe(plain)
  })

  it.each(['::ff00:a00:1', '::ff:a00:1', '1::ffff:a00:1', '::1:ffff:a00:1', '::a00:1', 'ffff::a00:1'])(
    'is not %s',
    (text) => {
      expect(withoutMapping(ipBytes(text) as Uint8Array)).toHaveLength(16)
    },
  )
})

describe('a block of addresses', () => {
  it.each([
    ['10.0.0.0/8', '10.255.0.1', true],
    ['10.0.0.0/8', '11.0.0.1', false],
    ['10.0.0.0/12', '10.15.0.1', true],
    ['10.0.0.0/12', '10.16.0.1', false],
    ['10.0.0.1', '10.0.0.1', true],
    ['10.0.0.1', '10.0.0.2', false],
    ['0.0.0.0/0', '203.0.113.7', true],
    ['[fd00::]/8', 'fdff::1', true],
    ['fd00::/8', 'fe00::1', false],
    ['::/0', '10.0.0.1', false],
  ])('%s has %s: %j', (block, address, isWithin) => {
    const cidr = parseCidr(block)
    expect(cidr !== null && isWithinCidr(ipBytes(address) as Uint8Array, cidr)).toBe(isWithin)
  })

  it.each(['', '/8', '10.0.0.0/', '10.0.0.0/33', 'fd00::/129', '10.0.0.0/8/8', '10.0.0.0/x', 'a.example/8'])(
    'is none: %j',
    (text) => {
      expect(parseCidr(text)).toBeNull()
    },
  )
})
