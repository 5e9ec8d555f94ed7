import { isTellingName, looksRandom } from '../credentials/index.ts'
import type { RequestHeaderFrom } from './discovery.ts'
import type { RecordedExchange } from './recorded-exchange.ts'

/** What a session adds to requests by itself. */
export interface HeaderSources {
  /** Where a token binding of this origin takes a header from, for people; undefined where there is none. */
  binding(origin: string, header: string): string | undefined
  /** Whether the session has cookies for a URL. */
  cookies(url: URL): boolean
}

/** What a request has anew each time, and no server needs. */
export const OF_TRACING =
  /^(?:traceparent|tracestate|baggage|sentry-trace|x-request-id|x-correlation-id|x-b3-.*|x-datadog-.*|newrelic)$/

/** The headers that a page's script gave a request, and what gives them to one without the page. */
export function headersOf(
  { url, requestHeaders, requestBody }: Pick<RecordedExchange, 'url' | 'requestHeaders' | 'requestBody'>,
  sources: HeaderSources,
): RequestHeaderFrom[] {
  const { origin } = new URL(url)
  const found: RequestHeaderFrom[] = []
  for (const [name, value] of requestHeaders) {
    if (OF_TRACING.test(name) || (name === 'accept' && value === '*/*')) continue
    if (name === 'content-type' && requestBody === null) continue
    const binding = sources.binding(origin, name)
    if (binding !== undefined) found.push({ name, value: null, from: 'binding', source: binding })
    else if (isSecretHeader(name, value)) found.push({ name, value: null, from: 'script', source: null })
    else found.push({ name, value, from: 'constant', source: null })
  }
  return found
}

/** Whether a header is a credential, or may be one. */
export function isSecretHeader(name: string, value: string): boolean {
  if (name === 'accept' || name === 'content-type') return false
  return isTellingName(name) || looksRandom(value)
}
