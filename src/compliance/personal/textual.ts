/** How a body of text is read: as it is, or by a decoder first. */
export type TextReading = { readonly kind: 'bytes' } | { readonly kind: 'decode'; readonly charset: string }

const TEXT =
  /^(?:text\/|application\/(?:[\w.+-]*\b(?:json|xml|javascript|ecmascript|yaml|csv|graphql|x-www-form-urlencoded|x-ndjson)\b|x-javascript)|image\/svg)/i
/** Encodings that do not contain ASCII byte for byte. */
const WIDE = /^(?:utf-?16|utf-?32|ucs-?2|iso-10646-ucs-2|unicode)/i

/**
 * Whether a body is text that can be read, by its Content-Type and its first bytes; null when it is not (an image, an archive, a
 * PDF). What does not say what it is counts as text.
 */
export function textReading(contentType: string | undefined, first: Uint8Array): TextReading | null {
  if (contentType !== undefined && contentType.trim() !== '' && !TEXT.test(contentType.trim())) return null
  if (first[0] === 0xff && first[1] === 0xfe) return { kind: 'decode', charset: 'utf-16le' }
  if (first[0] === 0xfe && first[1] === 0xff) return { kind: 'decode', charset: 'utf-16be' }
  const charset = /charset=["']?([\w:-]+)/i.exec(contentType ?? '')?.[1]
  if (charset === undefined || !WIDE.test(charset)) return { kind: 'bytes' }
  return { kind: 'decode', charset: /be$/i.test(charset) ? 'utf-16be' : 'utf-16le' }
}

/** Whether a body is JSON, by its Content-Type. */
export function isJson(contentType: string | undefined): boolean {
  return /^[\w.+-]+\/(?:[\w.+-]*\+)?(?:json|x-ndjson)\b/i.test(contentType?.trim() ?? '')
}
