import type { RouteEvidence } from '../../record/index.ts'
import { isOfAFew } from './around-facts.ts'
import { reached, reachedHalf, reachedLength } from './bounds.ts'
import { digest } from './digest.ts'
import type { Facts, Subject } from './subject.ts'
import type { SizeName } from './value-traits.ts'

/** What of some answers no page was looked at with yet. */
export interface Unproven {
  readonly key: string
  /** The field that it is about; null where it is about what stands around the fields. */
  readonly field: string | null
  /** For people. */
  readonly reason: string
  /** Whether the page is known to show something else there. */
  readonly isApart: boolean
  /** Whether so many looks are made for what is like this. */
  readonly isCounted: boolean
}

/** Pages that are looked at for what stands around the fields: data in which all is new each time has no more of them. */
const MAX_LOOKS = 8
/** States of one field that are kept, and so many of which a new one is looked at even if none came twice. */
const MAX_STATES = 12
const FEW_STATES = 4
/** The same of shapes of codes: many catalogues have another one for each thing. */
const MAX_SHAPES = 6
const FEW_SHAPES = 3
/** Whole numbers grow so often before only other orders of magnitude count. */
const STRICT = 4
/** Bounds that other numbers are looked at for; in the order of prices each thing would reach one. */
const STRICT_BOUNDS = { over: 2, under: 1 }
const MAX_KEPT = 4_000

export const NO_EVIDENCE: RouteEvidence = { seen: [], sizes: [], claims: [], apart: [], looks: 0 }

/** The evidence in a form that is quick to ask. */
interface Known {
  readonly seen: ReadonlySet<string>
  readonly sizes: ReadonlyMap<string, readonly [largest: number, grown: number]>
  /** By subject. */
  readonly claims: ReadonlyMap<string, ReadonlySet<string>>
  readonly states: ReadonlyMap<string, number>
  readonly apart: ReadonlySet<string>
}

const parsed = new WeakMap<RouteEvidence, Known>()
const STATE = 'state '
const ANY = digest('any')
const TWICE = digest('twice')
const WIDTH = ANY.length

function knownOf(evidence: RouteEvidence): Known {
  const before = parsed.get(evidence)
  if (before) return before
  const claims = new Map<string, Set<string>>()
  for (const claim of evidence.claims) {
    const subject = claim.slice(0, WIDTH)
    const others = claims.get(subject) ?? new Set()
    claims.set(subject, others)
    if (claim.length > WIDTH) others.add(claim.slice(WIDTH))
  }
  const states = new Map<string, number>()
  for (const one of evidence.seen) states.set(one.slice(0, WIDTH), (states.get(one.slice(0, WIDTH)) ?? 0) + 1)
  const made = {
    seen: new Set(evidence.seen),
    sizes: new Map(evidence.sizes.map(([name, ...size]) => [name, size] as const)),
    claims,
    states,
    apart: new Set(evidence.apart),
  }
  parsed.set(evidence, made)
  return made
}

/** What two pages have proven. */
export function evidenceOf(first: Facts, second: Facts): RouteEvidence {
  const one = widened(NO_EVIDENCE, first, true)
  const others = new Map(first.map((subject) => [subject.name, subject]))
  // Members that are others on each page are names of something: a new one says nothing.
  const free = second.flatMap(({ name, field, kinds }) => {
    const before = others.get(name)
    const isOther = (a: Iterable<string>, b: ReadonlySet<string>) =>
      [...a].some((kind) => kind.startsWith('has ') && !b.has(kind))
    return field === null && before && (isOther(kinds, before.kinds) || isOther(before.kinds, kinds))
      ? [digest(name) + ANY]
      : []
  })
  const there = new Set(second.map(({ name }) => digest(name)))
  const around = new Set(first.filter(({ field }) => field === null).map(({ name }) => digest(name)))
  const two = widened(one, second, true)
  return {
    ...two,
    seen: [...two.seen, ...free],
    // What only one of them had was never the same on both.
    claims: two.claims.filter((claim) => {
      const subject = claim.slice(0, WIDTH)
      return there.has(subject) ? !isNewAround(subject, second, others) : !around.has(subject)
    }),
    looks: 0,
  }
}

function isNewAround(subject: string, second: Facts, first: ReadonlyMap<string, Subject>): boolean {
  return second.some(({ name, field }) => field === null && digest(name) === subject && !first.has(name))
}

/** What of these answers is beyond the evidence: each may be why the page shows something else. */
export function unprovenIn(evidence: RouteEvidence, facts: Facts): Unproven[] {
  const known = knownOf(evidence)
  const found: Unproven[] = []
  const mayLook = evidence.looks < MAX_LOOKS
  for (const subject of facts) {
    for (const one of unprovenOf(subject, known)) {
      if (!one.isCounted || mayLook || one.isApart) found.push(one)
    }
  }
  return found
}

