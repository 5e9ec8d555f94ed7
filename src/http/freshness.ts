import type { ResponseHeaders } from './ports.ts'

/** Longer than a cookie may live. */
const MAX_MS = 400 * 24 * 3_600_000

/**
 * For how long a response says that it holds (RFC 9111, 4.2.1, for a cache of one user): `max-age` of Cache-Control, else Expires against
 * its own Date, less its Age.
 *
 * @returns milliseconds; null where it says nothing, or that it is not to be kept
 */
export function freshMs(headers: ResponseHeaders): number | null {
  const control = textOf(headers['cache-control'])?.toLowerCase() ?? ''
  if (/(?:^|[\s,])no-(?:store|cache)(?:[\s,=]|$)/.test(control)) return null
  const [, seconds] = /(?:^|[\s,])max-age\s*=\s*"?(\d{1,10})"?(?:[\s,]|$)/.exec(control) ?? []
  const wholeMs = seconds === undefined ? expiresIn(headers) : Number(seconds) * 1_000
  if (wholeMs === null) return null
  const age = textOf(headers['age'])
  const leftMs = wholeMs - (age !== undefined && /^\d{1,10}$/.test(age) ? Number(age) * 1_000 : 0)
  return leftMs > 0 ? Math.min(leftMs, MAX_MS) : null
}

function expiresIn(headers: ResponseHeaders): number | null {
  const [expires, date] = [
    Date.parse(textOf(headers['expires']) ?? ''),
    Date.parse(textOf(headers['date']) ?? ''),
  ]
  return Number.isNaN(expires) || Number.isNaN(date) ? null : expires - date
}

function textOf(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : value?.join(', ')
}
