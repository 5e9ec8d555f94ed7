/*
 * The elements that a scan of markup has to tell from the others. Names are compared as bytes: a string for each tag of a document would
 * cost more than the scan.
 */

/** What is known of an element, as bits. */
export const IS_LINK = 1
/** It has nothing but text in it, up to its own end. */
export const IS_RAW_TEXT = 2
/** What it holds up to the next tag is not shown. */
export const IS_HIDDEN = 4
/** It is read in a way of its own, and seldom met. */
export const IS_ODD = 8
/** It can act by itself, or ask. */
export const ACTS = 16
export const IS_KEPT = 32
export const IS_NOSCRIPT = 64
export const IS_BODY = 128
export const IS_SCRIPT = 256
export const IS_TITLE = 512
const ELEMENTS: readonly (readonly [name: string, kind: number])[] = [
  ['a', IS_LINK],
  ['script', IS_RAW_TEXT | IS_HIDDEN | ACTS | IS_SCRIPT],
  ['title', IS_RAW_TEXT | IS_HIDDEN | IS_TITLE],
  ['style', IS_RAW_TEXT | IS_HIDDEN],
  ['textarea', IS_RAW_TEXT | IS_HIDDEN | IS_KEPT],
  ['iframe', IS_RAW_TEXT | IS_HIDDEN | ACTS],
  ['noembed', IS_RAW_TEXT | IS_HIDDEN],
  ['noframes', IS_RAW_TEXT | IS_HIDDEN],
  ['template', IS_HIDDEN],
  ['option', IS_HIDDEN],
  ['xmp', IS_ODD],
  ['plaintext', IS_ODD],
  ['form', ACTS],
  ['frame', ACTS],
  ['meta', ACTS],
  ['embed', ACTS],
  ['object', ACTS],
  ['input', IS_KEPT],
  ['link', IS_KEPT],
  ['noscript', IS_NOSCRIPT],
  ['body', IS_BODY],
]
/** The elements by the hash of their names. */
const BY_HASH: readonly (typeof ELEMENTS)[] = Array.from({ length: 256 }, (_, hash) =>
  ELEMENTS.filter(([name]) => hashOf(Buffer.from(name), 0, name.length) === hash),
)

/** What is known of the element of a name; 0 of those that do not matter. */
export function kindOf(bytes: Uint8Array, start: number, end: number): number {
  const known = BY_HASH[hashOf(bytes, start, end)] as typeof ELEMENTS
  for (const [name, kind] of known) {
    if (name.length !== end - start) continue
    let at = 0
    while (at < name.length && isSame(bytes[start + at], name.charCodeAt(at))) at += 1
    if (at === name.length) return kind
  }
  return 0
}

function hashOf(bytes: Uint8Array, start: number, end: number): number {
  const first = (bytes[start] as number) | 0x20
  const last = (bytes[end - 1] as number) | 0x20
  return (first * 5 + last * 3 + (end - start) * 29) & 0xff
}

function isSame(byte: number | undefined, letter: number): boolean {
  return byte !== undefined && (byte | 0x20) === letter
}
