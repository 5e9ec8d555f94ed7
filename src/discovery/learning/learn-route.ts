import type { Steps } from '../../document/index.ts'
import type { DataField, DataReading, DataRequest, DataRoute, PathStep } from '../../record/index.ts'
import type { EarlierPair } from './derive-part.ts'
import { type DeriveRules, deriveRequest, isSameEndpoint } from './derive-request.ts'
import { findReadings, membersBeside } from './find-readings.ts'
import { marksOf } from './page-marks.ts'
import { patternOfPages } from './page-pattern.ts'
import type { PageView, ViewedExchange } from './view.ts'

/** What two pages have in common that could be a route; nothing of it is proven over HTTP. */
export type Learned = { readonly route: Omit<DataRoute, 'learnedAt' | 'until'> } | { readonly why: string }

interface Candidate {
  readonly a: ViewedExchange
  readonly b: ViewedExchange
  readonly request: DataRequest
  /** The candidates that its parts come from. */
  readonly needs: readonly Candidate[]
}

/** Requests that a page may take its fields from, and those before that are looked at for the values of their parts. */
const MAX_REQUESTS = 3
const MAX_PAIRS = 400
/** Of one field. */
const MAX_READINGS = 60

/** What two pages of one kind say about where their fields come from, step by step. What it gives has to be proven. */
export function* learnRoute(a: PageView, b: PageView, rules: DeriveRules): Steps<Learned> {
  const pattern = patternOfPages(a.url, b.url)
  if (pattern === undefined) return { why: 'the two pages have no pattern in common' }
  const pages = [a, b] as const
  const { candidates, reasons } = yield* candidatesOf(pages, rules)
  const readings = new Map<Candidate, Map<string, ReturnType<typeof findReadings>>>()
  const names = Object.keys(a.values)
  for (const candidate of candidates) {
    const found = new Map<string, ReturnType<typeof findReadings>>()
    for (const name of names) {
      const all = findReadings(name, candidate.a, candidate.b, pages)
      const here = isOfPage(candidate) ? all : all.filter(({ path }) => path.some(isNamed))
      if (here.length > 0) found.set(name, here)
      yield
    }
    if (found.size > 0) readings.set(candidate, found)
  }
  const chosen = choose(names, readings)
  if ('missing' in chosen) {
    const why = `no request of both pages holds ${chosen.missing}`
    return { why: reasons.length === 0 ? why : `${why}; ${reasons.slice(0, 3).join('; ')}` }
  }
  return { route: { pattern, ...assemble(chosen.picked, names, readings, pages) } }
}

/** The requests that both pages made, those whose parts come from the page's URL first, then those that need an answer before. */
function* candidatesOf(
  pages: readonly [PageView, PageView],
  rules: DeriveRules,
): Steps<{ readonly candidates: readonly Candidate[]; readonly reasons: readonly string[] }> {
  const [a, b] = pages
  const candidates: Candidate[] = []
  const reasons = new Set<string>()
  let pairs = 0
  const late: { first: ViewedExchange; second: ViewedExchange; at: number }[] = []
  for (const [at, first] of a.exchanges.entries()) {
    for (const second of b.exchanges) {
      if (!isGood(first) || !isGood(second) || !isSameEndpoint(first, second)) continue
      if (++pairs > MAX_PAIRS) break
      const made = deriveRequest(first, second, pages, [], rules)
      yield
      if ('request' in made && rules.refused?.has(requestKey(made.request))) continue
      if ('request' in made) candidates.push({ a: first, b: second, request: made.request, needs: [] })
      else {
        late.push({ first, second, at })
        reasons.add(made.why)
      }
    }
  }
  for (const { first, second, at } of late) {
    const before = candidates.filter(
      ({ a: one, needs, request }) => needs.length === 0 && !request.isPage && a.exchanges.indexOf(one) < at,
    )
    const earlier: EarlierPair[] = before.map((one, request) => ({ request, a: one.a, b: one.b }))
    const made = deriveRequest(first, second, pages, earlier, rules)
    yield
    if (!('request' in made) || rules.refused?.has(requestKey(made.request))) continue
    const used = new Set(
      made.request.parts.flatMap(({ from }) => (from.of === 'response' ? [from.request] : [])),
    )
    // A chain of two is learned, longer ones are left to the page.
    const needs = [...used].map((number) => before[number] as Candidate)
    const parts = made.request.parts.map((part) =>
      part.from.of === 'response'
        ? { ...part, from: { ...part.from, request: [...used].indexOf(part.from.request) } }
        : part,
    )
    if (needs.length <= 1)
      candidates.push({ a: first, b: second, request: { ...made.request, parts }, needs })
  }
  return { candidates, reasons: [...reasons] }
}

