import type { DiscoveredRequest } from './discovery.ts'
import type { Leaf } from './find-places.ts'
import { sourceText } from './json-path.ts'
import { type HeaderSources, headersOf } from './needed-headers.ts'
import { whyNotReplayable } from './not-replayable.ts'
import type { PagePart } from './page-parts.ts'
import { pagingOf } from './paging.ts'
import { type EarlierAnswer, originOf, type PartOrigin } from './part-origins.ts'
import { type Found, ranked } from './rank.ts'
import type { ReadEvidence } from './reads.ts'
import type { RecordedExchange } from './recorded-exchange.ts'
import { nameOf, partsOfRequest, type RequestPart, withParts } from './request-parts.ts'
import type { Wanted } from './shown-texts.ts'
import { curlSnippet, shownUrl, typescriptSnippet, variablesOf } from './snippets.ts'

export interface DescribeFacts {
  readonly exchange: RecordedExchange
  readonly evidence: Extract<ReadEvidence, { reads: true }>
  readonly found: Found
  readonly wanted: readonly Wanted[]
  readonly leaves: readonly Leaf[]
  readonly page: readonly PagePart[]
  readonly earlier: readonly EarlierAnswer[]
  readonly headerSources: HeaderSources
  readonly session: string
}

interface Parameter extends PartOrigin {
  readonly part: RequestPart
}

/** All that is said of a request whose answer holds what is wanted. */
export function describeRequest(facts: DescribeFacts): DiscoveredRequest {
  const { exchange, evidence, found, wanted, leaves, page, earlier, headerSources, session } = facts
  const shape = { url: exchange.url, body: exchange.requestBody }
  const all = partsOfRequest(shape)
  const parameters = all.flatMap((part): Parameter[] => {
    const origin = originOf({ ...part, name: calledIn(part, all) }, page, earlier)
    return origin ? [{ part, ...origin }] : []
  })
  const headers = headersOf(exchange, headerSources)
  const made = headers.filter(({ from, value }) => from === 'script' && value === null)
  const login = made.find(({ name }) => /^(?:x-)?auth|-token$/.test(name))
  const blocked =
    whyNotReplayable(exchange) ??
    (login && `the header ${login.name} is made by the page's script, and nothing that is kept holds it`)
  const notes = [
    ...parameters.map(({ part, source, doubt }) => {
      const may = doubt === null ? 'is' : 'may be'
      return `${placeText(part)} ${may} ${sourceText(source)}${source.of === 'response' ? '' : ' of the page'}`
    }),
    ...[...variablesOf(exchange.url), ...made.map(({ name }) => name)].map(
      (name) => `set a variable of the environment for ${name}: the page's script has it`,
    ),
  ]
  const snippet = { ...shape, method: exchange.method, headers, notes, session }
  const needsSession =
    headers.some(({ from }) => from === 'binding') || headerSources.cookies(new URL(exchange.url))
  return {
    method: exchange.method,
    url: templateOf(exchange, parameters),
    operation: evidence.operation,
    fields: found.fields,
    parameters: parameters.map(({ part, source }) => ({ place: placeText(part), from: sourceText(source) })),
    headers,
    paging: pagingOf(shape, leaves, exchange.link),
    replayable: blocked === undefined,
    why: blocked ?? null,
    typescript: blocked === undefined ? typescriptSnippet(snippet) : null,
    curl: blocked === undefined ? curlSnippet(snippet, needsSession) : null,
    ...ranked({
      exchange,
      evidence,
      found,
      wanted,
      parameters: parameters.map(({ part, ...origin }) => ({ place: placeText(part), ...origin })),
      blocked,
    }),
  }
}

/** What a value of a request is called: its parameter, or the segment of the path before it. */
function calledIn(part: RequestPart, all: readonly RequestPart[]): string {
  const [where, index] = part.place
  if (where !== 'path') return nameOf(part)
  return String(all.find(({ place }) => place[0] === 'path' && place[1] === Number(index) - 1)?.value ?? '')
}

function placeText({ place }: RequestPart): string {
  return place.join('.')
}

/** The URL with `{path[1]}` where a part of the page's stands, and without secrets. */
function templateOf({ url, requestBody }: RecordedExchange, parameters: readonly Parameter[]): string {
  const values = parameters.map(({ part, source }) => ({
    place: part.place,
    value: `{${sourceText(source)}}`,
  }))
  const template = withParts({ url, body: requestBody }, values)
  return shownUrl(template?.url ?? url).replace(/%7B[^{}]*?%7D/g, (text) => decodeURIComponent(text))
}
