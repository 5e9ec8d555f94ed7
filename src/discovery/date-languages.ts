import { LazyMap } from '../core/index.ts'
import {
  DATE_LANGUAGES,
  DATE_STYLES,
  type DateForm,
  type DateLanguage,
  type DateStyle,
} from '../record/index.ts'

/** A day of the calendar; months count from 1. */
export interface Day {
  readonly year: number
  readonly month: number
  readonly day: number
}

type LanguageForm = `${DateLanguage} ${DateStyle}`

/** Days of one text: a list of answers has the same year over and over. */
const MAX_KNOWN = 500
/** Numbers alone have forms of their own. */
const LETTERS = /\p{L}/u

const formatters = new LazyMap<string, Intl.DateTimeFormat>()
const known = new LazyMap<string, readonly LanguageForm[]>()

export function isInLanguage(form: DateForm): form is LanguageForm {
  const [language = ''] = form.split(' ', 1)
  return (DATE_LANGUAGES as readonly string[]).includes(language)
}

/** A day as `Intl` writes it, with white space as texts of elements have it. */
export function inLanguage({ year, month, day }: Day, form: LanguageForm): string {
  const [language = '', ...rest] = form.split(' ')
  const [dayForm, monthForm] = rest.slice(-2)
  const weekday = rest.length === 3 ? (rest[0] as 'long' | 'short') : undefined
  let formatter = formatters.get(form)
  if (!formatter) {
    formatter = new Intl.DateTimeFormat(language, {
      ...(weekday && { weekday }),
      day: dayForm === 'dd' ? '2-digit' : 'numeric',
      month: monthForm as 'long' | 'short',
      year: 'numeric',
      timeZone: 'UTC',
    })
    formatters.set(form, formatter)
  }
  return formatter.format(Date.UTC(year, month - 1, day)).replace(/\s+/g, ' ')
}

/** The forms whose text of this day is in a shown text. Cheap where its year, its day or the name of its month is not. */
export function formsInLanguages(day: Day, shown: string): readonly LanguageForm[] {
  if (!LETTERS.test(shown) || !shown.includes(String(day.year)) || !shown.includes(String(day.day))) return []
  const key = `${day.year}-${day.month}-${day.day} ${shown}`
  const before = known.get(key)
  if (before) return before
  const found = DATE_LANGUAGES.filter((language) => shown.includes(monthOf(day, language))).flatMap(
    (language) =>
      DATE_STYLES.map((style): LanguageForm => `${language} ${style}`).filter((form) =>
        shown.includes(inLanguage(day, form)),
      ),
  )
  if (known.size >= MAX_KNOWN) known.clear()
  known.set(key, found)
  return found
}

/** How the name of a month begins in a language, whatever its form. */
function monthOf({ month }: Day, language: DateLanguage): string {
  const key = `month ${language}`
  let formatter = formatters.get(key)
  if (!formatter) {
    formatter = new Intl.DateTimeFormat(language, { day: 'numeric', month: 'short', timeZone: 'UTC' })
    formatters.set(key, formatter)
  }
  const part = formatter.formatToParts(Date.UTC(2024, month - 1, 15)).find(({ type }) => type === 'month')
  return (part?.value ?? '').replace(/\.$/, '').slice(0, 2)
}
