import { createHash } from 'node:crypto'

const MAIN = /<main>([\s\S]*?)<p class="checksum">Checksum <code>([0-9a-f]{16})<\/code><\/p><\/main>/

/** A `main` element that ends with the checksum of what is in it. */
export function withChecksum(content: string): string {
  return `<main>${content}<p class="checksum">Checksum <code>${checksumOf(content)}</code></p></main>`
}

/** Sixteen hex digits of SHA-256. */
export function checksumOf(content: string): string {
  return createHash('sha256').update(content).digest('hex').slice(0, 16)
}

/**
 * The checksum of a page, or null when the page has none or its content does not match it. Works on the bytes that
 * were sent and on what Chromium serialises from them: the site's markup is written so that both are the same.
 */
export function verifiedChecksum(html: string): string | null {
  const [, content, checksum] = MAIN.exec(html) ?? []
  if (content === undefined || checksum === undefined) return null
  return checksumOf(content) === checksum ? checksum : null
}
