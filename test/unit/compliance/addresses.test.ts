import { describe, expect, it } from 'vitest'
import {
  ANY_ADDRESS,
  addressesSchema,
  addressPolicy,
  narrowestAddresses,
} from '../../../src/compliance/index.ts'

const isPublic = (address: string) => addressPolicy('public').admits(address, 'site.example', 80)

describe('public addresses', () => {
  it.each([
    ...[
      '1.1.1.1',
      '8.8.8.8',
      '9.255.255.255',
      '11.0.0.0',
      '100.63.255.255',
      '100.128.0.0',
      '126.255.255.255',
    ],
    ...['128.0.0.1', '169.253.255.255', '169.255.0.0', '172.15.255.255', '172.32.0.0', '192.167.255.255'],
    ...['192.169.0.0', '198.17.255.255', '198.20.0.0', '223.255.255.255', '2606:4700:4700::1111'],
    ...[
      '2a00:1450:4001::200e',
      '::ffff:8.8.8.8',
      '64:ff9b::808:808',
      '2002:808:808::1',
      '2a00::5efe:808:808',
      '2a00::1:5efe:7f00:1',
      '2a00::400:5efe:7f00:1',
      '2a00::5eff:7f00:1',
      '2a00::6efe:7f00:1',
      '2a00:0:0:0:1:ffff:127.0.0.1',
    ],
  ])('%s may be reached', (address) => expect(isPublic(address)).toBe(true))

  it.each([
    ...['0.0.0.0', '0.1.2.3', '10.0.0.1', '10.255.255.255', '100.64.0.1', '100.100.100.200', '127.0.0.1'],
    ...['127.255.255.254', '169.254.169.254', '168.63.129.16', '172.16.0.1', '172.31.255.255', '192.0.0.192'],
    ...['192.0.2.1', '192.168.1.1', '198.18.0.1', '198.19.255.255', '203.0.113.9', '224.0.0.251'],
    ...[
      '239.255.255.250',
      '240.0.0.1',
      '255.255.255.255',
      '::',
      '::1',
      '::7f00:1',
      'fe80::1',
      'fe80::1%eth0',
    ],
    ...[
      'fec0::1',
      'fc00::1',
      'fd00:ec2::254',
      'fd12:3456::1',
      'ff02::1',
      '::ffff:127.0.0.1',
      '::ffff:7f00:1',
    ],
    ...['::ffff:169.254.169.254', '64:ff9b::7f00:1', '64:ff9b::a9fe:a9fe', '64:ff9b:1::1', '2002:7f00:1::'],
    ...[
      '2002:a00:1::1',
      '2001:0:4136:e378:8000:63bf:3fff:fdd2',
      '2001:db8::1',
      '3fff::1',
      '100::1',
      '5f00::1',
    ],
    ...['2a00::5efe:7f00:1', '2a00::200:5efe:10.0.0.1', '::ffff:0:127.0.0.1', 'localhost', '', 'nonsense'],
  ])('%s may not', (address) => expect(isPublic(address)).toBe(false))
})