/**
 * Whether a request is another one for another page. What says the same for all of them, such as settings and translations, holds a text
 * that two pages happen to show; and two addresses of one page make one request.
 */
function isOfPage({ request, needs }: Candidate): boolean {
  return request.isPage || request.parts.some(({ from }) => from.of !== 'response') || needs.some(isOfPage)
}

function isNamed(step: PathStep): boolean {
  return typeof step === 'object' && !('as' in step)
}

/** What `refused` calls a request. */
export function requestKey({ method, url, body }: Pick<DataRequest, 'method' | 'url' | 'body'>): string {
  return `${method} ${url} ${body ?? ''}`
}

function isGood({ exchange }: ViewedExchange): boolean {
  return exchange.status >= 200 && exchange.status < 300 && exchange.body !== null
}

type Readings = ReadonlyMap<Candidate, ReadonlyMap<string, ReturnType<typeof findReadings>>>

/** As few requests as hold all fields: each time the one with most of what is missing, those of data before the page itself. */
function choose(names: readonly string[], readings: Readings): { picked: Candidate[] } | { missing: string } {
  const missing = new Set(names)
  const picked: Candidate[] = []
  while (missing.size > 0) {
    let best: Candidate | undefined
    let most = 0
    for (const [candidate, found] of readings) {
      const count = [...found.keys()].filter((name) => missing.has(name)).length * 4
      const worth = count === 0 ? 0 : count - candidate.needs.length - (candidate.request.isPage ? 2 : 0)
      if (worth > most) [best, most] = [candidate, worth]
    }
    if (best === undefined || picked.length === MAX_REQUESTS) return { missing: [...missing].join(', ') }
    picked.push(best)
    for (const name of readings.get(best)?.keys() ?? []) missing.delete(name)
  }
  return { picked: [...picked, ...witnesses(picked, readings)] }
}

/**
 * Other requests that hold a field, too: the page shows what one of them says, and on two pages nobody can tell which. They are asked as
 * well, until they differ; then a page decides.
 */
function witnesses(picked: readonly Candidate[], readings: Readings): Candidate[] {
  const known = new Set(picked.map(({ request }) => requestKey(request)))
  const others = [...readings.keys()].filter(({ request }) => !known.has(requestKey(request)))
  const count = new Set([...picked.flatMap(({ needs }) => needs), ...picked]).size
  return others
    .filter(({ needs }) => needs.every((one) => picked.includes(one)))
    .slice(0, MAX_REQUESTS - count)
}

function assemble(
  picked: readonly Candidate[],
  names: readonly string[],
  readings: Readings,
  pages: readonly [PageView, PageView],
): Pick<DataRoute, 'requests' | 'fields' | 'marks'> {
  const page = pages[1]
  const order = [...new Set([...picked.flatMap(({ needs }) => needs), ...picked])]
  const requests = order.map(({ request, needs }) => ({
    ...request,
    parts: request.parts.map((part) =>
      part.from.of === 'response'
        ? { ...part, from: { ...part.from, request: order.indexOf(needs[part.from.request] as Candidate) } }
        : part,
    ),
  }))
  const fields = names.map((name): DataField => {
    const all = picked.flatMap((candidate): DataReading[] => {
      const found =
        readings
          .get(candidate)
          ?.get(name)
          ?.slice(0, MAX_READINGS / picked.length) ?? []
      return found.map((reading) => ({ request: order.indexOf(candidate), ...reading }))
    })
    const first = all.find(({ document }) => document !== 'html')
    const holder = order[(first ?? all[0])?.request ?? 0] as Candidate
    const beside = first ? membersBeside(first, holder.b.data.roots.get(first.document), page.url) : []
    const before = first ? membersBeside(first, holder.a.data.roots.get(first.document), page.url) : []
    return {
      name,
      readings: all,
      beside: beside.filter((member) => before.includes(member) || before.length === 0),
      mayLack: false,
    }
  })
  const marks = picked.flatMap((one) => marksOf(order.indexOf(one), one.a, one.b, pages))
  return { requests, fields, marks }
}
