import { charsetOf } from './charset.ts'

/**
 * The peek as text: at most `limit` bytes, one char per byte, so that any cut is readable. What is looked for in it has
 * the same form, see `encodeText`.
 */
export function decodePeek(peek: Uint8Array | string, limit: number): string {
  if (typeof peek === 'string') {
    const text = peek.length > limit ? peek.slice(0, limit) : peek
    return /[^\0-\xff]/.test(text) ? encodeText(text).slice(0, limit) : text
  }
  const bytes = Buffer.isBuffer(peek) ? peek : Buffer.from(peek.buffer, peek.byteOffset, peek.byteLength)
  return bytes.toString('latin1', 0, limit)
}

/**
 * A decoded peek as that of the same document in UTF-8, with every letter in lower case, those beyond ASCII too. What
 * holds nothing but ASCII comes back as it is.
 *
 * @param type - Content-Type, which may name the charset
 */
export function normalisePeek(text: string, type: string | undefined): string {
  if (!/[\x80-\xff]|^[\s\S]?\0/.test(text)) return text
  const bytes = Buffer.from(text, 'latin1')
  const readable = new TextDecoder(charsetOf(bytes, text, type)).decode(bytes)
  // A Turkish capital I with a dot becomes an i and a dot.
  return encodeText(readable.toLowerCase().replaceAll('\u0307', ''))
}

/** A text as it looks in a decoded peek of a UTF-8 document: one char for each of its bytes. */
export function encodeText(text: string): string {
  return Buffer.from(text).toString('latin1')
}

/**
 * What a phrase looks like in a decoded peek that was made lower case: letters beyond ASCII keep the case that their
 * bytes have, so that the phrase is given with and without a capital.
 *
 * @param phrase - lower case
 */
export function spellings(phrase: string): readonly string[] {
  const capital = phrase.charAt(0).toUpperCase() + phrase.slice(1)
  return [...new Set([phrase, capital].map((text) => encodeText(text).toLowerCase()))]
}