function* unprovenOf(
  { name, field, kinds, states, areShapes = false, sizes, claims }: Subject,
  known: Known,
): Generator<Unproven> {
  const subject = digest(name)
  const about = field ?? 'what is around the fields'
  const unproven = (key: string, reason: string, isCounted = false): Unproven => ({
    key,
    field,
    reason: `${about}: ${reason}`,
    isApart: known.apart.has(key),
    isCounted,
  })
  const isAround = field === null
  const isKnown = field !== null || known.states.has(subject)
  const isFree = known.seen.has(subject + ANY)
  if (isKnown) {
    for (const kind of kinds) {
      const key = subject + digest(kind)
      const isSeen = known.seen.has(key) || (isFree && kind.startsWith('has '))
      if (!isSeen || known.apart.has(key)) yield unproven(key, `the first that is “${kind}”`, isAround)
    }
  }
  const few = digest(STATE + name)
  const count = known.states.get(few) ?? 0
  const areFew =
    count < (areShapes ? FEW_SHAPES : FEW_STATES) ||
    known.seen.has(few + TWICE) ||
    (isAround && isOfAFew(name))
  // What stands around the fields is looked at where it was on both pages: a member that is new is looked at as such.
  const mayBeNew = count < mostOf(areShapes) && areFew && (!isAround || count > 0)
  for (const state of states) {
    const key = few + digest(state)
    if (known.apart.has(key) || (mayBeNew && !known.seen.has(key)))
      yield unproven(key, areShapes ? 'a code of a new shape' : 'a text that is new')
  }
  for (const [size, number] of sizes) {
    const key = digest(`${size} ${name}`)
    const before = known.sizes.get(key)
    if (isAround && before === undefined) continue
    if (isBeyond(size, number, before))
      yield unproven(key, `${size} ${Math.abs(number)} is beyond all before`)
  }
  const open = claims === null ? undefined : known.claims.get(subject)
  if (open === undefined || claims === null) return
  const held = new Set([...claims].map(digest))
  for (const claim of open) {
    if (!held.has(claim)) yield unproven(subject + claim, 'what was so each time is no longer so', isAround)
  }
}

/** Whether nothing of this size was proven: with a little slack, but for the numbers that pages have bounds at. */
function isBeyond(size: SizeName, number: number, before: readonly [number, number] | undefined): boolean {
  if (before === undefined) return true
  const [largest, grown] = before
  if (number <= largest) return false
  switch (size) {
    case 'list':
      return true
    case 'chars':
      return (
        number > Math.max(largest + 4, largest * 1.25) ||
        reachedLength(number - 1) > reachedLength(largest - 1)
      )
    case 'count':
      return grown < STRICT || reached(number) > reached(largest)
    case 'over':
    case 'under':
      return grown < STRICT_BOUNDS[size] && reachedHalf(number) > reachedHalf(largest)
    default:
      return reached(number) > reached(largest)
  }
}

/** Numbers that grow between two bounds say nothing of either. */
function growthOf(size: SizeName, number: number, before: number): number {
  return (size === 'over' || size === 'under') && reachedHalf(number) === reachedHalf(before) ? 0 : 1
}

function mostOf(areShapes = false): number {
  return areShapes ? MAX_SHAPES : MAX_STATES
}

/**
 * The evidence after one more page showed what its data says.
 *
 * @param isLearned - whether it is one of those that the route was learned from
 */
export function widened(evidence: RouteEvidence, facts: Facts, isLearned = false): RouteEvidence {
  const known = knownOf(evidence)
  const unproven = unprovenIn(evidence, facts)
  const isCounted = unproven.length > 0 && unproven.every((one) => one.isCounted)
  const seen = new Set(evidence.seen)
  const sizes = new Map(known.sizes)
  const claims = new Map<string, ReadonlySet<string>>(known.claims)
  for (const { name, field, kinds, states, areShapes, sizes: own, claims: holding } of facts) {
    const subject = digest(name)
    const isKnown = isLearned || field !== null || known.states.has(subject)
    if (isKnown) for (const kind of kinds) seen.add(subject + digest(kind))
    const few = digest(STATE + name)
    for (const state of states) {
      if (known.seen.has(few + digest(state))) seen.add(few + TWICE)
      else if ((known.states.get(few) ?? 0) < mostOf(areShapes)) seen.add(few + digest(state))
    }
    for (const [size, number] of own) {
      const key = digest(`${size} ${name}`)
      const [largest, grown] = sizes.get(key) ?? [undefined, 0]
      if (largest === undefined || number > largest)
        sizes.set(key, [
          number,
          largest === undefined || isLearned ? 0 : grown + growthOf(size, number, largest),
        ])
    }
    if (holding === null) continue
    const open = claims.get(subject)
    const now = new Set([...holding].map(digest))
    // What is left to the page stays with it, even if it showed the same this time.
    const isOpen = (one: string) => now.has(one) || known.apart.has(subject + one)
    if (open !== undefined) claims.set(subject, new Set([...open].filter(isOpen)))
    else if (isLearned || field !== null) claims.set(subject, now)
  }
  return {
    ...evidence,
    seen: [...seen].slice(0, MAX_KEPT),
    sizes: [...sizes].map(([name, [largest, grown]]) => [name, largest, grown] as const).slice(0, MAX_KEPT),
    claims: [...claims]
      .flatMap(([subject, open]) => [subject, ...[...open].map((one) => subject + one)])
      .slice(0, MAX_KEPT),
    looks: evidence.looks + (isCounted && !isLearned ? 1 : 0),
  }
}

/** The evidence once a short text of a field came again: there are a few of them. Undefined where nothing new is known by that. */
export function withRepeated(evidence: RouteEvidence, facts: Facts): RouteEvidence | undefined {
  const known = knownOf(evidence)
  const again = facts.flatMap(({ name, states, areShapes }) => {
    const few = digest(STATE + name)
    const isNew = !known.seen.has(few + TWICE) && (known.states.get(few) ?? 0) < mostOf(areShapes)
    return isNew && [...states].some((state) => known.seen.has(few + digest(state))) ? [few + TWICE] : []
  })
  return again.length === 0 ? undefined : { ...evidence, seen: [...evidence.seen, ...again] }
}

/** The evidence after a page showed something else than its data says, where these are unproven: they are left to the page. */
export function withApart(evidence: RouteEvidence, unproven: readonly Unproven[]): RouteEvidence {
  const apart = new Set([...evidence.apart, ...unproven.map(({ key }) => key)])
  return { ...evidence, apart: [...apart].slice(0, MAX_KEPT) }
}
