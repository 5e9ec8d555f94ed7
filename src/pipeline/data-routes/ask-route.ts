import type { FieldSelectors } from '../../compliance/index.ts'
import { isOnejarError, safeUrl } from '../../core/index.ts'
import {
  dataIn,
  type FieldAnswer,
  filledRequest,
  isIdle,
  isSpare,
  type RequestShape,
  readableHeaders,
  withHeaders,
} from '../../discovery/index.ts'
import { type DataSource, normalizeBody } from '../../http/index.ts'
import type { DataRequest, DataRoute } from '../../record/index.ts'
import type { RoutedResponse, RouteRequest, Send } from '../../routing/index.ts'
import { bodyText } from '../extraction/body-text.ts'
import { fieldsOf, isSuccess, reducedToNothing } from '../extraction/reduced-response.ts'

/** What came of the requests of a route for one page. */
export type Asked =
  | {
      readonly kind: 'answers'
      /** Undefined for a request that failed, where others say the same, and for one that nothing is read from. */
      readonly answers: readonly (FieldAnswer | undefined)[]
      readonly last: RoutedResponse
      readonly source: DataSource
    }
  /** The site is in trouble, or asks to be left alone: the caller gets that, and the stages above send it again where they may. */
  | { readonly kind: 'failed'; readonly response: RoutedResponse }
  /** It is not as it was: a page has to be looked at. */
  | {
      readonly kind: 'odd'
      readonly reason: string
      /** The number of the request. */
      readonly at: number
      /** Of the answer that is no success. */
      readonly status?: number
    }

/** What says nothing of the route: the request as a whole fails, and may be sent again. */
const OF_THE_NETWORK = new Set([
  'ONEJAR_ABORTED',
  'ONEJAR_ADDRESS_REFUSED',
  'ONEJAR_CIRCUIT_OPEN',
  'ONEJAR_CLOSED',
  'ONEJAR_NETWORK',
  'ONEJAR_PROXY_FAILED',
  'ONEJAR_QUARANTINED',
  'ONEJAR_RATE_LIMITED',
  'ONEJAR_TIMEOUT',
])

/**
 * Sends the requests of a route for one page, one after the other, as that page's scripts would: through the stages below, so robots.txt,
 * Crawl-delay, redaction and token bindings hold for each.
 *
 * @param deadline - on the clock of `performance.now()`
 */
export async function askRoute(
  route: Pick<DataRoute, 'requests' | 'fields'>,
  request: RouteRequest,
  fields: FieldSelectors,
  next: Send,
  deadline: number,
): Promise<Asked> {
  const page = request.url
  const answers: (FieldAnswer | undefined)[] = []
  const missing = new Set<number>()
  const sent: DataSource['requests'][number][] = []
  let last: RoutedResponse | undefined
  for (const [at, one] of route.requests.entries()) {
    if (isIdle(route, at)) {
      answers.push(undefined)
      continue
    }
    const shape = filledRequest(
      one,
      page,
      answers.map((answer) => answer?.data),
    )
    const asked: AskedOnce =
      shape === undefined
        ? { kind: 'odd', reason: 'a part of the data request is missing' }
        : await askOnce(one, shape, request, fields, next, deadline)
    if (asked.kind === 'failed') return asked
    if (asked.kind === 'odd') {
      if (!isSpare(route, at, missing)) return { ...asked, at }
      missing.add(at)
      answers.push(undefined)
      continue
    }
    answers.push(asked.answer)
    const names = route.fields
      .filter(({ readings }) => readings.some((reading) => reading.request === at))
      .map(({ name }) => name)
    sent.push({ method: one.method, url: safeUrl(asked.url), fields: names })
    last = asked.response
  }
  return { kind: 'answers', answers, last: last as RoutedResponse, source: { requests: sent } }
}

type AskedOnce =
  | {
      readonly kind: 'answer'
      readonly answer: FieldAnswer
      readonly response: RoutedResponse
      readonly url: URL
    }
  | Extract<Asked, { kind: 'failed' }>
  | Omit<Extract<Asked, { kind: 'odd' }>, 'at'>

async function askOnce(
  { method, headers, isPage, redirected }: DataRequest,
  shape: RequestShape,
  request: RouteRequest,
  fields: FieldSelectors,
  next: Send,
  deadline: number,
): Promise<AskedOnce> {
  const url = new URL(shape.url)
  const { origin } = request.url
  let response: RoutedResponse
  try {
    response = await next({
      ...withoutPage(request),
      url,
      method,
      headers: headers.flatMap((pair) => [...pair]),
      body: shape.body === null ? undefined : normalizeBody(shape.body),
      ...(isPage ? {} : { context: { kind: 'fetch', initiator: origin, topLevelUrl: origin } }),
      timeoutMs: Math.max(1, Math.ceil(deadline - performance.now())),
    })
  } catch (error) {
    if (!isOnejarError(error) || OF_THE_NETWORK.has(error.code)) throw error
    return { kind: 'odd', reason: `the data request failed: ${error.code}` }
  }
  if (response.statusCode === 429 || response.statusCode >= 500) {
    return { kind: 'failed', response: reducedToNothing(response) }
  }
  if (!isSuccess(response) || response.via === 'page') {
    reducedToNothing(response)
    if (response.via === 'page') return { kind: 'odd', reason: 'the data came by a page' }
    const status = response.statusCode
    return { kind: 'odd', status, reason: `the data request to ${url.origin} has status ${status}` }
  }
  if (response.redirected !== redirected) {
    reducedToNothing(response)
    return { kind: 'odd', reason: 'the data request is redirected' }
  }
  const [type = ''] = String(response.headers['content-type'] ?? '').split(';', 1)
  const found = await dataIn(await bodyText(response), type.trim().toLowerCase())
  const data = withHeaders(found, readableHeaders(response.headers))
  const selected = data.html === null ? new Map() : await selectedIn(data.html, fields, url)
  return { kind: 'answer', answer: { data, selected }, response, url }
}

/** What the fields' selectors find in HTML: those that are there. */
export async function selectedIn(
  html: string,
  fields: FieldSelectors,
  url: URL,
): Promise<Map<string, string | readonly string[]>> {
  return new Map(Object.entries(shownOf(await fieldsOf(html, fields, url))))
}

/** Fields without those that are not there, or empty. */
export function shownOf(
  found: Readonly<Record<string, string | null | readonly (string | null)[]>>,
): Record<string, string | readonly string[]> {
  const shown = Object.entries(found).filter((pair): pair is [string, string | string[]] => {
    const [, value] = pair
    return Array.isArray(value)
      ? value.length > 0 && value.every((text) => text !== null && text !== '')
      : value !== null && value !== ''
  })
  return Object.fromEntries(shown)
}

/** What is asked of the page alone is not asked of its data. */
function withoutPage({
  extract: _,
  expect: __,
  render: ___,
  record: ____,
  ...request
}: RouteRequest): Omit<RouteRequest, 'url'> {
  return request
}
