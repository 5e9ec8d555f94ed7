import type { CompactFormat, NumberFormat, ValueFormat } from '../../record/index.ts'
import { compactText } from '../compact-format.ts'
import { dayOf } from '../date-format.ts'
import { numberOf } from '../number-format.ts'
import { scaled } from '../scales.ts'
import { collapsed } from '../value-format.ts'

/** What is said of one value and of how a page writes it. */
export interface Traits {
  /** Each of them may be what makes a page write the value in another way. */
  readonly kinds: ReadonlySet<string>
  /** Of each the size: a page may cut, round or bound what is larger than all that it was seen with. */
  readonly sizes: ReadonlyMap<SizeName, number>
  /** What, being so of all values, may be the page's doing: numbers that were rounded already. */
  readonly claims?: readonly string[]
}

/**
 * `chars` of a text; `count` and `least`: a whole number that is shown as one, the latter below zero, so that less is more; `over` and `under` in
 * the same way: any other number that is shown; `list`: how many there are; `high` and `low`: of numbers that are not shown.
 */
export type SizeName = 'chars' | 'count' | 'least' | 'over' | 'under' | 'list' | 'high' | 'low'

/** Texts of so many characters without digits may be one of a few, which a page can have words of its own for. */
const MAX_STATE_CHARS = 24
/** A shape that two pages have in common is compared up to so many characters. */
const MAX_SHAPE_CHARS = 64
const DAY_MS = 24 * 3_600_000
const AGES = [1 / 24, 1, 2, 3, 7, 14, 31, 92, 183, 366].map((days) => days * DAY_MS)
/** Pages round to halves, to fives, to hundreds. */
const STEPS = [0.05, 0.1, 0.25, 0.5, 5, 10, 25, 50, 100, 1000]
const MARK = /[\p{P}\p{S}]/u

/** What is written of a value may depend on any of these. */
export function traitsOf(value: unknown, format: ValueFormat, now: number): Traits {
  switch (format.as) {
    case 'text':
    case 'html':
      return textTraits(String(value), now)
    case 'number': {
      const number = numberOf(value)
      return number === undefined ? NOTHING : numberTraits(number, format)
    }
    case 'compact': {
      const number = numberOf(value)
      return number === undefined ? NOTHING : compactTraits(number, format)
    }
    case 'date':
      return { kinds: dateKinds(value, now), sizes: new Map() }
  }
}

const NOTHING: Traits = { kinds: new Set(['nothing']), sizes: new Map() }

/** A short text without digits: it may be a state, such as `In stock`. */
export function mayBeState(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MAX_STATE_CHARS && !/\d/.test(value)
}

/** The shape of a code, such as `AB-#` of `AB-1200`: one word with digits in it, which a page can tell from others by its letters. */
export function shapeOf(value: unknown): string | undefined {
  if (typeof value !== 'string' || value.length > MAX_STATE_CHARS || /\s/.test(value)) return undefined
  return /\d/.test(value) ? withoutDigits(value) : undefined
}

function withoutDigits(text: string): string {
  return text.replace(/\d+/g, '#')
}

