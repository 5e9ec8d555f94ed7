import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createPlainSealer, createSealer, payloadHash } from '../../../src/store/encryption.ts'
import { generateKey, parseKeyRing } from '../../../src/store/key-ring.ts'

const nameKey = randomBytes(32)
const ring = (...keys: string[]) => parseKeyRing(keys, 'the test')

describe('the key ring', () => {
  it('reads base64, base64url and hex, separated by commas or white space, newest first', () => {
    const secrets = [0, 1, 2].map((byte) => Buffer.alloc(32, 0xf8 + byte))
    const text = `${secrets[0]?.toString('base64')}, ${secrets[1]?.toString('base64url')}\n${secrets[2]?.toString('hex')}\n`
    expect(parseKeyRing(text, 'here').map((key) => key.secret)).toEqual(secrets)
    expect(new Set(parseKeyRing(text, 'here').map((key) => key.id.toString('hex'))).size).toBe(3)
  })

  it('refuses what is no key, and does not repeat it', () => {
    for (const bad of [
      '',
      ' , ',
      'hunter2hunter2',
      'A'.repeat(42),
      'A'.repeat(44),
      `${generateKey()},secret`,
    ]) {
      let error: unknown
      try {
        parseKeyRing(bad, 'ONEJAR_KEYS')
      } catch (thrown) {
        error = thrown
      }
      expect(error).toMatchObject({ code: 'ONEJAR_BAD_OPTIONS' })
      expect(String(error)).toContain('ONEJAR_KEYS')
      if (bad.length > 5) expect(JSON.stringify([String(error), error])).not.toContain(bad.slice(-6))
    }
  })
})

it('names where a key that is none comes from, within the sentence', () => {
  expect(() => parseKeyRing('short', 'The option keys')).toThrow(/^Key 1 of the option keys is not/)
  expect(() => parseKeyRing('short', 'ONEJAR_KEYS')).toThrow(/^Key 1 of ONEJAR_KEYS is not/)
})

describe('the sealer', () => {
  const key = generateKey()
  const sealer = createSealer(ring(key), nameKey)

  it('opens what it sealed, for the same session and context only', () => {
    const body = sealer.seal('session', 'context', 'täxt\ud800')
    expect(sealer.open('session', 'context', body)).toMatchObject({ ok: true, stale: false })
    expect(sealer.open('session', 'context', sealer.seal('session', 'context', ''))).toMatchObject({
      text: '',
    })
    for (const [name, context] of [
      ['session', 'other'],
      ['other', 'context'],
      ['sessionc', 'ontext'],
    ] as const) {
      expect(sealer.open(name, context, body)).toEqual({ ok: false, reason: 'altered' })
    }
  })

  it('never seals the same way twice', () => {
    const bodies = Array.from({ length: 100 }, () => payloadHash(sealer.seal('s', 'c', 'same')))
    expect(new Set(bodies).size).toBe(100)
  })

  it('notices every changed bit and every cut', () => {
    const body = sealer.seal('s', 'c', 'a value')
    for (let at = 0; at < body.length; at++) {
      for (const bit of [1, 128]) {
        const changed = Uint8Array.from(body)
        changed[at]! ^= bit
        expect(sealer.open('s', 'c', changed).ok).toBe(false)
      }
      expect(sealer.open('s', 'c', body.subarray(0, at)).ok).toBe(false)
      expect(sealer.open('s', 'c', body.subarray(at + 1)).ok).toBe(false)
    }
    expect(sealer.open('s', 'c', Buffer.concat([body, Buffer.of(0)])).ok).toBe(false)
  })

  it('tells another key from damage, and refuses plaintext', () => {
    const other = createSealer(ring(generateKey()), nameKey)
    expect(other.open('s', 'c', sealer.seal('s', 'c', 'v'))).toEqual({ ok: false, reason: 'unknown-key' })
    const plain = createPlainSealer()
    expect(sealer.open('s', 'c', plain.seal('s', 'c', 'v'))).toEqual({ ok: false, reason: 'plaintext' })
    expect(plain.open('s', 'c', sealer.seal('s', 'c', 'v'))).toEqual({ ok: false, reason: 'unknown-key' })
  })

  it('opens with any key of the ring and seals with the newest', () => {
    const newer = generateKey()
    const rotated = createSealer(ring(newer, key), nameKey)
    expect(rotated.open('s', 'c', sealer.seal('s', 'c', 'v'))).toEqual({ ok: true, text: 'v', stale: true })
    const body = rotated.seal('s', 'c', 'v')
    expect(createSealer(ring(newer), nameKey).open('s', 'c', body)).toEqual({
      ok: true,
      text: 'v',
      stale: false,
    })
  })

  it('hashes names under its key, apart for each session and purpose', () => {
    const session = { tenant: 'a', id: 'b' }
    const name = sealer.name(session)
    expect(name).toMatch(/^[\w-]{22}$/)
    expect(sealer.name(session)).toBe(name)
    expect(sealer.name({ tenant: 'ab', id: '' })).not.toBe(name)
    expect(createSealer(ring(key), randomBytes(32)).name(session)).not.toBe(name)
    expect(createSealer(ring(generateKey()), nameKey).name(session)).toBe(name)
    expect(sealer.field(name, 'k')).not.toBe(sealer.field('other', 'k'))
  })
})
