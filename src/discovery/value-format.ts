import { parseDocument, type Steps, TextReader, TooManyElements, TooMuchText } from '../document/index.ts'
import type { ValueFormat } from '../record/index.ts'
import { compactFormats, compactText } from './compact-format.ts'
import { dateFormats, dateText, dayOf } from './date-format.ts'
import { numberFormats, numberOf, writtenNumber } from './number-format.ts'

/** What stands before and after a value is a word or two. */
const MAX_AFFIX_CHARS = 64
const SHORTEST_WITH_AFFIX = 3
const MAX_HTML_CHARS = 64 * 1024

/** Every format that makes exactly this text of this value; none where it does not. */
export function formatsOf(value: unknown, shown: string): ValueFormat[] {
  const found: ValueFormat[] = []
  if (typeof value === 'string') found.push(...textFormats(value, shown))
  const number = numberOf(value)
  if (number !== undefined) found.push(...numberFormats(number, shown), ...compactFormats(number, shown))
  const day = dayOf(value)
  if (day !== undefined) found.push(...dateFormats(day, shown))
  return found.filter((format) => !('before' in format) || (isAffix(format.before) && isAffix(format.after)))
}

/** A value as the page writes it; undefined where it is no value of this kind. */
export function written(value: unknown, format: ValueFormat): string | undefined {
  switch (format.as) {
    case 'text':
      return typeof value === 'string' ? format.before + collapsed(value) + format.after : undefined
    case 'html':
      return typeof value === 'string' ? textOfHtml(value) : undefined
    case 'number': {
      const number = numberOf(value)
      return number === undefined ? undefined : writtenNumber(number, format) || undefined
    }
    case 'compact': {
      const number = numberOf(value)
      return number === undefined || number < 0
        ? undefined
        : format.before + compactText(number, format) + format.after
    }
    case 'date': {
      const day = dayOf(value)
      return day === undefined ? undefined : format.before + dateText(day, format.form) + format.after
    }
  }
}

/** Text with its white space collapsed, as texts of elements are. */
export function collapsed(text: string): string {
  return text.replace(/\s+/g, ' ').trim()
}

function textFormats(value: string, shown: string): ValueFormat[] {
  const text = collapsed(value)
  if (text === '') return []
  if (text === shown) return [{ as: 'text', before: '', after: '' }]
  if (mayBeHtml(value)) return textOfHtml(value) === shown ? [{ as: 'html' }] : []
  if (text.length < SHORTEST_WITH_AFFIX || text.length > shown.length) return []
  const at = shown.indexOf(text)
  if (at === -1 || shown.indexOf(text, at + 1) !== -1) return []
  const before = shown.slice(0, at)
  const after = shown.slice(at + text.length)
  // Within a word, or between digits, it is something else.
  if (/[\p{L}\p{N}]$/u.test(before) || /^[\p{L}\p{N}]/u.test(after) || /\d/.test(before + after)) return []
  return [{ as: 'text', before, after }]
}

function isAffix(text: string): boolean {
  return text.length <= MAX_AFFIX_CHARS
}

/** Whether there is mark-up in a text, or a character by its name or number. */
export function mayBeHtml(text: string): boolean {
  return text.includes('<') || /&(?:#\d+|#x[\da-f]+|\w+);/i.test(text)
}

/** The text that an element would have with this mark-up in it. */
function textOfHtml(html: string): string | undefined {
  if (!html.includes('<') && !html.includes('&')) return collapsed(html)
  if (html.length > MAX_HTML_CHARS) return undefined
  try {
    return allAtOnce(readAll(html))
  } catch (error) {
    if (error instanceof TooManyElements || error instanceof TooMuchText) return undefined
    throw error
  }
}

function* readAll(html: string): Steps<string> {
  const document = yield* parseDocument(`<div>${html}</div>`)
  return yield* new TextReader(document).read(0)
}

/** It is bounded: no piece of it is worth a pause. */
function allAtOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const { done, value } = steps.next()
    if (done) return value
  }
}
