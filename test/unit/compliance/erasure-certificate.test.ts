import { describe, expect, it } from 'vitest'
import { certify, checkCertificate } from '../../../src/compliance/index.ts'

const KEY = { id: 'one', secret: Buffer.from('a secret of the test') }
const OTHER = { id: 'two', secret: Buffer.from('another') }
const sessions = [{ pseudonym: 'p1', createdAt: '2026-01-01T00:00:00.000Z', entries: 3, sizeBytes: 200 }]
const made = () =>
  certify({ at: 1_700_000_000_000, subject: 'anna', tenant: null, sessions, complete: true }, KEY)

describe('a certificate of an erasure', () => {
  it('shows what was erased, and neither whom nor what', () => {
    const certificate = made()
    expect(certificate).toMatchObject({
      at: '2023-11-14T22:13:20.000Z',
      sessions,
      complete: true,
      key: 'one',
    })
    expect(JSON.stringify(certificate)).not.toContain('anna')
  })

  it('is taken as it was made, also with an older key, and only for its subject', () => {
    const certificate = JSON.parse(JSON.stringify(made()))
    expect(checkCertificate(certificate, [OTHER, KEY])).toBeNull()
    expect(checkCertificate(certificate, [KEY], 'anna')).toBeNull()
    expect(checkCertificate(certificate, [KEY], 'bert')).toBe('is about another subject')
    expect(checkCertificate(certificate, [OTHER])).toContain('key ring')
  })

  it.each([
    ['complete', false, 'was changed after it was made'],
    ['at', '2024-01-01T00:00:00.000Z', 'was changed after it was made'],
    ['sessions', [], 'was changed after it was made'],
    ['subject', 'x', 'was changed after it was made'],
    ['key', null, 'is sealed with a key that is not in the key ring'],
  ])('is refused when %s is another', (name, value, reason) => {
    expect(checkCertificate({ ...made(), [name]: value }, [KEY])).toBe(reason)
  })

  it('is refused when its seal or its kind is another', () => {
    const certificate = made()
    for (const hash of [
      '',
      certificate.hash.slice(1),
      `${certificate.hash}x`,
      [...certificate.hash].reverse().join(''),
    ])
      expect(checkCertificate({ ...certificate, hash }, [KEY])).toBe('was changed after it was made')
    expect(checkCertificate({ ...certificate, kind: 'receipt' }, [KEY])).toBe(
      'is no certificate of an erasure',
    )
  })

  it('that anybody could have made is not taken where there is a key', () => {
    const plain = certify({ at: 1, subject: 'anna', tenant: 'acme', sessions: [], complete: true }, null)
    expect(checkCertificate(plain, [])).toBeNull()
    expect(checkCertificate(plain, [KEY])).toContain('key ring')
  })

  it.each([null, 1, 'text', [], {}, { ...made(), more: 1 }, { ...made(), hash: 1 }, { ...made(), v: 2 }])(
    'is not %j',
    (value) => {
      expect(checkCertificate(value, [KEY])).toBe('is no certificate of an erasure')
    },
  )
})
