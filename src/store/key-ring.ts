import { hkdfSync, randomBytes } from 'node:crypto'
import { OnejarError } from '../core/index.ts'

/** One master key of a ring. Nothing is sealed with the master itself, only with what is derived from it. */
export interface MasterKey {
  /** Four bytes that tell which key sealed something; they say nothing about the key. */
  readonly id: Buffer
  readonly secret: Buffer
}

/** The keys a process knows, newest first: the first one seals, all of them open. */
export type KeyRing = readonly [MasterKey, ...MasterKey[]]

const KEY_BYTES = 32
const MAX_KEYS = 16

/**
 * Reads a key ring: keys of 32 bytes as base64, base64url or hex, separated by commas or white space, newest first.
 *
 * @param source - where they come from, for the message: `ONEJAR_KEYS`
 * @throws OnejarError ONEJAR_BAD_OPTIONS; the message holds nothing of the keys
 */
export function parseKeyRing(text: string | readonly string[], source: string): KeyRing {
  const words = (typeof text === 'string' ? text : text.join(','))
    .split(/[\s,]+/)
    .filter((word) => word !== '')
  const [newest, ...older] = words.map((word, index) => masterKey(decodeKey(word, index, source)))
  if (!newest) throw new OnejarError('ONEJAR_BAD_OPTIONS', `${source} holds no key`)
  if (older.length >= MAX_KEYS) {
    throw new OnejarError('ONEJAR_BAD_OPTIONS', `${source} holds more than ${MAX_KEYS} keys`)
  }
  return [newest, ...older]
}

/** A new key, in the form that `parseKeyRing` reads. */
export function generateKey(): string {
  return randomBytes(KEY_BYTES).toString('base64url')
}

/** 32 bytes for one purpose, from a master key or another secret (HKDF-SHA-256). */
export function deriveKey(secret: Uint8Array, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', `onejar/1/${purpose}`, KEY_BYTES))
}

function masterKey(secret: Buffer): MasterKey {
  return { id: deriveKey(secret, 'key-id').subarray(0, 4), secret }
}

function decodeKey(word: string, index: number, source: string): Buffer {
  if (/^[0-9a-f]{64}$/i.test(word)) return Buffer.from(word, 'hex')
  const bytes = Buffer.from(word, 'base64url')
  if (!/^[\w+/-]{43}=?$/.test(word) || bytes.length !== KEY_BYTES) {
    throw new OnejarError(
      'ONEJAR_BAD_OPTIONS',
      `Key ${index + 1} of ${source.replace(/^(?:The|What) /, (word) => word.toLowerCase())} is not 32 bytes as base64 or hex (make one with: openssl rand -base64 32)`,
    )
  }
  return bytes
}
