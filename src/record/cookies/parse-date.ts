const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
/** Everything printable that is neither letter, digit nor the colon of a time (RFC 6265bis 5.1.1, Chromium's list). */
const DELIMITERS = /[\t !"#$%&'()*+,\-./;<=>?@[\\\]^_`{|}~]+/
/** The years Chromium's clock can hold; outside them a date is as good as the end, or the beginning, of time. */
const MAX_YEAR = 30_827
const MIN_YEAR = 1601

/**
 * A cookie date (RFC 6265bis 5.1.1) as Chromium reads it: day, month, year and time in any order among any words, all
 * of it UTC whatever zone is written. Years of two digits turn at 70.
 *
 * @returns epoch milliseconds, plus or minus Infinity beyond the years 1601 to 30827, or null when it is no date
 */
export function parseCookieDate(text: string): number | null {
  let day = -1
  let month = -1
  let year = -1
  let time: readonly number[] | null = null
  for (const token of text.split(DELIMITERS)) {
    if (token === '') continue
    if (!isDigit(token.charCodeAt(0))) {
      if (month < 0) month = MONTHS.indexOf(token.slice(0, 3).toLowerCase())
    } else if (token.includes(':')) {
      time ??= timeOf(token)
    } else if (day < 0 && token.length <= 2) {
      day = Number.parseInt(token, 10)
    } else if (year < 0 && token.length <= 5) {
      year = Number.parseInt(token, 10)
    }
  }
  if (day < 0 || month < 0 || year < 0 || time === null) return null
  if (year >= 70 && year <= 99) year += 1900
  else if (year <= 69) year += 2000
  const [hour, minute, second] = time as [number, number, number]
  if (day < 1 || day > 31 || hour > 23 || minute > 59 || second > 60) return null
  if (year > MAX_YEAR) return Number.POSITIVE_INFINITY
  if (year < MIN_YEAR) return Number.NEGATIVE_INFINITY
  const at = new Date(Date.UTC(year, month, day, hour, minute, second))
  // 30 February and the leap second do not come back as they were written: no date.
  if (at.getUTCDate() !== day || at.getUTCSeconds() !== second) return null
  return at.getTime()
}

/** `hh:mm:ss` at the head of a token; digits and letters after the second digit of the seconds are let be. */
function timeOf(token: string): readonly number[] | null {
  const match = /^(\d{1,2}):(\d{1,2}):(\d{1,2})/.exec(token)
  return match ? [Number(match[1]), Number(match[2]), Number(match[3])] : null
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39
}
