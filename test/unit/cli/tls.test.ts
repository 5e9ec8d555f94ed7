import { describe, expect, it } from 'vitest'
import { cipherName } from '../../../src/cli/tls/browser-side.ts'
import { fingerprintOf } from '../../../src/cli/tls/client-hello.ts'
import { tlsReport, tlsText } from '../../../src/cli/tls/report.ts'
import type { Side } from '../../../src/cli/tls/side.ts'

const side = (own: Partial<Side> = {}): Side => ({
  version: 'TLSv1.3',
  cipher: 'TLS_AES_128_GCM_SHA256',
  alpn: 'h2',
  chain: [],
  fingerprint: { ja3: '771,4865', ja4: 't13d' },
  fault: null,
  ...own,
})

/** A ClientHello for `a.test` with one suite, a value put in at random before it, and ALPN. */
function hello(): Buffer {
  const u16 = (n: number) => [n >> 8, n & 255]
  const extension = (type: number, data: number[]) => [...u16(type), ...u16(data.length), ...data]
  const name = [...Buffer.from('a.test')]
  const extensions = [
    ...extension(0x2a2a, []),
    ...extension(0, [...u16(name.length + 3), 0, ...u16(name.length), ...name]),
    ...extension(10, [...u16(4), ...u16(0x1a1a), ...u16(29)]),
    ...extension(11, [1, 0]),
    ...extension(13, [...u16(2), ...u16(0x0403)]),
    ...extension(16, [...u16(3), 2, ...Buffer.from('h2')]),
    ...extension(43, [2, ...u16(0x0304)]),
  ]
  const suites = [...u16(0x3a3a), ...u16(0x1301)]
  const body = [
    ...u16(0x0303),
    ...Array.from({ length: 32 }, () => 7),
    0,
    ...u16(suites.length),
    ...suites,
    1,
    0,
    ...u16(extensions.length),
    ...extensions,
  ]
  return Buffer.from([1, 0, ...u16(body.length), ...body])
}

describe('onejar tls', () => {
  it('reads a ClientHello, without what was put in at random', () => {
    const { ja3, ja4 } = fingerprintOf(hello())
    expect(ja3).toBe('771,4865,0-10-11-13-16-43,29,0')
    // One suite and six extensions; the first hash is that of `1301`.
    expect(ja4).toMatch(/^t13d0106h2_0f2cb44170f4_[0-9a-f]{12}$/)
  })

  it.each([5, 30, 60, 80])('refuses one that is cut off after %d bytes', (length) => {
    expect(() => fingerprintOf(hello().subarray(0, length))).toThrow(RangeError)
  })

  it('says what differs; what one side does not have is no difference', () => {
    const other = side({ cipher: 'TLS_AES_256_GCM_SHA384', fingerprint: { ja3: '771,4866', ja4: 't13d' } })
    const report = tlsReport(new URL('https://shop.example/path?token=canary'), side(), other)
    expect(report).toMatchObject({ url: 'https://shop.example/', differs: ['cipher', 'JA3'] })
    expect(tlsText(report)).toMatch(/^cipher +TLS_AES_128_GCM_SHA256 +TLS_AES_256_GCM_SHA384 +differs$/m)
    const none = side({ version: null, cipher: null, alpn: null, fingerprint: null, fault: 'ERR_FAILED' })
    const alone = tlsReport(new URL('https://shop.example/'), side(), none)
    expect(alone.differs).toEqual([])
    expect(tlsText(alone)).toMatch(/^fault +- +ERR_FAILED$/m)
    expect(tlsText(alone)).toContain('nothing differs')
  })

  it('names suites as IANA does', () => {
    const name = (protocol: string, keyExchange: string, cipher: string) =>
      cipherName({ protocol, keyExchange, cipher })
    expect(name('TLS 1.3', '', 'AES_128_GCM')).toBe('TLS_AES_128_GCM_SHA256')
    expect(name('TLS 1.3', '', 'AES_256_GCM')).toBe('TLS_AES_256_GCM_SHA384')
    expect(name('TLS 1.3', '', 'CHACHA20_POLY1305')).toBe('TLS_CHACHA20_POLY1305_SHA256')
    expect(name('TLS 1.2', 'ECDHE_RSA', 'AES_128_GCM')).toBe('TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256')
  })
})
