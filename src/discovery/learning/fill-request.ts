import type { DataPart, DataRequest, PartSource } from '../../record/index.ts'
import type { AnswerData } from '../data-documents.ts'
import { valueAt } from '../json-path.ts'
import { partOfPage } from '../page-parts.ts'
import { type RequestPart, type RequestShape, withParts } from '../request-parts.ts'

/**
 * A data request for one page; undefined where a part of it is not there, or would lead elsewhere.
 *
 * @param answers - of the requests before it
 */
export function filledRequest(
  { isPage, url, body, parts }: DataRequest,
  page: URL,
  answers: readonly (AnswerData | undefined)[],
): RequestShape | undefined {
  if (isPage) return { url: page.href, body: null }
  const values: RequestPart[] = []
  for (const part of parts) {
    const value = partValue(part, sourceValue(part.from, page, answers))
    if (value === undefined) return undefined
    values.push({ place: part.place, value })
  }
  return withParts({ url, body }, values)
}

/** What a source has for a page. */
export function sourceValue(
  source: PartSource,
  page: URL,
  answers: readonly (AnswerData | undefined)[],
): string | undefined {
  if (source.of !== 'response') return partOfPage(page, source)
  const root = answers[source.request]?.roots.get(source.document)
  const value = valueAt(root, source.path, (inner) => partOfPage(page, inner))
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined
}

const MAX_VALUE_CHARS = 2_048

function partValue(
  { before, after, count, isNumber }: DataPart,
  value: string | undefined,
): string | number | undefined {
  if (value === undefined || value === '' || value.length > MAX_VALUE_CHARS) return undefined
  const made = before + counted(value, count) + after
  if (!isNumber) return made
  const number = Number(made)
  return Number.isFinite(number) && String(number) === made ? number : undefined
}

function counted(value: string, count: DataPart['count']): string {
  if (count === 'same') return value
  if (!/^\d{1,9}$/.test(value)) return Number.NaN.toString()
  const number = Number(value)
  if (count === 'less-one') return String(number - 1)
  if (count === 'plus-one') return String(number + 1)
  return String((number - count.less) * count.times)
}
