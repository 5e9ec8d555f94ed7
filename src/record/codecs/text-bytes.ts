/**
 * The bytes of a cookie as the text that Chromium's debugging protocol shows for them. For UTF-8 that is the text they
 * stand for. What is not UTF-8 is lossy, the way Chromium 156 is lossy: a byte that can begin nothing is dropped, a
 * broken sequence is dropped with as many bytes as its head announced, and surrogates are let through.
 */
export function bytesToText(bytes: string): string {
  if (!/[\x80-\xff]/.test(bytes)) return bytes
  let text = ''
  for (let i = 0; i < bytes.length; i++) {
    const head = bytes.charCodeAt(i)
    if (head < 0x80) {
      text += bytes[i]
      continue
    }
    const tail = tailLength(head)
    if (tail === 0 || i + tail >= bytes.length) continue
    let point = head & (0x3f >> tail)
    let intact = true
    for (let left = tail; left > 0; left--) {
      const byte = bytes.charCodeAt(++i)
      intact &&= (byte & 0xc0) === 0x80
      point = (point << 6) | (byte & 0x3f)
    }
    if (intact && point > 0x7f && point <= 0x10ffff) text += String.fromCodePoint(point)
  }
  return text
}

/** A text as the bytes of its UTF-8, one char each. A lone surrogate becomes the bytes of U+FFFD. */
export function textToBytes(text: string): string {
  return /[^\x00-\x7f]/.test(text) ? Buffer.from(text, 'utf8').toString('latin1') : text
}

/** Whether bytes are UTF-8, so that they survive being shown as text. */
export function isUtf8(bytes: string): boolean {
  return textToBytes(bytesToText(bytes)) === bytes
}

/** How many bytes follow the first byte of a UTF-8 sequence; 0 when it cannot be the first. */
function tailLength(head: number): number {
  if ((head & 0xe0) === 0xc0) return 1
  if ((head & 0xf0) === 0xe0) return 2
  return (head & 0xf8) === 0xf0 ? 3 : 0
}
