/**
 * The peek as text: at most `limit` bytes, one char per byte, so that any cut is readable and no charset has to be
 * guessed. What is looked for in it has the same form, see `encodeText`.
 */
export function decodePeek(peek: Uint8Array | string, limit: number): string {
  if (typeof peek === 'string') {
    const text = /[^\0-\xff]/.test(peek) ? encodeText(peek) : peek
    return text.length > limit ? text.slice(0, limit) : text
  }
  const bytes = Buffer.isBuffer(peek) ? peek : Buffer.from(peek.buffer, peek.byteOffset, peek.byteLength)
  return bytes.toString('latin1', 0, limit)
}

/** A text as it looks in a decoded peek of a UTF-8 document: one char for each of its bytes. */
export function encodeText(text: string): string {
  return Buffer.from(text).toString('latin1')
}
