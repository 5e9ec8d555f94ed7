import { safeUrl } from '../core/index.ts'
import { runSteps, type Steps, TooManyElements, TooMuchText } from '../document/index.ts'
import { withHeaders } from './answer-headers.ts'
import { type AnswerData, dataIn } from './data-documents.ts'
import { describeRequest } from './describe-request.ts'
import type { DiscoveredField, DiscoveredRequest, Discovery } from './discovery.ts'
import { addedBy, isSame, type Leaf, leavesOf, listPlaces, type Place, placesOf } from './find-places.ts'
import { pathText } from './json-path.ts'
import type { HeaderSources } from './needed-headers.ts'
import { isOpaque, whyNotReplayable } from './not-replayable.ts'
import { partsOfPage } from './page-parts.ts'
import type { EarlierAnswer } from './part-origins.ts'
import type { Found } from './rank.ts'
import { readEvidence } from './reads.ts'
import type { RecordedExchange } from './recorded-exchange.ts'
import { shownFields, type Wanted } from './shown-texts.ts'

/** A page that was opened once. */
export interface RecordedPage {
  readonly url: URL
  readonly exchanges: readonly RecordedExchange[]
  /** How many exchanges were not kept. */
  readonly left: number
}

export interface DiscoverRules {
  /** Origins and paths of which the user says that a POST there reads. */
  readonly reads: readonly string[]
  /** The selectors by which fields are wanted, for documents that hold them as they are. */
  readonly selectors: Readonly<Record<string, Parameters<typeof shownFields>[1][string]>>
  readonly headerSources: HeaderSources
  /** The session that snippets are for. */
  readonly session: string
  /** Called now and then; throws to end the work. */
  readonly over?: () => void
}

/** Which of a page's requests holds what is wanted, how it is made, and why. Nothing is sent. */
export async function discoverData(
  page: RecordedPage,
  wanted: readonly Wanted[],
  rules: DiscoverRules,
): Promise<Discovery> {
  const parts = partsOfPage(page.url)
  const earlier: EarlierAnswer[] = []
  const requests: DiscoveredRequest[] = []
  const writes = new Set<string>()
  for (const [index, exchange] of page.exchanges.entries()) {
    const evidence = readEvidence(exchange, rules.reads)
    if (!evidence.reads) writes.add(`${exchange.method} ${safeUrl(exchange.url)}`)
    if (exchange.body === null || exchange.status < 200 || exchange.status > 299) continue
    const body = await dataIn(exchange.body, exchange.mediaType, rules.over)
    const data = withHeaders(body, exchange.answerHeaders)
    const leaves = new Map([...data.roots].map(([name, root]) => [name, leavesOf(root)]))
    const found = await runSteps(look(data, leaves, wanted, rules), rules.over)
    if (evidence.reads && found.names.size > 0) {
      const all = [...leaves.values()].flat()
      const { headerSources, session } = rules
      const facts = {
        exchange,
        evidence,
        found,
        wanted,
        page: parts,
        earlier,
        leaves: all,
        headerSources,
        session,
      }
      requests.push(describeRequest(facts))
    }
    for (const [document, list] of leaves) earlier.push({ request: index, document, leaves: list })
  }
  const there = new Set(requests.flatMap(({ fields }) => fields.map(({ want }) => want)))
  return {
    url: safeUrl(page.url),
    requests: [...distinct(requests), ...unseen(page.exchanges)],
    missing: wanted.filter(({ name, asked }) => asked && !there.has(name)).map(({ name }) => name),
    seen: page.exchanges.length + page.left,
    left: page.left + page.exchanges.filter(({ left }) => left === 'too-large').length,
    writes: [...writes],
  }
}

/** The best first; what was asked for twice is one. */
function distinct(requests: readonly DiscoveredRequest[]): DiscoveredRequest[] {
  const seen = new Map<string, DiscoveredRequest>()
  for (const request of [...requests].sort((a, b) => b.score - a.score)) {
    const key = `${request.method} ${request.url} ${request.operation}`
    if (!seen.has(key)) seen.set(key, request)
  }
  return [...seen.values()]
}

