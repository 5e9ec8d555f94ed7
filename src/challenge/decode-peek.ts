/**
 * The peek as text: at most `limit` bytes, one char per byte, so that any cut is readable and no charset has to be
 * guessed. What is looked for in it has the same form, see `encodeText`.
 */
export function decodePeek(peek: Uint8Array | string, limit: number): string {
  if (typeof peek === 'string') {
    const text = peek.length > limit ? peek.slice(0, limit) : peek
    return /[^\0-\xff]/.test(text) ? encodeText(text).slice(0, limit) : text
  }
  const bytes = Buffer.isBuffer(peek) ? peek : Buffer.from(peek.buffer, peek.byteOffset, peek.byteLength)
  return bytes.toString('latin1', 0, limit)
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
