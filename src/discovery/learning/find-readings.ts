import type { DataReading, JsonPath, PageSource, PathStep } from '../../record/index.ts'
import {
  isEvery,
  isSame,
  type Leaf,
  listPlaces,
  namesOfElement,
  type Place,
  placesOf,
  writtenAt,
} from '../find-places.ts'
import { isPlain, valueAt } from '../json-path.ts'
import { partOfPage } from '../page-parts.ts'
import { isIdName } from '../part-origins.ts'
import { withTimes } from '../time-of-day.ts'
import type { PageView, ViewedExchange } from './view.ts'

type Reading = Omit<DataReading, 'request'>

/** What a field is read by where its selector finds it in HTML. */
const SELECTED = { path: [], format: { as: 'text', before: '', after: '' } } as const

/** Places of one field in one answer that are kept: they are witnesses of each other. */
const MAX_READINGS = 40
/** Places that refer to the same element. */
const MAX_REFERENCES = 3

/**
 * Where a field is in the answers to the same request on two pages: in the same place, or in the element of a list that a part of the
 * page's URL names. Each reading makes exactly what each page shows.
 */
export function findReadings(
  name: string,
  a: ViewedExchange,
  b: ViewedExchange,
  [pageA, pageB]: readonly [PageView, PageView],
): Reading[] {
  const [shownA, shownB] = [pageA.values[name], pageB.values[name]]
  if (shownA === undefined || shownB === undefined) return []
  const found: Reading[] = []
  const [selectedA, selectedB] = [a.selected.get(name), b.selected.get(name)]
  if (isSame(selectedA, shownA) && isSame(selectedB, shownB)) found.push({ document: 'html', ...SELECTED })
  const parts = (page: PageView) => (source: PageSource) => partOfPage(page.url, source)
  for (const [document, leaves] of a.leaves) {
    const rootA = a.data.roots.get(document)
    const rootB = b.data.roots.get(document)
    if (rootB === undefined) continue
    const places = typeof shownA === 'string' ? placesOf(leaves, shownA) : listPlaces(rootA, leaves, shownA)
    for (const { path, format } of places.flatMap(withHtml)) {
      const isProven = (candidate: JsonPath) =>
        isSame(writtenAt(rootA, candidate, format, parts(pageA)), shownA) &&
        isSame(writtenAt(rootB, candidate, format, parts(pageB)), shownB)
      const proven = [path, ...namedPaths(rootA, path, pageA)].find(isProven)
      // An element that is referred to may stand at the same place on both pages: both are kept.
      const referred = [...referredPaths(rootA, leaves, path)].filter(isProven).slice(0, MAX_REFERENCES)
      for (const candidate of proven === undefined ? referred : [proven, ...referred]) {
        if (found.length >= MAX_READINGS) return found
        const values = [valueAt(rootA, candidate, parts(pageA)), valueAt(rootB, candidate, parts(pageB))]
        found.push({ document, path: candidate, format: withTimes(format, values) })
      }
    }
  }
  return found
}

/** A text without marks is the same as HTML: the first that has some, such as `&amp;`, shows which it is. */
function withHtml(place: Place): Place[] {
  const { path, format } = place
  const isPlainText = format.as === 'text' && format.before === '' && format.after === ''
  return isPlainText ? [place, { path, format: { as: 'html' } }] : [place]
}

/** The paths that name an element of a list by a part of the page's URL in place of its number. */
function* namedPaths(root: unknown, path: JsonPath, { parts }: PageView): Generator<JsonPath> {
  for (const [at, step] of path.entries()) {
    if (typeof step !== 'number') continue
    const element = valueAt(root, path.slice(0, at + 1))
    for (const { source, value } of parts) {
      for (const where of namesOfElement(element, value)) {
        const named: PathStep = { where, is: source }
        yield [...path.slice(0, at), named, ...path.slice(at + 1)]
      }
    }
  }
}

/** The paths that name an element of a list by a reference to it elsewhere in the data, as `included` of JSON:API has them. */
function* referredPaths(root: unknown, leaves: readonly Leaf[], path: JsonPath): Generator<JsonPath> {
  for (const [at, step] of path.entries()) {
    if (typeof step !== 'number' || path.slice(0, at).some(isEvery)) continue
    const list = path.slice(0, at)
    const element = valueAt(root, path.slice(0, at + 1))
    if (typeof element !== 'object' || element === null || Array.isArray(element)) continue
    for (const [where, value] of Object.entries(element)) {
      if (!isIdName(where) || (typeof value !== 'string' && typeof value !== 'number')) continue
      for (const leaf of leaves) {
        if (!isPlain(leaf.value, String(value)) || startsWith(leaf.path, list)) continue
        const as = leaf.path.filter((one) => typeof one !== 'object')
        if (as.length === leaf.path.length) yield [...list, { where, as }, ...path.slice(at + 1)]
      }
    }
  }
}

function startsWith(path: JsonPath, start: JsonPath): boolean {
  return start.every((step, at) => path[at] === step)
}

/** The names of the members beside what a reading reads, and its own; none where it is in no object. */
export function membersBeside(reading: Pick<DataReading, 'path'>, root: unknown, page: URL): string[] {
  const holder = valueAt(root, reading.path.slice(0, -1), (source) => partOfPage(page, source))
  const one = Array.isArray(holder) ? holder[0] : holder
  if (typeof one !== 'object' || one === null || Array.isArray(one)) return []
  return Object.keys(one)
    .filter((name) => name.length <= 512)
    .slice(0, 64)
}
