import type { PartSource } from '../record/index.ts'
import type { Leaf } from './find-places.ts'
import { isPlain, sourceText } from './json-path.ts'
import type { PagePart } from './page-parts.ts'
import { isCountName } from './paging.ts'
import type { RequestPart } from './request-parts.ts'

/** The leaves of an earlier answer. */
export interface EarlierAnswer {
  readonly request: number
  readonly document: string
  readonly leaves: readonly Leaf[]
}

/** Where a value of a request may come from, and what makes that a guess. */
export interface PartOrigin {
  readonly source: PartSource
  /** A part of a sentence; null where nothing speaks against it. */
  readonly doubt: string | null
}

/** Words that every request has are no ids: an answer that holds them says nothing. */
const LONGEST_WORD = 5
/** A value of a request with what it is called there: its parameter, or the segment of the path before it. */
export interface NamedPart extends RequestPart {
  readonly name: string
}

const ID_NAME =
  /(?:^|[a-z\d_-])(?:id|slug|key|sku|code|handle|uuid|guid|isbn|asin|ean)$|^(?:id|no|number|nr)$/i

/** Whether what is called so names a thing, rather than being a value of it. */
export function isIdName(name: string): boolean {
  return ID_NAME.test(name)
}

/** Places in earlier answers that are compared. */
const MAX_PLACES = 50

/**
 * Where a value of a request may come from, as far as one page shows: from the page's URL, or from an answer before it (a slug that is
 * looked up). Where it is at several places, names decide. Undefined for what is the same for all pages, or is made by the page.
 */
export function originOf(
  part: NamedPart,
  page: readonly PagePart[],
  earlier: readonly EarlierAnswer[],
): PartOrigin | undefined {
  const text = String(part.value)
  const all = page.filter(({ value }) => value === text)
  if (all.length > 0) {
    // The plainest way to a value: picks out of the same segment say nothing new.
    const wholes = all.filter(({ source }) => source.pick === 'whole')
    const likely = (wholes.length > 0 ? wholes : all.slice(0, 1))
      .filter((one) => isVariable(one, page))
      .map(({ source }): Candidate => ({ source, names: namesOfSource(source, page) }))
    return best(part, likely)
  }
  if (!canBeId(text)) return undefined
  const found: Candidate[] = []
  for (const { request, document, leaves } of earlier) {
    for (const { path, value } of leaves) {
      if (!isPlain(value, text)) continue
      const names = path.filter((step): step is string => typeof step === 'string').slice(-2)
      found.push({ source: { of: 'response', request, document, path }, names })
      if (found.length === MAX_PLACES) return best(part, found)
    }
  }
  return best(part, found)
}

interface Candidate {
  readonly source: PartSource
  /** What the source is called, the nearest last. */
  readonly names: readonly string[]
}

/** The likeliest by name. A number of a few digits is everywhere: it needs a name that speaks for it. */
function best(part: NamedPart, candidates: readonly Candidate[]): PartOrigin | undefined {
  const isShort = isShortNumber(String(part.value))
  const rated = candidates
    .map(({ source, names }) => ({ source, rate: rateOf(part, source, names) }))
    .filter(({ rate }) => rate >= (isShort ? 1 : 0))
  const most = Math.max(...rated.map(({ rate }) => rate))
  const [first, ...others] = rated.filter(({ rate }) => rate === most)
  if (first === undefined) return undefined
  const also = others.slice(0, 2).map(({ source }) => sourceText(source))
  if (also.length > 0) return { source: first.source, doubt: `${also.join(' and ')} has the same value` }
  return {
    source: first.source,
    doubt: isShort && most < 3 ? 'the value is short, and that may be chance' : null,
  }
}

/** 3: they are called the same; 1 and 2: it can be an id; 0: nothing speaks for it; less: its name says that it is something else. */
function rateOf({ place, name }: NamedPart, source: PartSource, names: readonly string[]): number {
  if (source.of === 'response' && isCountName(name)) return -1
  const own = plain(name)
  if (own !== '' && names.some((other) => plain(other) === own || `${plain(other)}id` === own)) return 3
  if (isCountName(name)) return -1
  // An answer is full of numbers: only what is called an id there is one.
  if (source.of === 'response') return ID_NAME.test(names.at(-1) ?? '') ? 2 : 0
  if (place[0] !== 'path' && !ID_NAME.test(name)) return 0
  return names.some(isCountName) ? 1 : 2
}

/** What a part of a page's URL is called: its parameter, or the segment before it. */
function namesOfSource(source: PagePart['source'], page: readonly PagePart[]): string[] {
  if (source.of === 'query') return [source.name]
  const before = page.find(
    (one) => one.source.of === source.of && 'index' in one.source && one.source.index === source.index - 1,
  )
  return before === undefined ? [] : [before.value]
}

/** A name without its form: `productIds`, `product-id` and `product_id` are one. */
function plain(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z\d]/g, '')
    .replace(/s$/, '')
}

/** What can as well be a page number, a price or a year. */
export function isShortNumber(text: string): boolean {
  return /^-?\d{1,3}(?:[.,]\d{1,2})?$/.test(text) || /^(?:19|20)\d\d$/.test(text)
}

/** A word in the middle of a path is where a page stands on its site; what is at its end, or has digits in it, is which page it is. */
function isVariable({ source, value }: PagePart, page: readonly PagePart[]): boolean {
  if (source.of === 'query' || /[\d_-]/.test(value)) return true
  return !page.some((one) => one.source.of === source.of && one.source.index > source.index)
}

function canBeId(text: string): boolean {
  return text.length <= 128 && (/\d/.test(text) || (text.length > LONGEST_WORD && !/[\s{(]/.test(text)))
}
