import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createSecretKey,
  type KeyObject,
  randomBytes,
} from 'node:crypto'
import { deriveKey, type KeyRing, type MasterKey } from './key-ring.ts'
import type { ProblemReason, SessionKey } from './port.ts'

/** What came of opening a body. `stale`: it was sealed with a key that is not the newest. */
export type Opened =
  | { readonly ok: true; readonly text: string; readonly stale: boolean }
  | { readonly ok: false; readonly reason: ProblemReason }

/** How names and values look in a store. */
export interface Sealer {
  /** Whether what it seals is readable with a key only. */
  readonly seals: boolean
  /** The name a session goes by in the store: printable ASCII without white space, braces or glob characters. */
  name(session: SessionKey): string
  /** What others than the store call the session: not its name, and not to be turned back. */
  pseudonym(session: SessionKey): string
  /** The name of something in a session (an entry, a lock): printable ASCII. */
  field(name: string, key: string): string
  /** @param context - what the text belongs to: it opens with exactly the same context only */
  seal(name: string, context: string, text: string): Uint8Array
  open(name: string, context: string, body: Uint8Array): Opened
  /** Which key a body was sealed with, when that is not at hand; else null. */
  foreignKey(body: Uint8Array): string | null
}

const PLAIN = 0
const SEALED = 1
const KEY_ID_BYTES = 4
const IV_BYTES = 12
const TAG_BYTES = 16
const HEAD_BYTES = 1 + KEY_ID_BYTES + IV_BYTES
const HASH_BYTES = 16
const MAX_CACHED_KEYS = 1_000

/**
 * AES-256-GCM with a key per session and master key, so that random nonces stay far from their bound (2^32 per key);
 * the associated data is the session's name and the context. Names are HMAC-SHA-256, cut to 128 bits, under the store's
 * own name key, which outlives the master keys.
 *
 * A sealed body: 0x01, key id (4 bytes), nonce (12), ciphertext, tag (16).
 *
 * @param keys - the ring, or what has the ring of the moment
 */
export function createSealer(keys: KeyRing | { readonly ring: KeyRing }, nameKey: Uint8Array): Sealer {
  // Key objects: made from bytes, each use of a key would cost several times what it is used for.
  const derived = new Map<string, KeyObject>()
  const naming = createSecretKey(nameKey)
  const ringNow = (): KeyRing => ('ring' in keys ? keys.ring : keys)

  function keyFor(master: MasterKey, name: string): KeyObject {
    const slot = `${master.id.toString('hex')}${name}`
    let key = derived.get(slot)
    if (!key) {
      key = createSecretKey(deriveKey(master.secret, `values/${name}`))
      if (derived.size >= MAX_CACHED_KEYS) derived.clear()
      derived.set(slot, key)
    }
    return key
  }

  return {
    seals: true,
    name: (session) => keyedHash(naming, 'session', session.tenant, session.id),
    pseudonym: (session) => keyedHash(naming, 'pseudonym', session.tenant, session.id),
    field: (name, key) => keyedHash(naming, 'field', name, key),
    seal(name, context, text) {
      const [newest] = ringNow()
      return sealBytes(newest, keyFor(newest, name), aad(name, context), Buffer.from(text))
    },
    open(name, context, body) {
      if (body[0] === PLAIN) return { ok: false, reason: 'plaintext' }
      const ring = ringNow()
      const master = findMaster(ring, body)
      if (!master) return { ok: false, reason: isSealed(body) ? 'unknown-key' : 'altered' }
      const plain = openBytes(keyFor(master, name), aad(name, context), body)
      if (!plain) return { ok: false, reason: 'altered' }
      return { ok: true, text: plain.toString(), stale: master !== ring[0] }
    },
    foreignKey: (body) =>
      isSealed(body) && findMaster(ringNow(), body) === undefined
        ? Buffer.from(body.subarray(1, 1 + KEY_ID_BYTES)).toString('hex')
        : null,
  }
}

/** For stores that need no encryption: readable names, and bodies of 0x00 and the text. */
export function createPlainSealer(): Sealer {
  const passing = createSecretKey(randomBytes(32))
  return {
    seals: false,
    name: (session) => `${plainName(session.tenant)}/${plainName(session.id)}`,
    pseudonym: (session) => keyedHash(passing, 'pseudonym', session.tenant, session.id),
    field: (_name, key) =>
      createHash('sha256').update(key).digest().subarray(0, HASH_BYTES).toString('base64url'),
    seal: (_name, _context, text) => Buffer.concat([Buffer.of(PLAIN), Buffer.from(text)]),
    open(_name, _context, body) {
      if (body[0] === PLAIN) return { ok: true, text: Buffer.from(body).toString('utf8', 1), stale: false }
      return { ok: false, reason: isSealed(body) ? 'unknown-key' : 'altered' }
    },
    foreignKey: () => null,
  }
}

/** AES-256-GCM in the form described above. */
export function sealBytes(
  master: MasterKey,
  key: Uint8Array | KeyObject,
  associated: Uint8Array,
  plain: Uint8Array,
): Buffer {
  const iv = randomBytes(IV_BYTES)
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(associated)
  return Buffer.concat([
    Buffer.of(SEALED),
    master.id,
    iv,
    cipher.update(plain),
    cipher.final(),
    cipher.getAuthTag(),
  ])
}

/** The inverse of `sealBytes`; null when the body is not what was sealed with this key for this purpose. */
export function openBytes(
  key: Uint8Array | KeyObject,
  associated: Uint8Array,
  body: Uint8Array,
): Buffer | null {
  if (!isSealed(body)) return null
  const tagAt = body.length - TAG_BYTES
  const decipher = createDecipheriv('aes-256-gcm', key, body.subarray(1 + KEY_ID_BYTES, HEAD_BYTES), {
    authTagLength: TAG_BYTES,
  })
  decipher.setAAD(associated).setAuthTag(body.subarray(tagAt))
  try {
    return Buffer.concat([decipher.update(body.subarray(HEAD_BYTES, tagAt)), decipher.final()])
  } catch {
    return null
  }
}

/** The key of the ring that a body says it was sealed with. */
export function findMaster(ring: KeyRing, body: Uint8Array): MasterKey | undefined {
  if (!isSealed(body)) return undefined
  return ring.find((master) => master.id.equals(body.subarray(1, 1 + KEY_ID_BYTES)))
}

/** Identifies stored payloads in reports: 16 hex digits of the SHA-256. */
export function payloadHash(body: Uint8Array): string {
  return createHash('sha256').update(body).digest('hex').slice(0, 16)
}

function isSealed(body: Uint8Array): boolean {
  return body[0] === SEALED && body.length >= HEAD_BYTES + TAG_BYTES
}

function aad(name: string, context: string): Buffer {
  return Buffer.from(JSON.stringify([name, context]))
}

function keyedHash(key: KeyObject, ...parts: readonly string[]): string {
  return createHmac('sha256', key)
    .update(JSON.stringify(parts))
    .digest()
    .subarray(0, HASH_BYTES)
    .toString('base64url')
}

/** Percent-encodes what `encodeURIComponent` leaves although a glob or a path may read something into it. */
function plainName(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*~.]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}