describe('what is allowed beside them', () => {
  const rows: [allow: string, address: string, host: string, port: number, admitted: boolean][] = [
    ['127.0.0.1', '127.0.0.1', 'a.test', 80, true],
    ['127.0.0.1', '127.0.0.2', 'a.test', 80, false],
    ['127.0.0.0/8', '127.9.9.9', 'a.test', 80, true],
    ['127.0.0.1/32:8080', '127.0.0.1', 'a.test', 8080, true],
    ['127.0.0.1/32:8080', '127.0.0.1', 'a.test', 8081, false],
    ['127.0.0.1:8080', '127.0.0.1', 'a.test', 8080, true],
    ['10.1.2.0/23', '10.1.3.255', 'a.test', 80, true],
    ['10.1.2.0/23', '10.1.4.0', 'a.test', 80, false],
    ['10.0.0.0/8', '::ffff:10.1.2.3', 'a.test', 80, true],
    ['::ffff:10.0.0.0/104', '10.1.2.3', 'a.test', 80, true],
    ['::1', '::1', 'localhost', 80, true],
    ['[::1]:443', '::1', 'localhost', 443, true],
    ['[::1]:443', '::1', 'localhost', 80, false],
    ['[::ffff:10.0.0.1]', '10.0.0.1', 'a.test', 80, true],
    ['::ffff:0:0/96', '10.0.0.1', 'a.test', 80, true],
    ['::ffff:0:0/96', 'fd00::1', 'a.test', 80, false],
    ['::/95', '::1', 'a.test', 80, true],
    ['10.0.0.1:65535', '10.0.0.1', 'a.test', 65_535, true],
    ['10.0.0.7/32', '10.0.0.6', 'a.test', 80, false],
    ['10.example.7a', '10.0.0.1', '10.example.7a', 80, true],
    ['fd00::/8', 'fd12::1', 'a.test', 80, true],
    ['[fd00::/8]:80', 'fd12::1', 'a.test', 80, true],
    ['0.0.0.0/0', '169.254.169.254', 'a.test', 80, true],
    ['0.0.0.0/0', '::1', 'a.test', 80, false],
    ['intranet.example', '10.0.0.1', 'intranet.example', 80, true],
    ['intranet.example', '10.0.0.1', 'INTRANET.example.', 80, true],
    ['intranet.example', '10.0.0.1', 'a.intranet.example', 80, false],
    ['intranet.example', '10.0.0.1', 'xintranet.example', 80, false],
    ['intranet.example:8443', '10.0.0.1', 'intranet.example', 80, false],
    ['*.corp.example', '10.0.0.1', 'a.b.corp.example', 80, true],
    ['*.corp.example', '10.0.0.1', 'corp.example', 80, false],
    ['bücher.example', '10.0.0.1', 'xn--bcher-kva.example', 80, true],
    ['localhost', '127.0.0.1', 'localhost', 80, true],
    ['fd00::1', 'fd00::1', 'a.test', 80, true],
    ['fd00::1', 'fd00::2', 'a.test', 80, false],
    ['fd00::/127', 'fd00::2', 'a.test', 80, false],
    ['::ffff:0:0/90', '10.0.0.1', 'a.test', 80, false],
    ['::ffff:0:0/90', 'fd00::1', 'a.test', 80, false],
    ['intranet.example.', '10.0.0.1', 'intranet.example', 80, true],
    ['db1', '10.0.0.1', 'db1', 80, true],
  ]
  it.each(rows)('%s: %s as %s, port %i: %s', (allow, address, host, port, admitted) => {
    const setting = addressesSchema.parse({ allow: [allow] })
    expect(addressPolicy(setting).admits(address, host, port)).toBe(admitted)
  })

  it.each([
    ...['', '10.0.0.0/33', '::1/129', '10.0.0.0/x', '10.0.0.0/8/9', '1.2.3', '256.1.1.1', 'a b', 'http://a'],
    ...[
      'a:0',
      'a:65536',
      'fd00::1:80/64:80',
      '10.0.0.0/8x',
      '10.0.0.0/0008',
      'a[.example]',
      '1.2.3.4.5',
      '1.2.3:80',
    ],
    ...[
      'intranet.example/admin',
      'intranet.example/16',
      '*.corp.example/x',
      'a.example?b',
      'a.example#b',
      'b@a.example',
    ],
    ...['a\nb.example:80', 'fd00::1:8080x', '*', '*.', 'a..b', '10.0.0.0/-1', '10.0.0.0/'],
  ])('%j is refused', (allow) => expect(addressesSchema.safeParse({ allow: [allow] }).success).toBe(false))

  it('two settings let through what both let through', () => {
    const policy = addressPolicy({ allow: ['10.0.0.1', '10.0.0.2'] }, 'any', {
      allow: ['10.0.0.2', '10.0.0.3'],
    })
    const admitted = ['10.0.0.1', '10.0.0.2', '10.0.0.3', '8.8.8.8'].map((a) =>
      policy.admits(a, 'a.test', 80),
    )
    expect(admitted).toEqual([false, true, false, true])
  })
})

describe('several settings', () => {
  it('with nothing to look at admit all', () => {
    for (const policy of [addressPolicy(), addressPolicy('any', 'any'), ANY_ADDRESS]) {
      expect(policy.any).toBe(true)
      expect(policy.admits('127.0.0.1', 'localhost', 80)).toBe(true)
      expect(policy.admitsUnresolved('localhost', 80)).toBe(true)
    }
    for (const policy of [addressPolicy('public'), addressPolicy('public', { allow: [] })])
      expect(policy.any).toBe(false)
  })

  it('admit an unresolved name where all of them do', () => {
    const policy = addressPolicy('public', { allow: ['intranet'] })
    expect(policy.admitsUnresolved('intranet', 80)).toBe(false)
    expect(policy.admitsUnresolved('shop.example', 80)).toBe(true)
  })

  it('are one for somebody else: the narrowest', () => {
    expect(narrowestAddresses()).toBe('any')
    expect(narrowestAddresses('any', 'any')).toBe('any')
    expect(narrowestAddresses('any', 'public')).toBe('public')
    expect(narrowestAddresses('public', 'any')).toBe('public')
    expect(narrowestAddresses({ allow: ['a.test'] }, 'public')).toBe('public')
    expect(narrowestAddresses('public', { allow: ['a.test'] })).toBe('public')
    expect(narrowestAddresses('any', { allow: ['a.test'] })).toEqual({ allow: ['a.test'] })
    expect(
      narrowestAddresses({ allow: ['a.test', 'b.test'] }, 'any', { allow: ['b.test', 'c.test'] }),
    ).toEqual({
      allow: ['b.test'],
    })
  })
})

describe('addressesSchema', () => {
  it('takes the settings that have names, and no others', () => {
    expect(addressesSchema.parse('public')).toBe('public')
    expect(addressesSchema.parse('any')).toBe('any')
    for (const setting of ['', 'private', { allow: [], deny: [] }, { allow: ['x'.repeat(301)] }])
      expect(addressesSchema.safeParse(setting).success).toBe(false)
  })

  it('says what it expects', () => {
    expect(JSON.stringify(addressesSchema.safeParse({ allow: ['a b'] }).error?.issues)).toContain(
      'expected an address, a CIDR block or a host, with or without :PORT',
    )
  })
})

it.each([
  ['127.0.0.1', false],
  ['[::1]', false],
  ['[::ffff:10.0.0.1]', false],
  ['localhost', false],
  ['a.localhost', false],
  ['printer.local', false],
  ['metadata.google.internal', false],
  ['metadata', false],
  ['home.arpa', false],
  ['nas.home.arpa', false],
  ['xhome.arpa', true],
  ['localhost.', false],
  ['8.8.8.8', true],
  ['shop.example', true],
  ['local.example', true],
  ['intranet', true],
])('where a proxy resolves names, %s: %s', (host, admitted) => {
  expect(addressPolicy({ allow: ['intranet'] }).admitsUnresolved(host, 80)).toBe(admitted)
})
