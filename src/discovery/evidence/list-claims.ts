import { momentOf } from './value-traits.ts'

type Element = unknown
type Compare = (a: never, b: never) => number

/** Elements and members that are compared. */
const MAX_ELEMENTS = 300
const MAX_MEMBERS = 24
const MAX_DEPTH = 2
/** Members that a list is in order by, for which it is looked at in which order those are that are alike by them. */
const MAX_OUTER = 4
/** Members that order those. */
const MAX_INNER = 8

const inWords = new Intl.Collator('en', { numeric: true })
const NUMBERS: Readonly<Record<string, Compare>> = { number: (a: number, b: number) => a - b }
const TEXTS: Readonly<Record<string, Compare>> = {
  code: (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0),
  words: (a: string, b: string) => inWords.compare(a, b),
}

/**
 * What could make a page show a list as another one than the answer has, and did not, since it would have changed nothing: it was in order
 * by a member already, or each value was there once.
 */
export function listClaims(elements: readonly Element[], now: number): Set<string> {
  const claims = new Set<string>()
  const columns = columnsOf(elements.slice(0, MAX_ELEMENTS))
  for (const [name, values] of columns) {
    if (new Set(values).size === values.length) claims.add(`once ${name}`)
    const times = values.map(timeOf)
    if (times.every((at) => at !== undefined && at <= now)) claims.add(`after ${name}`)
    if (times.every((at) => at !== undefined && at > now)) claims.add(`before ${name}`)
    for (const [how, compare] of comparesOf(values)) {
      const signs = values.slice(1).map((value, at) => compare(values[at] as never, value as never))
      if (signs.every((sign) => sign <= 0)) claims.add(`up ${how} ${name}`)
      if (signs.every((sign) => sign >= 0)) claims.add(`down ${how} ${name}`)
    }
  }
  for (const claim of innerClaims(columns)) claims.add(claim)
  return claims
}

/** An order by two members: those that are alike by the first are in order by the second. */
function* innerClaims(columns: ReadonlyMap<string, readonly unknown[]>): Generator<string> {
  const outer = [...columns].filter(([, values]) => isOrdered(values)).slice(0, MAX_OUTER)
  for (const [group, groups] of outer) {
    for (const [name, values] of [...columns].slice(0, MAX_INNER)) {
      if (name === group) continue
      const alike = values.flatMap((value, at) =>
        at > 0 && groups[at] === groups[at - 1] ? [[values[at - 1], value] as const] : [],
      )
      for (const [how, compare] of comparesOf(values)) {
        const signs = alike.map(([before, value]) => compare(before as never, value as never))
        if (signs.every((sign) => sign <= 0)) yield `within ${group} up ${how} ${name}`
        if (signs.every((sign) => sign >= 0)) yield `within ${group} down ${how} ${name}`
      }
    }
  }
}

function isOrdered(values: readonly unknown[]): boolean {
  return comparesOf(values).some(([, compare]) => {
    const signs = values.slice(1).map((value, at) => compare(values[at] as never, value as never))
    return signs.every((sign) => sign <= 0) || signs.every((sign) => sign >= 0)
  })
}

/**
 * Why a page could show this one of a list: it stands there, it is the last, or has the smallest or the largest of something. The first is
 * what was learned; of the others those that the answer allows, too.
 */
export function elementClaims(elements: readonly Element[], index: number): Set<string> {
  const claims = new Set<string>()
  if (index === elements.length - 1) claims.add('last')
  for (const [name, values] of columnsOf(elements.slice(0, MAX_ELEMENTS))) {
    const own = values[index]
    if (own === undefined) continue
    for (const [how, compare] of comparesOf(values)) {
      const signs = values.map((value) => compare(own as never, value as never))
      if (signs.every((sign) => sign <= 0)) claims.add(`least ${how} ${name}`)
      if (signs.every((sign) => sign >= 0)) claims.add(`most ${how} ${name}`)
    }
  }
  return claims
}

/** Members that all elements have, as numbers or as texts; the elements themselves where they have none. */
function columnsOf(elements: readonly Element[]): Map<string, readonly unknown[]> {
  const columns = new Map<string, unknown[]>()
  const gather = (value: unknown, name: string, at: number, depth: number): void => {
    if (typeof value === 'object' && value !== null) {
      if (depth > MAX_DEPTH || Array.isArray(value)) return
      for (const [key, member] of Object.entries(value)) gather(member, `${name}.${key}`, at, depth + 1)
      return
    }
    const column = columns.get(name)
    if (column?.length === at) column.push(value)
    else if (at === 0 && columns.size < MAX_MEMBERS) columns.set(name, [value])
  }
  for (const [at, element] of elements.entries()) gather(element, '', at, 0)
  for (const [name, values] of columns) if (values.length < elements.length) columns.delete(name)
  return columns
}

function comparesOf(values: readonly unknown[]): [string, Compare][] {
  const is = (type: string) => values.every((value) => typeof value === type)
  if (is('number') || is('boolean')) return Object.entries(NUMBERS)
  return is('string') ? Object.entries(TEXTS) : []
}

/** How a value stands to a number beside it, and whether a date beside it is over: a page may take the lesser of two, or one that is in force. */
export function besideClaims(
  value: number | undefined,
  beside: readonly (readonly [name: string, value: unknown])[],
  now: number,
): Set<string> {
  const claims = new Set<string>()
  for (const [name, other] of beside.slice(0, MAX_MEMBERS)) {
    if (typeof other === 'number' && value !== undefined) {
      if (value <= other) claims.add(`up to ${name}`)
      if (value >= other) claims.add(`from ${name}`)
    }
    const at = timeOf(other)
    if (at !== undefined) claims.add(`${at <= now ? 'after' : 'before'} ${name}`)
  }
  return claims
}

/** A moment that is called one: a text, or milliseconds. */
function timeOf(value: unknown): number | undefined {
  return typeof value === 'string' || (typeof value === 'number' && value > 1e12)
    ? momentOf(value)
    : undefined
}
