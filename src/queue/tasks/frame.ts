import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

/** What one end says to the other: a message as JSON, and bytes. */
export interface Frame {
  readonly message: unknown
  readonly bytes: Buffer
}

/** Which frame it is. A frame that is moved to another place opens no more. */
export interface FramePlace {
  readonly from: 'caller' | 'worker'
  readonly task: string
  /** Of this run of the task: the same order, put into the queue again, is another one. */
  readonly run: string
  /** How many frames came before it from that end. */
  readonly at: number
}

const IV_BYTES = 12
const TAG_BYTES = 16
const LENGTH_BYTES = 4

/** AES-256-GCM under the task's own key: nonce (12 bytes), ciphertext, tag (16). */
export function sealFrame(key: Uint8Array, place: FramePlace, message: unknown, bytes: Uint8Array): Buffer {
  const text = Buffer.from(JSON.stringify(message))
  const length = Buffer.alloc(LENGTH_BYTES)
  length.writeUInt32BE(text.length)
  const iv = randomBytes(IV_BYTES)
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(associated(place))
  return Buffer.concat([
    iv,
    cipher.update(length),
    cipher.update(text),
    cipher.update(bytes),
    cipher.final(),
    cipher.getAuthTag(),
  ])
}

/** Null when it was not sealed with this key for this place. */
export function openFrame(key: Uint8Array, place: FramePlace, sealed: Buffer): Frame | null {
  const tagAt = sealed.length - TAG_BYTES
  if (tagAt < IV_BYTES + LENGTH_BYTES) return null
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, IV_BYTES), {
    authTagLength: TAG_BYTES,
  })
  decipher.setAAD(associated(place)).setAuthTag(sealed.subarray(tagAt))
  try {
    const plain = Buffer.concat([decipher.update(sealed.subarray(IV_BYTES, tagAt)), decipher.final()])
    const end = LENGTH_BYTES + plain.readUInt32BE()
    return {
      message: JSON.parse(plain.toString('utf8', LENGTH_BYTES, end)),
      bytes: plain.subarray(end),
    }
  } catch {
    return null
  }
}

function associated({ from, task, run, at }: FramePlace): Buffer {
  return Buffer.from(JSON.stringify([from, task, run, at]))
}
