import type { DataReading } from '../../record/index.ts'
import { valueAt } from '../json-path.ts'
import type { FieldAnswer } from '../learning/field-answer.ts'
import { numberOf } from '../number-format.ts'
import { partOfPage } from '../page-parts.ts'
import { isIdName } from '../part-origins.ts'
import type { Subject } from './subject.ts'
import { mayBeState, momentOf, type SizeName } from './value-traits.ts'

/** What is looked into of the answers for one page. */
const MAX_PLACES = 500
const MAX_DEPTH = 8
const MAX_CHARS = 64
/** Of a list. */
const MAX_ELEMENTS = 50
const BEFORE = ' before'
const MAX_VALUES = 20_000
/** Different texts at one place of an answer: of more it is no list of a few. */
const MAX_STATES = 12
/** What is larger is a moment, or the number of something. */
const MAX_NUMBER = 1e9
/** Names of what has a few values, which a page decides by. */
const OF_A_FEW =
  /(?:type|kind|status|state|categor(?:y|ie)|class|group|level|tier|plan|mode|unit|currency|lang|language|locale|country|region|market|tax|vat|availability|condition|stock|flag|label|badge|experiment|test|segment|channel|role|visibility|tag)s?$/i
const ONE_WORD = /^[\p{L}_-]+$/u

interface Place {
  /** All values here: one, but for elements of a list. */
  readonly values: Set<string>
  /** Of the members of an object. */
  readonly members: Set<string>
  readonly kinds: Set<string>
  /** The least and the largest number. */
  range: readonly [low: number, high: number] | undefined
  longest: number
}

/** What was found, and how many values may still be looked at: lists in lists have no end. */
interface Found {
  readonly places: Map<string, Place>
  /** Lists on the way to fields: their elements are looked at by themselves. */
  readonly passed: ReadonlySet<string>
  left: number
}

/**
 * What the documents that fields are read from say outside of lists, and in the elements of lists on the way to a field. What is the same
 * each time, such as a quantity of 1, a currency or a flag, may decide what a page makes of the rest.
 */
export function aroundFacts(
  readings: readonly DataReading[],
  page: URL,
  answers: readonly (FieldAnswer | undefined)[],
  now: number,
): Subject[] {
  const found: Found = { places: new Map(), passed: listsPassed(readings), left: MAX_VALUES }
  const seen = new Set<string>()
  // What fields are read from has facts of its own.
  const own = new Set(readings.map(placeRead))
  for (const reading of readings) gatherAlong(reading, page, answers, found, seen, now)
  return [...found.places].map(([name, { values, members, kinds, range, longest }]) => {
    const sizes = new Map<SizeName, number>()
    if (longest >= 0) sizes.set('list', longest)
    // Elements before the one that is read decide by what they are, hardly by how much.
    if (range !== undefined && !own.has(name) && !name.includes(BEFORE)) {
      sizes.set('high', range[1])
      sizes.set('low', -range[0])
    }
    return {
      name,
      field: null,
      kinds: new Set([...kinds, ...[...members].map((member) => `has ${member}`)]),
      states: own.has(name) || isIdName(memberOf(name)) ? new Set<string>() : statesOf(name, values),
      sizes,
      claims: values.size === 0 ? null : values.size === 1 ? values : new Set(),
    }
  })
}

function listsPassed(readings: readonly DataReading[]): Set<string> {
  return new Set(
    readings.flatMap((reading) =>
      reading.path.flatMap((step, at) =>
        typeof step === 'string' ? [] : [placeRead({ ...reading, path: reading.path.slice(0, at) })],
      ),
    ),
  )
}

/** The place that a reading reads, by the name that it has here. */
function placeRead({ request, document, path }: DataReading): string {
  const end = path.findLastIndex((step) => typeof step !== 'string') + 1
  const members = path.slice(end).map((name) => `.${withoutDigits(name as string)}`)
  return JSON.stringify([request, document, path.slice(0, end)]) + members.join('')
}

function withoutDigits(name: string): string {
  return name.replace(/\d+/g, '#')
}

