import type { DataField, FieldBlank } from '../../record/index.ts'
import { digest } from '../evidence/digest.ts'
import { isEvery } from '../find-places.ts'
import { valueAt } from '../json-path.ts'
import { partOfPage } from '../page-parts.ts'
import type { FieldAnswer } from './field-answer.ts'

/** So many different pages prove what is shown for nothing. */
const ENOUGH = 2
const MAX_CHARS = 64

/** What a field's data has in place of a value; undefined where it has one, or where nothing is as it was. */
export function blankOf(
  { readings }: Pick<DataField, 'readings'>,
  page: URL,
  answers: readonly (FieldAnswer | undefined)[],
): FieldBlank['of'] | undefined {
  const reading = readings.find(({ document }) => document !== 'html')
  if (reading === undefined) return undefined
  const { request, document, path } = reading
  const root = answers[request]?.data.roots.get(document)
  const at = (way: typeof path) => valueAt(root, way, (source) => partOfPage(page, source))
  const every = path.findIndex(isEvery)
  if (every !== -1) {
    const list = at(path.slice(0, every))
    return Array.isArray(list) && list.length === 0 ? 'empty' : undefined
  }
  const value = at(path)
  if (value === null) return 'null'
  if (typeof value === 'string' && value.trim() === '') return 'empty'
  if (value !== undefined) return undefined
  const holder = at(path.slice(0, -1))
  const isThere = typeof holder === 'object' && holder !== null && !Array.isArray(holder)
  return isThere && path.length > 0 ? 'missing' : undefined
}

/** What pages show for it: undefined as long as no two have shown the same. */
export function shownForBlank(
  { blanks = [] }: DataField,
  of: FieldBlank['of'] | undefined,
): string | undefined {
  const blank = blanks.find((one) => one.of === of)
  return blank !== undefined && blank.pages.length >= ENOUGH ? blank.text : undefined
}

/** The field after a page showed a text where its data has nothing; undefined where another page showed another text. */
export function withBlank(
  field: DataField,
  of: FieldBlank['of'],
  text: string | readonly string[],
  page: URL,
): DataField | undefined {
  if (typeof text !== 'string' || text.length > MAX_CHARS) return undefined
  const others = (field.blanks ?? []).filter((one) => one.of !== of)
  const before = field.blanks?.find((one) => one.of === of)
  if (before !== undefined && before.text !== text) return undefined
  const pages = [...new Set([...(before?.pages ?? []), digest(page.href)])].slice(0, ENOUGH)
  return { ...field, blanks: [...others, { of, text, pages }] }
}
