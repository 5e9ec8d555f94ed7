import { LazyMap } from '../../core/index.ts'
import { type FieldAnswer, partOfPage, valueAt } from '../../discovery/index.ts'
import type { DataReading } from '../../record/index.ts'
import type { KnownRoute } from './route-book.ts'

/** The answers to the requests of a route for one page. */
export interface PageAnswers {
  readonly page: URL
  readonly answers: readonly FieldAnswer[]
}

/** Pages that are looked at for what is unseen, of one route: data in which all is new each time has no more of them. */
const MAX_LOOKS = 8
/** What is looked into of the answers for one page. */
const MAX_LEAVES = 500
const MAX_DEPTH = 8
const MAX_CHARS = 64
const MAX_ROUTES = 200

interface Known {
  /** What was the same wherever a page was looked at. */
  readonly steady: Map<string, string>
  /** Names of members by what they are members of; null where those are others each time. */
  readonly members: Map<string, Set<string> | null>
  readonly longest: Map<string, number>
  looks: number
}

interface Said {
  /** By place, all of its values: one, but for elements of a list. */
  readonly values: Map<string, Set<string>>
  readonly members: Map<string, Set<string>>
  readonly lengths: Map<string, number>
}

/**
 * Whether the data says something that no page was looked at with. What is the same on the two pages that a route is learned from, such as
 * a quantity of 1, a currency or a flag, may decide what a page makes of the rest.
 */
export class AnswerWatch {
  readonly #known = new LazyMap<string, Known>()

  /** The two pages that a route was learned from. */
  learned(known: KnownRoute, pages: readonly PageAnswers[]): void {
    const [first, second] = pages.map((page) => saidTo(known, page))
    this.#known.delete(known.id)
    if (first === undefined || second === undefined) return
    const steady = new Map<string, string>()
    for (const [place, values] of first.values) {
      const [value, ...more] = new Set([...values, ...(second.values.get(place) ?? [''])])
      if (value !== undefined && more.length === 0) steady.set(place, value)
    }
    const members = new Map<string, Set<string> | null>(first.members)
    for (const [holder, names] of second.members) {
      const others = first.members.get(holder)
      members.set(holder, others === undefined || isSameSet(names, others) ? names : null)
    }
    const longest = new Map(second.lengths)
    for (const [place, length] of first.lengths) longest.set(place, Math.max(length, longest.get(place) ?? 0))
    this.#known.set(known.id, { steady, members, longest, looks: 0 })
    const [oldest] = this.#known.keys()
    if (this.#known.size > MAX_ROUTES) this.#known.delete(oldest as string)
  }

  isUnseen(route: KnownRoute, page: PageAnswers): boolean {
    const known = this.#known.get(route.id)
    if (known === undefined || known.looks >= MAX_LOOKS) return false
    const said = saidTo(route, page)
    for (const [place, values] of said.values) if (isNew(known.steady.get(place), values)) return true
    for (const [holder, names] of said.members) {
      const before = known.members.get(holder)
      if (before && [...names].some((name) => !before.has(name))) return true
    }
    return [...said.lengths].some(([place, length]) => length > (known.longest.get(place) ?? length))
  }

  /** A page was looked at, and the route holds. */
  looked(route: KnownRoute, page: PageAnswers): void {
    const known = this.#known.get(route.id)
    if (known === undefined || !this.isUnseen(route, page)) return
    known.looks++
    const said = saidTo(route, page)
    for (const [place, values] of said.values)
      if (isNew(known.steady.get(place), values)) known.steady.delete(place)
    for (const [holder, names] of said.members) for (const name of names) known.members.get(holder)?.add(name)
    for (const [place, length] of said.lengths)
      known.longest.set(place, Math.max(length, known.longest.get(place) ?? 0))
  }
}

function isNew(steady: string | undefined, values: ReadonlySet<string>): boolean {
  return steady !== undefined && [...values].some((value) => value !== steady)
}

function isSameSet(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return a.size === b.size && [...a].every((one) => b.has(one))
}

/** What the documents that fields are read from say outside of lists, and in the elements of lists on the way to a field. */
function saidTo({ route }: KnownRoute, { page, answers }: PageAnswers): Said {
  const said: Said = { values: new Map(), members: new Map(), lengths: new Map() }
  const seen = new Set<string>()
  for (const { readings } of route.fields) {
    for (const reading of readings) gatherAlong(reading, page, answers, said, seen)
  }
  return said
}

function gatherAlong(
  { request, document, path }: DataReading,
  page: URL,
  answers: readonly FieldAnswer[],
  said: Said,
  seen: Set<string>,
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
    if (isList) said.lengths.set(place, value.length)
    for (const one of isList ? value : [value]) gather(one, place, said, 0)
  }
}

function gather(value: unknown, place: string, said: Said, depth: number): void {
  if (said.values.size >= MAX_LEAVES || depth > MAX_DEPTH || Array.isArray(value)) return
  if (typeof value !== 'object' || value === null) {
    const text = String(value)
    if (text.length > MAX_CHARS) return
    said.values.set(place, (said.values.get(place) ?? new Set()).add(text))
    return
  }
  const names = said.members.get(place) ?? new Set()
  said.members.set(place, names)
  for (const [key, member] of Object.entries(value)) {
    const name = key.replace(/\d+/g, '#')
    names.add(name)
    gather(member, `${place}.${name}`, said, depth + 1)
  }
}
