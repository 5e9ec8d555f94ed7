/**
 * The peek as text: at most `limit` bytes, one char per byte, so that any charset and any cut is readable: everything
 * the classifier looks for is ASCII.
 */
export function decodePeek(peek: Uint8Array | string, limit: number): string {
  if (typeof peek === 'string') return peek.length > limit ? peek.slice(0, limit) : peek
  const bytes = Buffer.isBuffer(peek) ? peek : Buffer.from(peek.buffer, peek.byteOffset, peek.byteLength)
  return bytes.toString('latin1', 0, limit)
}
