import { parseCookieDate } from './parse-date.ts'
import { parseServerDate } from './parse-server-date.ts'
import type { ParsedSetCookie } from './parse-set-cookie.ts'

/** No cookie lives longer (RFC 6265bis 5.5). */
export const MAX_LIFETIME_MS = 400 * 24 * 60 * 60_000
const MAX_INT64 = 9_223_372_036_854_775_807n

/**
 * When a cookie ends: epoch milliseconds (minus Infinity for "at once"), or null when it ends with the session.
 * Max-Age counts from receipt and wins over Expires; an unreadable one is passed over. Chromium puts Expires right by
 * the difference between its clock and the response's Date header.
 *
 * @param receivedAt - epoch milliseconds
 * @param dateHeader - the response's Date header, when it has one
 */
export function expiresAt(
  parsed: Pick<ParsedSetCookie, 'maxAge' | 'expires'>,
  receivedAt: number,
  dateHeader?: string | null,
): number | null {
  const age = parsed.maxAge === undefined ? null : maxAgeSeconds(parsed.maxAge)
  if (age !== null) {
    return age <= 0
      ? Number.NEGATIVE_INFINITY
      : Math.min(receivedAt + age * 1000, receivedAt + MAX_LIFETIME_MS)
  }
  const date = parsed.expires ? parseCookieDate(parsed.expires) : null
  if (date === null) return null
  const serverNow = dateHeader ? parseServerDate(dateHeader) : null
  const skew = serverNow !== null ? receivedAt - serverNow : 0
  return Math.min(date + skew, receivedAt + MAX_LIFETIME_MS)
}

/**
 * Seconds, or null when the text is no whole number (RFC 6265bis 5.6.2). What overflows 64 bits is taken as endless,
 * even with letters after it: so does Chromium, whose number reader stops there.
 */
function maxAgeSeconds(text: string): number | null {
  const match = /^([+-]?)(\d+)(.*)$/s.exec(text)
  if (!match) return null
  const digits = match[2]!.replace(/^0+(?=\d)/, '')
  const endless = digits.length > 19 || BigInt(digits) > MAX_INT64
  if (match[3] !== '' && !endless) return null
  const sign = match[1] === '-' ? -1 : 1
  return endless ? sign * Number.POSITIVE_INFINITY : sign * Number(digits)
}