/** What may be one of a few values: a word, or what is called so. */
function statesOf(name: string, values: ReadonlySet<string>): Set<string> {
  const states = [...values].filter((value) => mayBeState(value) && (ONE_WORD.test(value) || isOfAFew(name)))
  return new Set(states.length > MAX_STATES ? [] : states)
}

/** Whether the name of a place says that it has a few values. */
export function isOfAFew(name: string): boolean {
  return OF_A_FEW.test(memberOf(name).replace(/\[\]$/, ''))
}

function memberOf(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1)
}

function gatherAlong(
  { request, document, path }: DataReading,
  page: URL,
  answers: readonly (FieldAnswer | undefined)[],
  found: Found,
  seen: Set<string>,
  now: number,
): void {
  const root = answers[request]?.data.roots.get(document)
  for (let end = 0; end <= path.length; end++) {
    const step = path[end - 1]
    if (end > 0 && typeof step === 'string') continue
    const way = path.slice(0, end)
    const place = JSON.stringify([request, document, way])
    if (seen.has(place)) continue
    seen.add(place)
    const value = valueAt(root, way, (source) => partOfPage(page, source))
    const isList = typeof step === 'object' && 'every' in step && Array.isArray(value)
    if (isList) {
      const all = placeOf(found, place)
      if (all) all.longest = value.length
    }
    for (const one of isList ? value : [value]) gather(one, place, found, 0, now)
    // An element may be the one that is shown for what those before it are not.
    const earlier = typeof step === 'number' && step > 0 ? valueAt(root, path.slice(0, end - 1)) : undefined
    if (Array.isArray(earlier)) {
      for (const one of earlier.slice(0, step as number)) gather(one, place + BEFORE, found, 0, now)
    }
  }
}

function gather(value: unknown, name: string, found: Found, depth: number, now: number): void {
  if (depth > MAX_DEPTH || found.left-- <= 0) return
  const place = placeOf(found, name)
  if (place === undefined) return
  place.kinds.add(kindOf(value, now))
  if (Array.isArray(value)) {
    if (found.passed.has(name)) return
    for (const element of value.slice(0, MAX_ELEMENTS)) {
      const isHolder = typeof element === 'object' && element !== null
      if (isHolder) gather(element, `${name}[]`, found, depth + 1, now)
      else if (mayBeState(element)) placeOf(found, `${name}[]`)?.values.add(element)
    }
    return
  }
  const number = numberOf(value)
  if (number !== undefined && Math.abs(number) < MAX_NUMBER && !isIdName(memberOf(name))) {
    const [low, high] = place.range ?? [number, number]
    place.range = [Math.min(low, number), Math.max(high, number)]
  }
  if (typeof value !== 'object' || value === null) {
    const text = String(value)
    place.values.add(text.length > MAX_CHARS ? `${text.length} characters ${text.slice(0, MAX_CHARS)}` : text)
    return
  }
  for (const [key, member] of Object.entries(value)) {
    const known = withoutDigits(key)
    place.members.add(known)
    gather(member, `${name}.${known}`, found, depth + 1, now)
  }
}

function placeOf({ places }: Found, name: string): Place | undefined {
  let place = places.get(name)
  if (place === undefined && places.size < MAX_PLACES) {
    place = { values: new Set(), members: new Set(), kinds: new Set(), range: undefined, longest: -1 }
    places.set(name, place)
  }
  return place
}

/** What conditions ask about: whether there is something, whether it is nothing, whether it is over. */
function kindOf(value: unknown, now: number): string {
  if (value === null || typeof value === 'boolean') return String(value)
  if (Array.isArray(value)) return value.length === 0 ? 'empty list' : 'list'
  if (typeof value === 'number') {
    if (value > 1e12 && (momentOf(value) ?? 0) > now) return 'ahead'
    return value === 0 ? 'zero' : value < 0 ? 'negative' : 'number'
  }
  if (typeof value === 'string') {
    if (value.trim() === '') return 'empty text'
    return (momentOf(value) ?? 0) > now ? 'ahead' : 'text'
  }
  return typeof value
}
