const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
/** Everything printable that is neither letter, digit nor the colon of a time (RFC 6265bis 5.1.1, Chromium's list). */
const DELIMITERS = /[\t !"#$%&'()*+,\-./;<=>?@[\\\]^_`{|}~]+/
/**
 * A cookie date (RFC 6265bis 5.1.1) as Chromium reads it: day, month, year and time in any order among any words, all
 * of it UTC whatever zone is written. Years below 70 are in the 2000s, those from 70 to 99 in the 1900s. A number with
 * anything else in its word is no number.
 *
 * @returns epoch milliseconds, or null when it is no date
 */
export function parseCookieDate(text: string): number | null {
  let day = -1
  let month = -1
  let year = -1
  let time: readonly number[] | null = null
  for (const token of text.split(DELIMITERS)) {
    if (token === '') continue
    if (!/^\d/.test(token)) {
      if (month < 0) month = MONTHS.indexOf(token.slice(0, 3).toLowerCase())
    } else if (token.includes(':')) {
      time ??= timeOf(token)
    } else if (!/^\d{1,5}$/.test(token)) {
    } else if (day < 0 && token.length <= 2) {
      day = Number(token)
    } else if (year < 0) {
      year = Number(token)
    }
  }
  if (day < 0 || month < 0 || year < 0 || time === null) return null
  if (year >= 70 && year <= 99) year += 1900
  else if (year <= 69) year += 2000
  const [hour, minute, second] = time as [number, number, number]
  if (day < 1 || day > 31 || hour > 23 || minute > 59 || second > 60) return null
  const at = new Date(Date.UTC(year, month, day, hour, minute, second))
  // 30 February and the leap second do not come back as they were written: no date.
  if (at.getUTCDate() !== day || at.getUTCSeconds() !== second) return null
  return at.getTime()
}

/** Hours, minutes and seconds: three numbers of 32 bits, however many zeros stand before them. */
function timeOf(token: string): readonly number[] | null {
  if (!/^\d+:\d+:\d+$/.test(token)) return null
  const fields = token.split(':').map(Number)
  return fields.every((field) => field <= 0x7fffffff) ? fields : null
}
