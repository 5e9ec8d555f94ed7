import { createHash, createPrivateKey, type KeyObject } from 'node:crypto'
import { OnejarError } from '../../core/index.ts'

/** An Ed25519 key as a JSON Web Key (RFC 8037); `d` is its secret half. */
export interface BotKeyJwk {
  /** The kind of key: an octet key pair. */
  readonly kty: 'OKP'
  /** The curve. */
  readonly crv: 'Ed25519'
  /** The public half: 32 bytes in base64url. */
  readonly x: string
  /** The secret half: 32 bytes in base64url. */
  readonly d: string
}

/** The public half, as a key directory lists it. */
export interface PublicBotKey {
  readonly kty: 'OKP'
  readonly crv: 'Ed25519'
  readonly x: string
  readonly kid: string
  readonly alg: 'EdDSA'
  readonly use: 'sig'
}

/** A key that signs. Its secret half stays in Node's key object, which prints nothing of it. */
export interface BotKey {
  readonly privateKey: KeyObject
  readonly publicJwk: PublicBotKey
  /** The thumbprint of the public half (RFC 7638), which names the key in signatures. */
  readonly keyId: string
}

const BYTES_32 = /^[A-Za-z0-9_-]{43}$/

/**
 * Reads a key. Other members of the JWK are ignored, as RFC 7517 asks.
 *
 * @throws OnejarError ONEJAR_BAD_OPTIONS, which says what is wrong and never the key
 */
export function readBotKey(value: unknown): BotKey {
  const { kty, crv, x, d } = (typeof value === 'object' && value !== null ? value : {}) as Partial<BotKeyJwk>
  if (kty !== 'OKP' || crv !== 'Ed25519') throw bad('expected a JWK with kty OKP and crv Ed25519')
  if (typeof x !== 'string' || !BYTES_32.test(x)) throw bad('x: expected 32 bytes in base64url')
  if (typeof d !== 'string' || !BYTES_32.test(d)) throw bad('d: expected the 32 bytes of the secret half')
  const privateKey = importKey({ kty, crv, x, d })
  const keyId = createHash('sha256').update(JSON.stringify({ crv, kty, x })).digest('base64url')
  return { privateKey, keyId, publicJwk: { kty, crv, x, kid: keyId, alg: 'EdDSA', use: 'sig' } }
}

function importKey(key: BotKeyJwk): KeyObject {
  try {
    const privateKey = createPrivateKey({ key: { ...key }, format: 'jwk' })
    // The two halves are given apart: a directory that shows another key would have every signature refused.
    if (privateKey.export({ format: 'jwk' }).x === key.x) return privateKey
  } catch {
    // What OpenSSL says of it is no help to anybody.
  }
  throw bad('x and d are not the halves of one Ed25519 key')
}

function bad(what: string): OnejarError {
  return new OnejarError('ONEJAR_BAD_OPTIONS', `botAuth.key: ${what}`)
}
