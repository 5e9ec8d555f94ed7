/**
 * Text as the bytes it travels in: one char is one byte. A string that is a byte string already is given back as it
 * is; one with a char above 0xFF (a caller's text) is encoded as UTF-8, as Chromium does for `document.cookie`.
 */
export function toByteString(text: string): string {
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) > 0xff) return Buffer.from(text, 'utf8').toString('latin1')
  }
  return text
}
