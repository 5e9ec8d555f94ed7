import type { JsonPath, PathStep, ValueFormat } from '../record/index.ts'
import { isPlain, parsedText, valueAt } from './json-path.ts'
import { numberOf } from './number-format.ts'
import { rangesOf } from './scales.ts'
import { formatsOf, mayBeHtml, written } from './value-format.ts'

/** Where a shown text is in data, and how the page writes it. */
export interface Place {
  readonly path: JsonPath
  readonly format: ValueFormat
}

/** A text, a number, or what else has no members, and where it is. */
export interface Leaf {
  readonly path: JsonPath
  readonly value: unknown
}

const MAX_LEAVES = 50_000
const MAX_DEPTH = 32
/** Places of one text: of more nobody knows which is meant. */
const MAX_PLACES = 48
/** A short number is at many, in many formats: of so many the plainest are taken. */
const MAX_FOUND = 500

/** The leaves of data, texts that hold JSON opened. Bounded: of what is larger the first. */
export function leavesOf(root: unknown): Leaf[] {
  const leaves: Leaf[] = []
  const enter = (value: unknown, path: readonly PathStep[]) => {
    if (leaves.length >= MAX_LEAVES || path.length > MAX_DEPTH) return
    const inner = typeof value === 'object' && value !== null ? value : parsedText(value)
    if (inner === undefined || inner === null) {
      leaves.push({ path, value })
      return
    }
    const at: readonly PathStep[] = inner === value ? path : [...path, { parsed: true }]
    if (Array.isArray(inner)) for (const [index, element] of inner.entries()) enter(element, [...at, index])
    else for (const [name, member] of Object.entries(inner as object)) enter(member, [...at, name])
  }
  enter(root, [])
  return leaves
}

/** Where a text is in data, in every format that makes exactly this text. */
export function placesOf(leaves: readonly Leaf[], shown: string): Place[] {
  const places: Place[] = []
  const digits = shown.replace(/\D/g, '')
  const ranges = rangesOf(shown)
  for (const { path, value } of leaves) {
    if (!mayShow(value, shown, digits) && !isWithin(ranges, value)) continue
    for (const format of formatsOf(value, shown)) places.push({ path, format })
    if (places.length > MAX_FOUND) break
  }
  return places.length > MAX_PLACES ? plainest(places) : places
}

/** Where all texts of a list are, in this order: a list of as many, each of which has the same member. */
export function listPlaces(root: unknown, leaves: readonly Leaf[], shown: readonly string[]): Place[] {
  const [first] = shown
  if (first === undefined) return []
  const found: Place[] = []
  for (const { path, format } of placesOf(leaves, first)) {
    for (const [at, step] of path.entries()) {
      if (step !== 0) continue
      const every = [...path.slice(0, at), { every: true } as const, ...path.slice(at + 1)]
      if (isSame(writtenAt(root, every, format), shown)) found.push({ path: every, format })
    }
  }
  return found
}

/** What a page would write of the data at a place; undefined where that is missing or of another kind. */
export function writtenAt(
  root: unknown,
  path: JsonPath,
  format: ValueFormat,
  partValue?: Parameters<typeof valueAt>[2],
): string | string[] | undefined {
  const value = valueAt(root, path, partValue)
  if (!path.some(isEvery)) return written(value, format)
  if (!Array.isArray(value)) return undefined
  const texts = value.map((element) => written(element, format))
  return texts.includes(undefined) ? undefined : (texts as string[])
}

export function isEvery(step: PathStep): boolean {
  return typeof step === 'object' && 'every' in step
}

export function isSame(a: string | readonly string[] | undefined, b: string | readonly string[]): boolean {
  if (typeof a === 'string' || typeof b === 'string' || a === undefined) return a === b
  return a.length === b.length && a.every((text, at) => text === b[at])
}

/** The names of members by which an element of a list is the one of a part of the page's URL. */
export function namesOfElement(element: unknown, text: string): string[] {
  if (typeof element !== 'object' || element === null || Array.isArray(element)) return []
  return Object.entries(element).flatMap(([name, value]) => (isPlain(value, text) ? [name] : []))
}

/** What is cheap to see: nothing of a text whose first word is not there, and nothing of a number whose digits are not. */
function mayShow(value: unknown, shown: string, digits: string): boolean {
  if (typeof value === 'number') return digits !== '' && mayBeWritten(value, digits)
  if (typeof value !== 'string' || value === '') return false
  if (mayBeHtml(value)) return true
  const word = /\S+/.exec(value)?.[0]
  if (word !== undefined && shown.includes(word)) return true
  if (!/^-?\d/.test(value)) return false
  // A date names its year, and so do all forms of dates.
  return /^\d{4}-/.test(value) ? shown.includes(value.slice(0, 4)) : mayBeWritten(Number(value), digits)
}

function isWithin(ranges: ReturnType<typeof rangesOf>, value: unknown): boolean {
  const number = ranges.length === 0 ? undefined : numberOf(value)
  return number !== undefined && ranges.some(([from, to]) => number >= from && number <= to)
}

/** Whether the whole part of a number is among the digits of a text, also of one in cents; a moment in time can look like anything. */
function mayBeWritten(value: number, digits: string): boolean {
  const size = Math.abs(value)
  if (size >= 1e9) return true
  return digits.includes(String(Math.trunc(size))) || digits.includes(String(Math.trunc(size / 100)))
}

/** How many characters a page writes around a value. */
export function addedBy(format: ValueFormat): number {
  return 'before' in format ? format.before.length + format.after.length : 0
}

function plainest(places: readonly Place[]): Place[] {
  const affix = ({ format }: Place) => addedBy(format)
  const isScaled = ({ format }: Place) =>
    format.as === 'compact' || (format.as === 'number' && ![1, 100].includes(format.per))
  const order = (a: Place, b: Place) => affix(a) - affix(b) || Number(isScaled(a)) - Number(isScaled(b))
  return [...places].sort(order).slice(0, MAX_PLACES)
}