/** Sockets, streams and what only the page can decrypt: they may hold what is wanted, and nobody can see that. */
function unseen(exchanges: readonly RecordedExchange[]): DiscoveredRequest[] {
  const found = new Map<string, DiscoveredRequest>()
  for (const exchange of exchanges) {
    const { kind, body } = exchange
    if (kind !== 'socket' && kind !== 'events' && (body === null || !isOpaque(body))) continue
    const why = whyNotReplayable(exchange)
    if (why !== undefined) found.set(safeUrl(exchange.url), unreadable(exchange, why))
  }
  return [...found.values()]
}

function* look(
  { roots, html }: AnswerData,
  leaves: ReadonlyMap<string, readonly Leaf[]>,
  wanted: readonly Wanted[],
  rules: DiscoverRules,
): Steps<Found> {
  const fields: DiscoveredField[] = []
  const names = new Set<string>()
  const placesOfName = new Map<string, number>()
  const selected = html === null ? new Map() : yield* selectedIn(html, rules)
  for (const { name, shown, asked } of wanted) {
    const places: { readonly field: DiscoveredField; readonly added: number }[] = []
    const add = (document: string, path: string, format: string, added = 0) => {
      places.push({ field: { want: name, document, path, format }, added })
    }
    for (const [document, list] of leaves) {
      const found =
        typeof shown === 'string' ? placesOf(list, shown) : listPlaces(roots.get(document), list, shown)
      // The plainest format of each place is named.
      const paths = new Map<string, Place>(
        found.map((place) => [pathText(place.path), place] as const).reverse(),
      )
      for (const [path, { format }] of [...paths].reverse())
        add(document, path, formatText(format), addedBy(format))
    }
    const value = selected.get(name)
    if (value !== undefined && isSame(value, shown)) add('html', selectorText(rules.selectors[name]), 'text')
    // A text without a selector is somewhere in it.
    else if (html !== null && asked && typeof shown === 'string' && rules.selectors[name] === undefined) {
      if (html.includes(shown)) add('html', '', 'text')
    }
    if (places.length > 0) {
      // Of several the one that is called as what is wanted; else the one to which the page adds least.
      const called = places.find(({ field }) => isCalled(field.path, name))
      const plainest = () => places.reduce((best, place) => (place.added < best.added ? place : best))
      fields.push((called ?? plainest()).field)
      names.add(name)
      placesOfName.set(name, places.length)
    }
    yield
  }
  return { fields, names, places: placesOfName }
}

function* selectedIn(html: string, { selectors }: DiscoverRules): Steps<Map<string, string | string[]>> {
  if (Object.keys(selectors).length === 0) return new Map()
  try {
    return yield* shownFields(html, selectors)
  } catch (error) {
    if (error instanceof TooManyElements || error instanceof TooMuchText) return new Map()
    throw error
  }
}

function unreadable({ method, url }: RecordedExchange, why: string): DiscoveredRequest {
  const reasons = ['what comes by it was not looked into: it may hold what is wanted']
  const nothing = {
    operation: null,
    fields: [],
    parameters: [],
    headers: [],
    paging: null,
    typescript: null,
    curl: null,
  }
  return { ...nothing, method, url: safeUrl(url), replayable: false, why, score: 0, reasons }
}

/** Whether the last name of a path is this one: `price` for `$.items[0].unitPrice`. */
function isCalled(path: string, name: string): boolean {
  const last = /([\w$-]+)(?:\[[^\]]*\])*$/.exec(path)?.[1] ?? ''
  return last.toLowerCase().endsWith(name.toLowerCase())
}

function formatText(format: Place['format']): string {
  const around =
    'before' in format && format.before + format.after !== ''
      ? ` in ${JSON.stringify(`${format.before}…${format.after}`)}`
      : ''
  return format.as + around
}

function selectorText(selector: DiscoverRules['selectors'][string] | undefined): string {
  return typeof selector === 'string' ? selector : (selector?.selector ?? '')
}
