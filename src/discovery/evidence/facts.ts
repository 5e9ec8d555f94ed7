import type { DataField, DataReading, DataRoute, JsonPath } from '../../record/index.ts'
import { isEvery } from '../find-places.ts'
import { valueAt } from '../json-path.ts'
import type { FieldAnswer } from '../learning/field-answer.ts'
import { numberOf } from '../number-format.ts'
import { partOfPage } from '../page-parts.ts'
import { isIdName } from '../part-origins.ts'
import { aroundFacts } from './around-facts.ts'
import { idFacts } from './id-facts.ts'
import { besideClaims, elementClaims, listClaims } from './list-claims.ts'
import type { Facts, Subject } from './subject.ts'
import { mayBeState, type SizeName, shapeOf, traitsOf } from './value-traits.ts'

/** The answers to the requests of a route for one page. */
export interface PageAnswers {
  readonly page: URL
  readonly answers: readonly (FieldAnswer | undefined)[]
}

/** Looks at the answers for a page: at the values of fields, at the lists that they are in, at what stands around them, and at its id. */
export function factsOf(
  { fields }: Pick<DataRoute, 'fields'>,
  { page, answers }: PageAnswers,
  now: number,
): Facts {
  const readings = fields.flatMap((field) => field.readings)
  return [
    ...fields.flatMap((field) => fieldFacts(field, page, answers, now)),
    ...aroundFacts(readings, page, answers, now),
    ...idFacts(page),
  ]
}

function fieldFacts(
  { name, readings }: DataField,
  page: URL,
  answers: readonly (FieldAnswer | undefined)[],
  now: number,
): Subject[] {
  const reading = readings.find(({ document }) => document !== 'html') ?? readings[0]
  if (reading === undefined) return []
  const value = readValue(name, reading, page, answers)
  if (value === undefined) return []
  const all: unknown[] = Array.isArray(value) ? value : [value]
  const kinds = new Set<string>()
  const sizes = new Map<SizeName, number>()
  let claims: readonly string[] | undefined
  const isList = reading.path.some(isEvery) || Array.isArray(value)
  if (isList) sizes.set('list', all.length)
  for (const one of all) {
    const traits = traitsOf(one, reading.format, now)
    for (const kind of traits.kinds) kinds.add(kind)
    for (const [size, count] of traits.sizes) {
      // Two lists of prices have shown a range already, and pages of a list are often in the order of prices.
      const isOfOne = size === 'over' || size === 'under'
      if (!isList || !isOfOne) sizes.set(size, Math.max(count, sizes.get(size) ?? count))
    }
    claims = claims === undefined ? traits.claims : claims.filter((claim) => traits.claims?.includes(claim))
  }
  const states = new Set(all.filter(mayBeState))
  const of = (what: string, claims: Subject['claims']): Subject => ({
    name: JSON.stringify([what, name]),
    field: name,
    kinds: new Set(),
    states: new Set(),
    sizes: new Map(),
    claims,
  })
  const found: Subject[] = [
    { ...of('value', claims === undefined ? null : new Set(claims)), kinds, states, sizes },
  ]
  if (reading.format.as === 'text') {
    const shapes = new Set(all.flatMap((one) => shapeOf(one) ?? []))
    found.push({ ...of('shape', null), states: shapes, areShapes: true })
  }
  if (reading.document === 'html') return found
  const root = answers[reading.request]?.data.roots.get(reading.document)
  const inside = (path: JsonPath) => valueAt(root, path, (source) => partOfPage(page, source))
  for (const [at, step] of reading.path.entries()) {
    const list = typeof step === 'string' ? undefined : inside(reading.path.slice(0, at))
    if (!Array.isArray(list) || reading.path.slice(0, at).some(isEvery)) continue
    const claims = list.length < 2 ? null : typeof step === 'number' ? elementClaims(list, step) : undefined
    const isWhole = typeof step === 'object' && 'every' in step
    if (claims === undefined && !isWhole) continue
    const subject = of(`list ${at}`, claims === undefined ? listClaims(list, now) : claims)
    found.push({ ...subject, sizes: new Map([['list', list.length]]) })
  }
  const holder = reading.path.some(isEvery) ? undefined : inside(reading.path.slice(0, -1))
  if (typeof holder === 'object' && holder !== null && !Array.isArray(holder)) {
    const own = reading.path.at(-1)
    const beside = Object.entries(holder).filter(([other]) => other !== own && !isIdName(other))
    const number = reading.format.as === 'number' ? numberOf(value) : undefined
    found.push(of('beside', besideClaims(number, beside, now)))
  }
  return found
}

function readValue(
  name: string,
  { request, document, path }: DataReading,
  page: URL,
  answers: readonly (FieldAnswer | undefined)[],
): unknown {
  const answer = answers[request]
  if (document === 'html') return answer?.selected.get(name)
  return valueAt(answer?.data.roots.get(document), path, (source) => partOfPage(page, source))
}
