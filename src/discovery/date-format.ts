import type { DateForm, DateFormat } from '../record/index.ts'
import { type Day, formsInLanguages, inLanguage, isInLanguage } from './date-languages.ts'

const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
]

const two = (number: number) => String(number).padStart(2, '0')
const name = ({ month }: Day) => MONTHS[month - 1] as string
const short = (day: Day) => name(day).slice(0, 3)

const DATE_FORMS = {
  'y-m-d': ({ year, month, day }: Day) => `${year}-${two(month)}-${two(day)}`,
  'dd.mm.y': ({ year, month, day }: Day) => `${two(day)}.${two(month)}.${year}`,
  'd.m.y': ({ year, month, day }: Day) => `${day}.${month}.${year}`,
  'dd/mm/y': ({ year, month, day }: Day) => `${two(day)}/${two(month)}/${year}`,
  'd/m/y': ({ year, month, day }: Day) => `${day}/${month}/${year}`,
  'mm/dd/y': ({ year, month, day }: Day) => `${two(month)}/${two(day)}/${year}`,
  'm/d/y': ({ year, month, day }: Day) => `${month}/${day}/${year}`,
  'd month y': (day: Day) => `${day.day} ${name(day)} ${day.year}`,
  'month d, y': (day: Day) => `${name(day)} ${day.day}, ${day.year}`,
  'd mon y': (day: Day) => `${day.day} ${short(day)} ${day.year}`,
  'mon d, y': (day: Day) => `${short(day)} ${day.day}, ${day.year}`,
} as const satisfies Partial<Record<DateForm, (day: Day) => string>>

const ISO = /^(\d{4})-(\d{2})-(\d{2})(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?)?$/

/** The day of an ISO date, or of epoch milliseconds or seconds; undefined for anything else. */
export function dayOf(value: unknown): Day | undefined {
  if (typeof value === 'number') {
    const ms = value > 1e11 ? value : value * 1000
    // 2001 to 2096: what is outside is some other number.
    return Number.isInteger(value) && ms >= 1e12 && ms < 4e12 ? utcDay(new Date(ms)) : undefined
  }
  if (typeof value !== 'string' || value.length > 40) return undefined
  const found = ISO.exec(value)
  if (!found) return undefined
  if (found[4] !== undefined) {
    const at = new Date(value)
    return Number.isNaN(at.getTime()) ? undefined : utcDay(at)
  }
  const [, year, month, day] = found.map(Number) as [number, number, number, number]
  return month >= 1 && month <= 12 && day >= 1 && day <= 31 ? { year, month, day } : undefined
}

function utcDay(at: Date): Day {
  return { year: at.getUTCFullYear(), month: at.getUTCMonth() + 1, day: at.getUTCDate() }
}

/** A day as a form writes it. */
export function dateText(day: Day, form: DateForm): string {
  return isInLanguage(form) ? inLanguage(day, form) : DATE_FORMS[form](day)
}

/** Every format that makes exactly this text of this date. */
export function dateFormats(day: Day, shown: string): DateFormat[] {
  const found: DateFormat[] = []
  for (const form of [...(Object.keys(DATE_FORMS) as DateForm[]), ...formsInLanguages(day, shown)]) {
    const text = dateText(day, form)
    const at = shown.indexOf(text)
    if (at === -1) continue
    const before = shown.slice(0, at)
    const after = shown.slice(at + text.length)
    if (!/\d/.test(before + after)) found.push({ as: 'date', before, after, form })
  }
  return found
}
