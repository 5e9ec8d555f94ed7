import { createHash } from 'node:crypto'

/** How a client introduced itself: two names that the field gives to a ClientHello. */
export interface Fingerprint {
  /** The text whose MD5 is known as JA3. */
  readonly ja3: string
  readonly ja4: string
}

/**
 * JA3 and JA4 of a ClientHello (a handshake message without its record header).
 *
 * @see https://github.com/FoxIO-LLC/ja4/blob/main/technical_details/JA4.md
 * @throws RangeError for one that is cut off
 */
export function fingerprintOf(hello: Buffer): Fingerprint {
  let at = 4
  const take = (length: number) => {
    at += length
    if (at > hello.length) throw new RangeError('The ClientHello is cut off')
    return hello.subarray(at - length, at)
  }
  const number = (length: 1 | 2) => take(length).readUIntBE(0, length)
  const version = number(2)
  take(32)
  take(number(1))
  const ciphers = numbers(take(number(2)))
  take(number(1))
  const end = number(2) + at
  const extensions = new Map<number, Buffer>()
  while (at < end) {
    const type = number(2)
    extensions.set(type, take(number(2)))
  }
  const types = [...extensions.keys()].filter(isReal)
  const list = (type: number, header = 2) =>
    numbers(extensions.get(type)?.subarray(header) ?? Buffer.alloc(0))
  const points = [...(extensions.get(11)?.subarray(1) ?? [])]
  const ja3 = [[version], ciphers, types, list(10), points].map((part) => part.join('-')).join(',')

  const offered = extensions.has(43) ? Math.max(...list(43, 1)) : version
  const alpn =
    extensions
      .get(16)
      ?.subarray(3, 3 + (extensions.get(16)?.[2] ?? 0))
      .toString('latin1') || '00'
  const head = [
    't',
    { 772: '13', 771: '12', 770: '11', 769: '10' }[offered] ?? '00',
    extensions.has(0) ? 'd' : 'i',
    twoDigits(ciphers.length),
    twoDigits(types.length),
    `${alpn[0]}${alpn.at(-1)}`,
  ].join('')
  const sorted = types
    .filter((type) => type !== 0 && type !== 16)
    .map(hex)
    .sort()
  const tail = `${sorted.join(',')}_${list(13).map(hex).join(',')}`
  return { ja3, ja4: [head, hash(ciphers.map(hex).sort().join(',')), hash(tail)].join('_') }
}

/** Without the values that some clients put in at random (RFC 8701). */
function numbers(bytes: Buffer): number[] {
  const all: number[] = []
  for (let at = 0; at + 1 < bytes.length; at += 2) all.push(bytes.readUInt16BE(at))
  return all.filter(isReal)
}

function isReal(value: number): boolean {
  return (value & 0x0f0f) !== 0x0a0a || value >> 8 !== (value & 0xff)
}

const hex = (value: number) => value.toString(16).padStart(4, '0')
const hash = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 12)
const twoDigits = (count: number) => String(Math.min(count, 99)).padStart(2, '0')
