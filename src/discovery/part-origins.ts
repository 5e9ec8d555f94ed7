import type { PartSource } from '../record/index.ts'
import type { Leaf } from './find-places.ts'
import { isPlain } from './json-path.ts'
import type { PagePart } from './page-parts.ts'
import type { RequestPart } from './request-parts.ts'

/** The leaves of an earlier answer. */
export interface EarlierAnswer {
  readonly request: number
  readonly document: string
  readonly leaves: readonly Leaf[]
}

/** Words that every request has are no ids: an answer that holds them says nothing. */
const LONGEST_WORD = 5

/**
 * Where a value of a request may come from, as far as one page shows: from the page's URL, or from an answer before it (a slug that is
 * looked up). Undefined for what is the same for all pages, or is made by the page.
 */
export function originOf(
  { value }: Pick<RequestPart, 'value'>,
  page: readonly PagePart[],
  earlier: readonly EarlierAnswer[],
): PartSource | undefined {
  const text = String(value)
  const part = page.find((one) => one.value === text)
  if (part) return isVariable(part, page) ? part.source : undefined
  if (!canBeId(text)) return undefined
  for (const { request, document, leaves } of earlier) {
    const leaf = leaves.find((one) => isPlain(one.value, text))
    if (leaf) return { of: 'response', request, document, path: leaf.path }
  }
  return undefined
}

/** A word in the middle of a path is where a page stands on its site; what is at its end, or has digits in it, is which page it is. */
function isVariable({ source, value }: PagePart, page: readonly PagePart[]): boolean {
  if (source.of === 'query' || /[\d_-]/.test(value)) return true
  return !page.some((one) => one.source.of === source.of && one.source.index > source.index)
}

function canBeId(text: string): boolean {
  return (
    text.length <= 128 &&
    (/\d/.test(text) ? text.length >= 2 : text.length > LONGEST_WORD && !/[\s{(]/.test(text))
  )
}
