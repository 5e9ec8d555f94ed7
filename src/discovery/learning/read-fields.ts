import { type DataField, type DataReading, type DataRoute, NEGATIVE_FORMS } from '../../record/index.ts'
import { isSame, writtenAt } from '../find-places.ts'
import { valueAt } from '../json-path.ts'
import { partOfPage } from '../page-parts.ts'
import { mayBeAnotherDay, withTimes } from '../time-of-day.ts'
import type { FieldAnswer } from './field-answer.ts'
import { blankOf, shownForBlank, withBlank } from './field-blanks.ts'
import { membersBeside } from './find-readings.ts'
import { markIssue } from './page-marks.ts'

type Value = string | readonly string[]

/** What data says of the fields of a page, and what about it is odd: then a page has to be looked at. */
export interface ReadFields {
  /** Null where the field may be lacking, and is; absent where nothing is known for certain. */
  readonly values: ReadonlyMap<string, Value | null>
  /** By field, a sentence each. */
  readonly odd: ReadonlyMap<string, string>
}

/** Reads the fields of a page from answers. All readings of a field have to say the same. */
export function readFields(
  route: Pick<DataRoute, 'fields' | 'marks'>,
  page: URL,
  answers: readonly (FieldAnswer | undefined)[],
): ReadFields {
  const values = new Map<string, Value | null>()
  const odd = new Map<string, string>()
  for (const field of route.fields) {
    const texts = field.readings.map((reading) => readingText(field.name, reading, page, answers))
    const [first] = texts
    if (texts.every((text) => text === undefined)) {
      const of = blankOf(field, page, answers)
      const shown = shownForBlank(field, of)
      if (shown !== undefined) values.set(field.name, shown)
      else if (field.blanks?.some((one) => one.of === of))
        odd.set(field.name, 'only one page has shown what stands for nothing')
      else if (field.mayLack) values.set(field.name, null)
      else odd.set(field.name, 'it is missing, or of another type')
    } else if (first === undefined || texts.some((text) => !isSame(text, first))) {
      odd.set(field.name, 'its places in the data no longer say the same')
    } else {
      values.set(field.name, first)
      const gone = lacking(field, page, answers)
      if (gone !== undefined) odd.set(field.name, `${gone}, which was beside it, is gone`)
      if (field.readings.every((one) => mayBeAnotherDay(one.format, rawValue(one, page, answers))))
        odd.set(field.name, 'at that time of day it can be another day where the page is')
    }
  }
  const issue = markIssue(route.marks ?? [], page, answers)
  if (issue !== undefined) for (const { name } of route.fields) odd.set(name, issue)
  return { values, odd }
}

function rawValue(
  { request, document, path }: DataReading,
  page: URL,
  answers: readonly (FieldAnswer | undefined)[],
): unknown {
  return valueAt(answers[request]?.data.roots.get(document), path, (source) => partOfPage(page, source))
}

/** What one reading says; undefined where that is missing, of another type, or nothing at all. */
export function readingText(
  name: string,
  { request, document, path, format }: DataReading,
  page: URL,
  answers: readonly (FieldAnswer | undefined)[],
): Value | undefined {
  const answer = answers[request]
  if (answer === undefined) return undefined
  if (document === 'html') return answer.selected.get(name)
  const text = writtenAt(answer.data.roots.get(document), path, format, (source) => partOfPage(page, source))
  return text === undefined || text.length === 0 ? undefined : text
}

/** The names beside a field, in these answers. */
export function besideNow(
  { readings }: DataField,
  page: URL,
  answers: readonly (FieldAnswer | undefined)[],
): string[] {
  const reading = readings.find(({ document }) => document !== 'html')
  if (reading === undefined) return []
  return membersBeside(reading, answers[reading.request]?.data.roots.get(reading.document), page)
}

function lacking(
  field: DataField,
  page: URL,
  answers: readonly (FieldAnswer | undefined)[],
): string | undefined {
  if (field.beside.length === 0) return undefined
  const now = new Set(besideNow(field, page, answers))
  return field.beside.find((name) => !now.has(name))
}

/** A reading of numbers once a page showed how it marks a negative one. */
function withMark(
  name: string,
  reading: DataReading,
  wanted: Value,
  page: URL,
  answers: readonly (FieldAnswer | undefined)[],
): DataReading {
  const { format } = reading
  if (format.as !== 'number' || format.negative !== undefined) return reading
  const marked = NEGATIVE_FORMS.map((negative) => ({ ...reading, format: { ...format, negative } }))
  return marked.find((one) => isSame(readingText(name, one, page, answers), wanted)) ?? reading
}

/**
 * A route after a page was looked at: without the readings that it proved wrong, and with what it may lack. Null where a field has no
 * reading left that gave what the page shows.
 *
 * @param shown - what the page shows; null for what it has not
 */
export function correctedFields(
  fields: readonly DataField[],
  shown: ReadonlyMap<string, Value | null>,
  page: URL,
  answers: readonly (FieldAnswer | undefined)[],
): DataField[] | null {
  const next: DataField[] = []
  for (const field of fields) {
    const wanted = shown.get(field.name) ?? null
    const texts = field.readings.map((reading) => readingText(field.name, reading, page, answers))
    if (wanted === null) {
      // The page has not got it, and the data neither.
      if (texts.some((text) => text !== undefined)) return null
      next.push({ ...field, mayLack: true })
      continue
    }
    const of = texts.every((text) => text === undefined) ? blankOf(field, page, answers) : undefined
    const blank = of === undefined ? undefined : withBlank(field, of, wanted, page)
    if (blank !== undefined) {
      const now = new Set(besideNow(field, page, answers))
      next.push({ ...blank, beside: field.beside.filter((name) => now.has(name)) })
      continue
    }
    const readings = field.readings
      .map((one, at) => (texts[at] === undefined ? withMark(field.name, one, wanted, page, answers) : one))
      .filter((one) => isSame(readingText(field.name, one, page, answers), wanted))
      .map((one) => ({ ...one, format: withTimes(one.format, [rawValue(one, page, answers)]) }))
    if (readings.length === 0) return null
    const now = new Set(besideNow({ ...field, readings }, page, answers))
    next.push({ ...field, readings, beside: field.beside.filter((name) => now.has(name)) })
  }
  return next
}
