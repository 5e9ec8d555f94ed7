import type { Span } from './span.ts'

/** RFC 5321, section 4.5.3.1. */
const MAX_LOCAL = 64
const MAX_DOMAIN = 255

/** The sign itself, and how URLs, HTML and JSON write it. */
const AT = /@|%40|&#0*64;|&#x0*40;|&commat;|\\u0040/gi
const LOCAL = /[\w.+\-%\x80-\xff]/
const DOMAIN =
  /^(?:[a-z\d\x80-\xff](?:[a-z\d\-\x80-\xff]*[a-z\d\x80-\xff])?\.)+(?:xn--[a-z\d-]+|[a-z\x80-\xff]{2,63})/i
/** `logo@2x.png` and its like are files. */
const FILE = /\.(?:avif|bmp|css|gif|ico|jpe?g|js|json|map|mjs|png|svg|ts|webp)$/i

/**
 * E-mail addresses, also of names beyond ASCII.
 *
 * @param text - one char a byte, in an encoding that contains ASCII
 */
export function findEmails(text: string): Span[] {
  const found: Span[] = []
  for (const match of text.matchAll(AT)) {
    let start = match.index
    const first = Math.max(0, start - MAX_LOCAL)
    while (start > first && LOCAL.test(text[start - 1] as string)) start--
    while (start < match.index && text[start] === '.') start++
    const from = match.index + match[0].length
    const domain = DOMAIN.exec(text.slice(from, from + MAX_DOMAIN))?.[0]
    if (start === match.index || domain === undefined || FILE.test(domain)) continue
    found.push({ start, end: from + domain.length, kind: 'email' })
  }
  return found
}
