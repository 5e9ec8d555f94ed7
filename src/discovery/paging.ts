import type { Leaf } from './find-places.ts'
import { pathText } from './json-path.ts'
import { nameOf, partsOfRequest, type RequestShape } from './request-parts.ts'

/** How the next page of a list is asked for. */
export interface Paging {
  /** What names the next page: how many come before it, its number, a cursor or a URL from the answer before. */
  readonly by: 'offset' | 'page' | 'cursor' | 'link'
  /** The parameter of the request that names the page; null where the answer names the whole URL. */
  readonly parameter: string | null
  /** How many there are on a page, and the parameter for it; null where the request does not say. */
  readonly size: { readonly parameter: string; readonly value: number } | null
  /** Where the answer names the next page; null where it is counted. */
  readonly next: string | null
}

const OFFSET = /^(?:offset|skip|start|from|first_?result)$/i
const PAGE = /^(?:page|p|pg|page_?(?:no|num|number|index))$/i
const CURSOR =
  /^(?:cursor|after|before|continuation|page_?token|next_?token|start_?after|since_?id|max_?id)$/i
const SIZE = /^(?:limit|size|per_?page|page_?size|count|take|rows|first|last|num)$/i
const NEXT_CURSOR = /^(?:next_?cursor|end_?cursor|cursor|next_?page_?token|continuation|next_?token|after)$/i
const NEXT_LINK = /^(?:next|next_?url|next_?page|next_?link|@odata\.nextLink)$/i

/** What is no id, whatever its value. */
const OTHER_COUNT =
  /^(?:year|month|day|week|quantity|qty|amount|price|min|max|min_?price|max_?price|version|ver|v|depth|level|rating|stars|total|width|height|w|h|q|quality|dpr|timeout|radius|zoom)$/i

/** Whether a parameter of this name counts something: what comes before, how many, how much, when. */
export function isCountName(name: string): boolean {
  return [OFFSET, PAGE, SIZE, OTHER_COUNT].some((pattern) => isCalled(name, pattern))
}

/** Names in brackets or behind points are parts of one: `page[size]` is a size, `page[number]` the number of a page, `filter.limit` a limit. */
function isCalled(name: string, pattern: RegExp): boolean {
  const parts = name.split(/[[\].]+/).filter(Boolean)
  return pattern.test(name) || pattern.test(parts.slice(-2).join('_')) || pattern.test(parts.at(-1) ?? '')
}

/** How a request and its answer page; null where nothing shows that they do. */
export function pagingOf(shape: RequestShape, leaves: readonly Leaf[], link: string): Paging | null {
  const parts = partsOfRequest(shape).filter(({ place }) => place[0] !== 'path')
  const named = (pattern: RegExp) => parts.find((part) => isCalled(nameOf(part), pattern))
  const sizePart = named(SIZE)
  const sizeValue = Number(sizePart?.value)
  const size =
    sizePart && Number.isInteger(sizeValue) && sizeValue > 0
      ? { parameter: nameOf(sizePart), value: sizeValue }
      : null
  const next = (pattern: RegExp, fits: (value: unknown) => boolean) =>
    leaves.find(({ path, value }) => pattern.test(String(path.at(-1))) && fits(value))
  const cursor = named(CURSOR)
  const nextCursor = next(
    NEXT_CURSOR,
    (value) => (typeof value === 'string' && value !== '') || typeof value === 'number',
  )
  if (nextCursor && (cursor || size)) {
    return { by: 'cursor', parameter: cursor ? nameOf(cursor) : null, size, next: pathText(nextCursor.path) }
  }
  const nextLink = next(NEXT_LINK, (value) => typeof value === 'string' && /^(?:https?:\/\/|\/)/.test(value))
  if (nextLink) return { by: 'link', parameter: null, size, next: pathText(nextLink.path) }
  if (/;\s*rel="?next"?/.test(link)) return { by: 'link', parameter: null, size, next: 'the header Link' }
  const offset = named(OFFSET)
  if (offset && isNumber(offset.value)) return { by: 'offset', parameter: nameOf(offset), size, next: null }
  const page = named(PAGE)
  if (page && isNumber(page.value)) return { by: 'page', parameter: nameOf(page), size, next: null }
  return cursor ? { by: 'cursor', parameter: nameOf(cursor), size, next: null } : null
}

function isNumber(value: string | number): boolean {
  return /^\d{1,9}$/.test(String(value))
}
