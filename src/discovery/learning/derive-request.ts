import { isTellingName } from '../../credentials/index.ts'
import type { DataPart, DataRequest } from '../../record/index.ts'
import { isSecretHeader, OF_TRACING } from '../needed-headers.ts'
import { isCacheBuster, isSecretPart, whyNotReplayable } from '../not-replayable.ts'
import { readEvidence } from '../reads.ts'
import { nameOf, partsOfRequest, placeKey } from '../request-parts.ts'
import { derivePart, type EarlierPair } from './derive-part.ts'
import type { PageView, ViewedExchange } from './view.ts'

export interface DeriveRules {
  /** Origins and paths of which the user says that a POST there reads. */
  readonly reads: readonly string[]
  /** Whether a token binding gives this header to requests of this origin. */
  readonly isBound: (origin: string, header: string) => boolean
  /** Requests that HTTP was found not to get the same from: by method and URL, those of the first page. */
  readonly refused?: ReadonlySet<string>
}

/** A request that both pages made, or why HTTP cannot make it. */
export type Derived = { readonly request: DataRequest } | { readonly why: string }

const MAX_BODY_CHARS = 64 * 1024
const MAX_URL_CHARS = 8_192

/** Whether two requests are the same but for their values: undefined where they are not. */
export function isSameEndpoint(a: ViewedExchange, b: ViewedExchange): boolean {
  const [first, second] = [a.exchange, b.exchange]
  if (first.kind !== second.kind || first.method !== second.method) return false
  if (first.kind === 'document') return true
  if (new URL(first.url).origin !== new URL(second.url).origin) return false
  const keys = ({ url, requestBody }: typeof first) =>
    partsOfRequest({ url, body: requestBody }).map(({ place }) => placeKey(place))
  return keys(first).join() === keys(second).join()
}

/** The request that two pages made, with rules for the values that are others on each. */
export function deriveRequest(
  a: ViewedExchange,
  b: ViewedExchange,
  pages: readonly [PageView, PageView],
  earlier: readonly EarlierPair[],
  { reads, isBound }: DeriveRules,
): Derived {
  const { exchange } = a
  const redirected = exchange.redirected && b.exchange.redirected
  if (exchange.redirected !== b.exchange.redirected) return { why: 'it was redirected on one page only' }
  if (exchange.kind === 'document') {
    return {
      request: {
        isPage: true,
        method: 'GET',
        url: pages[0].url.href,
        body: null,
        headers: [],
        parts: [],
        redirected,
      },
    }
  }
  const why = whyNotReplayable(exchange)
  if (why !== undefined) return { why }
  const evidence = readEvidence(exchange, reads)
  if (!evidence.reads) return { why: evidence.why }
  if (exchange.method !== 'GET' && exchange.method !== 'POST')
    return { why: `its method is ${exchange.method}` }
  if (exchange.url.length > MAX_URL_CHARS || (exchange.requestBody?.length ?? 0) > MAX_BODY_CHARS)
    return { why: 'it is too large' }
  const shapes = [a, b].map((one) =>
    partsOfRequest({ url: one.exchange.url, body: one.exchange.requestBody }),
  )
  const [first = [], second = []] = shapes
  const same = first.filter((part, at) => part.value === second[at]?.value)
  const sizes = same
    .map(({ value }) => Number(value))
    .filter((value) => Number.isInteger(value) && value <= 10_000)
  const secret = same.find(
    (part) =>
      part.place[0] !== 'path' &&
      isTellingName(nameOf(part)) &&
      isSecretPart(nameOf(part), String(part.value)),
  )
  if (secret) return { why: `its parameter ${nameOf(secret)} is a secret, which is not kept` }
  const parts: DataPart[] = []
  for (const [at, part] of first.entries()) {
    const other = second[at]
    if (other === undefined || other.value === part.value) continue
    const made = derivePart({ a: part, b: other }, pages, earlier, sizes)
    if (made) parts.push(made)
    else if (!isCacheBuster(part)) {
      return {
        why: `its parameter ${part.place.join('.')} changes, and neither the page’s URL nor an answer before it has its value`,
      }
    }
  }
  const { origin } = new URL(exchange.url)
  return {
    request: {
      isPage: false,
      method: exchange.method,
      url: exchange.url,
      body: exchange.method === 'POST' ? exchange.requestBody : null,
      headers: constantHeaders(a, b).filter(([name]) => !isBound(origin, name)),
      parts,
      redirected,
    },
  }
}

/** The headers that are the same on both pages and no secret: a secret is not kept, and one that changes is tried without. */
function constantHeaders(a: ViewedExchange, b: ViewedExchange): (readonly [string, string])[] {
  const others = new Map(b.exchange.requestHeaders)
  return a.exchange.requestHeaders.filter(
    ([name, value]) => others.get(name) === value && !OF_TRACING.test(name) && !isSecretHeader(name, value),
  )
}
