/** Signs of ASCII that no telling word has in it: white space, quotes, angle brackets. */
const PLAIN_CODES: ReadonlySet<number> = new Set([9, 10, 12, 13, 32, 34, 39, 60, 62])
/** Names of signs of ASCII that a telling word may have in it; all need their semicolon. */
const TELLING_NAMES: ReadonlySet<string> = new Set(
  'excl num dollar percnt lpar rpar ast midast plus comma period sol colon semi equals quest commat lsqb lbrack bsol rsqb rbrack hat lowbar underbar grave diacriticalgrave lcub lbrace verbar vert verticalline rcub rbrace fjlig bne'.split(
    ' ',
  ),
)
const LONGEST_NAME = 32
const MOST_DIGITS = 7

/**
 * Whether an `&` begins a character reference that cannot spell a part of a telling word, or none at all: such words may be looked for
 * in what was written then.
 */
export function isPlainReference(bytes: Buffer, at: number): boolean {
  if (bytes[at + 1] === 0x23) return isPlainNumber(bytes, at + 2)
  const end = nameEnd(bytes, at + 1)
  if (bytes[end] !== 0x3b) return true
  return !TELLING_NAMES.has(bytes.toString('latin1', at + 1, end).toLowerCase())
}

/** Behind the last sign that may belong to a reference. */
export function referenceEnd(bytes: Buffer, at: number): number {
  const end = nameEnd(bytes, bytes[at + 1] === 0x23 ? at + 2 : at + 1)
  return bytes[end] === 0x3b ? end + 1 : end
}

function isPlainNumber(bytes: Buffer, start: number): boolean {
  const isHex = ((bytes[start] ?? 0) | 0x20) === 0x78
  const from = isHex ? start + 1 : start
  const end = nameEnd(bytes, from)
  if (end - from > MOST_DIGITS) return false
  const value = Number.parseInt(bytes.toString('latin1', from, end), isHex ? 16 : 10)
  return Number.isNaN(value) || value > 0x7f || PLAIN_CODES.has(value)
}

function nameEnd(bytes: Buffer, start: number): number {
  let at = start
  while (at < bytes.length && at - start < LONGEST_NAME && isAlphanumeric(bytes[at] as number)) at += 1
  return at
}

function isAlphanumeric(byte: number): boolean {
  return (byte >= 0x30 && byte <= 0x39) || ((byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a)
}
