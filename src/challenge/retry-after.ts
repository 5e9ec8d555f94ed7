/** Longer waits are not believed: a site that is gone for a month is simply gone. */
const MAX_MS = 30 * 24 * 3_600_000
/** Clocks that are further apart than this do not tell the same time. */
const MAX_DRIFT_MS = 5 * 60_000

/**
 * How long a Retry-After header asks to wait, in milliseconds (RFC 9110, 10.2.3: seconds or an HTTP date).
 *
 * @param now - epoch milliseconds, for dates; the response's own Date header serves when it is absent, or when the two are so
 * far apart that a clock must be wrong: the site's two dates are of one clock at least
 * @returns undefined when the header is absent or not readable
 */
export function parseRetryAfter(
  value: string | undefined,
  now: number | undefined,
  date: string | undefined,
): number | undefined {
  if (value === undefined) return undefined
  const text = value.trim()
  if (/^\d{1,12}(\.\d{0,9})?$/.test(text)) return Math.min(Math.ceil(Number(text) * 1_000), MAX_MS)
  if (text.length > 64 || !/[a-z]{3}/i.test(text)) return undefined
  const at = Date.parse(text)
  const sent = date === undefined ? Number.NaN : Date.parse(date)
  const reference = now === undefined || Math.abs(sent - now) > MAX_DRIFT_MS ? sent : now
  if (Number.isNaN(at) || Number.isNaN(reference)) return undefined
  return Math.min(Math.max(0, at - reference), MAX_MS)
}