/** What a page can look for in a text: case, digits, marks and what is around them, lines, sentences, letters of other scripts. */
function textTraits(raw: string, now: number): Traits {
  const text = collapsed(raw)
  // A date that is shown as it is: one that is near may not be.
  const kinds = new Set<string>(momentOf(raw) === undefined ? [] : dateKinds(raw, now))
  const has = (kind: string, isSo: boolean) => isSo && kinds.add(kind)
  has('nothing', text === '')
  has('space around', raw !== raw.trim())
  has('lines', /\n/.test(raw.trim()))
  has('entity', /&(?:#\d+|#x[\da-f]+|\w+);/i.test(raw))
  has('words', / /.test(text))
  has('digits', /\d/.test(text))
  has('number', /^[\d.,]+$/.test(text))
  has('small', /\p{Ll}/u.test(text))
  has('capital', /\p{Lu}/u.test(text))
  has('small first', /^\P{L}*\p{Ll}/u.test(text))
  has('capital first', /^\P{L}*\p{Lu}/u.test(text))
  has('small later', / \p{Ll}/u.test(text))
  has('capital later', / \p{Lu}/u.test(text))
  has('capital within', /\p{L}\p{Lu}/u.test(text))
  has('sentences', /[.!?]\s+\S/.test(text))
  has('address', /^(?:https?:)?\/\//.test(text))
  has('other letters', /[^\p{ASCII}\p{P}\p{S}\s]/u.test(text))
  has('pictures', /\p{Extended_Pictographic}/u.test(text))
  for (let at = 0; at < text.length && kinds.size < 64; at++) {
    const mark = text[at] as string
    if (MARK.test(mark))
      kinds.add(`${text[at - 1] === ' ' ? ' ' : ''}${mark}${text[at + 1] === ' ' ? ' ' : ''}`)
  }
  const digits = text.replace(/\D/g, '')
  has('only nines', /^9{3,}$/.test(digits))
  has('only zeros', /^0{2,}$/.test(digits))
  // Words that both pages have around their digits, as `Ships in 3 days`: others may be distinguished by these.
  const claims =
    / /.test(text) && digits !== '' && text.length <= MAX_SHAPE_CHARS ? [withoutDigits(text)] : []
  return { kinds, sizes: new Map([['chars', text.length]]), claims }
}

/** What decides about rounding, signs, groups, short forms, words for nothing, plurals and upper bounds. */
function numberTraits(number: number, { decimals, before, after, per, plus }: NumberFormat): Traits {
  const shown = scaled(number, { per, plus })
  const size = Math.abs(shown)
  const isWhole = Number.isInteger(shown)
  const places = decimalsOf(shown)
  const kinds = new Set<string>([`${String(Math.trunc(size)).length} digits`])
  if (shown === 0) kinds.add('zero')
  if (shown === 1) kinds.add('one')
  if (size > 0 && size < 1) kinds.add('less than one')
  if (shown < 0) kinds.add('negative')
  // As some write that there is none, or no end.
  if (/^9{3,}$/.test(String(size))) kinds.add('only nines')
  kinds.add(isWhole ? 'whole' : 'broken')
  if (decimals === null) kinds.add(`${places} decimals`)
  else if (places < decimals) kinds.add('fewer decimals')
  else if (places > decimals) {
    kinds.add(roundingOf(size, decimals))
    if (decimalsOf(Number(size.toFixed(decimals))) < decimals) kinds.add('rounded to fewer decimals')
  }
  if (/\p{L}/u.test(before + after)) kinds.add(`plural ${pluralOf(size)}`)
  const isCount = isWhole && (decimals === null || decimals === 0)
  const sizes = new Map<SizeName, number>([
    [isCount ? 'count' : 'over', size],
    [isCount ? 'least' : 'under', -size],
  ])
  const claims = STEPS.filter((step) => isMultiple(size, step)).map((step) => `step ${step}`)
  return { kinds, sizes, claims }
}

function isMultiple(size: number, step: number): boolean {
  const times = size / step
  return Math.abs(times - Math.round(times)) < 1e-6
}

/** Which way a number is rounded; where it is halfway, ways of rounding differ, and the binary number may be a little less. */
function roundingOf(size: number, decimals: number): string {
  const digits = String(Number(size.toPrecision(12)))
  const at = digits.indexOf('.') + 1 + decimals
  if (digits.includes('e') || digits.slice(at) !== '5')
    return Number(digits[at] ?? 0) >= 5 ? 'rounded up' : 'rounded down'
  const isUp = Number(size.toFixed(decimals)) > size
  const last = Number(digits[at - 1] === '.' ? digits[at - 2] : digits[at - 1])
  return `halfway, ${isUp ? 'up' : 'down'} from ${last % 2 === 0 ? 'even' : 'odd'}`
}

/** Each length of a number has a short form of its own, with decimals or without; one that is nearly of the next may have that of it. */
function compactTraits(number: number, format: CompactFormat): Traits {
  const length = String(number).length
  const short = number / 10 ** (length - 1)
  const text = compactText(number, format)
  const kinds = new Set([
    `${length} digits`,
    /\d[.,]\d/.test(text) ? 'broken' : 'whole',
    `plural ${pluralOf(number)}`,
  ])
  if (number === 0) kinds.add('zero')
  if (number === 1) kinds.add('one')
  if (short >= 9.5) kinds.add('nearly the next')
  const places = format.decimals ?? (number < 1_000 ? 0 : 1)
  const thousands = number / 1_000 ** Math.floor((length - 1) / 3)
  const decimals = decimalsOf(thousands)
  if (decimals > places) kinds.add(roundingOf(thousands, places))
  return { kinds, sizes: new Map() }
}

/** Which word goes with a number, where languages have up to four: 1; 21, 31; 2 to 4, 22; all others. */
function pluralOf(size: number): string {
  if (!Number.isInteger(size)) return 'broken'
  if (size === 1) return 'one'
  const [last, two] = [size % 10, size % 100]
  if (last === 1 && two !== 11) return 'one of more'
  return last >= 2 && last <= 4 && (two < 12 || two > 14) ? (size === last ? 'few' : 'few of more') : 'many'
}

export function decimalsOf(number: number): number {
  const [digits = '', power] = String(number).split('e-')
  return (digits.split('.')[1]?.length ?? 0) + Number(power ?? 0)
}

/** How long ago, or how far ahead: pages have words for what is near. */
function dateKinds(value: unknown, now: number): Set<string> {
  const at = momentOf(value)
  if (at === undefined) return new Set(['nothing'])
  const age = now - at
  const near = AGES.findIndex((limit) => Math.abs(age) < limit)
  const isThisYear = new Date(at).getUTCFullYear() === new Date(now).getUTCFullYear()
  return new Set([`${age < 0 ? 'ahead' : 'past'} ${near}`, isThisYear ? 'this year' : 'another year'])
}

/** A date as a moment, in epoch milliseconds; that of its day where it has no time. */
export function momentOf(value: unknown): number | undefined {
  if (dayOf(value) === undefined) return undefined
  const at =
    typeof value === 'number' ? (value > 1e11 ? value : value * 1000) : new Date(String(value)).getTime()
  return Number.isNaN(at) ? undefined : at
}
