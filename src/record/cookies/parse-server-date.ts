import { parseCookieDate } from './parse-date.ts'

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
/** Day, month and year as the two usual forms have them, or month and day, with the year at the end, as C prints them. */
const DATE =
  /^(?:[a-z]+,?[ \t]+)?(?:(\d{1,2})[ -]([a-z]{3})[a-z]*[ -](\d{4}|\d{2})|([a-z]{3})[a-z]*[ \t]+(\d{1,2}))[ \t]+(\d{1,2}):(\d{2})(?::(\d{2}))?(?:[ \t]+(\d{4}))?(?:[ \t]*([a-z]+|(?:gmt|utc)?[+-]\d{4}))?$/i
/** ISO 8601, in UTC. */
const ISO = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?Z?$/
const ZONE_HOURS: Readonly<Record<string, number>> = {
  ...{ '': 0, gmt: 0, utc: 0, ut: 0, z: 0 },
  ...{ est: -5, edt: -4, cst: -6, cdt: -5, mst: -7, mdt: -6, pst: -8, pdt: -7 },
}

/**
 * The time of a response's Date header (RFC 9110 5.6.7). Chromium reads it by other rules than a cookie's date: the zone
 * counts, and ISO 8601 is known. What is in no usual form is read as a cookie's date is.
 *
 * @returns epoch milliseconds, or null when it is no date
 */
export function parseServerDate(text: string): number | null {
  const trimmed = text.trim()
  if (ISO.test(trimmed)) {
    const at = Date.parse(trimmed.endsWith('Z') ? trimmed : `${trimmed}Z`)
    return Number.isNaN(at) ? null : at
  }
  return usualDate(trimmed) ?? parseCookieDate(trimmed)
}

function usualDate(text: string): number | null {
  const match = DATE.exec(text)
  if (match === null) return null
  const [, day1, month1, year1, month2, day2, hour, minute, second = '0', year2, zone = ''] = match
  const year = Number(year1 ?? year2)
  const month = MONTHS.indexOf((month1 ?? month2)!.toLowerCase())
  const offset = zoneMinutes(zone.toLowerCase())
  if (Number.isNaN(year) || (year1 !== undefined && year2 !== undefined) || month < 0 || offset === null)
    return null
  const full = year < 70 ? year + 2000 : year < 100 ? year + 1900 : year
  const [d, h, m, s] = [Number(day1 ?? day2), Number(hour), Number(minute), Number(second)]
  if (d < 1 || d > 31 || h > 23 || m > 59 || s > 59) return null
  return Date.UTC(full, month, d, h, m, s) - offset * 60_000
}

function zoneMinutes(zone: string): number | null {
  const numeric = /([+-])(\d{2})(\d{2})$/.exec(zone)
  if (numeric === null) return Object.hasOwn(ZONE_HOURS, zone) ? ZONE_HOURS[zone]! * 60 : null
  const minutes = Number(numeric[2]) * 60 + Number(numeric[3])
  return numeric[1] === '-' ? -minutes : minutes
}
