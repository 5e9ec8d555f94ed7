import type { RequestBody } from '../http/index.ts'
import type { RequestContext } from '../record/index.ts'

/** Options of `session.fetch()`: those of fetch that make sense without a page, and Onejar's own. */
export interface FetchOptions {
  readonly method?: string
  /** A record, pairs, or Headers. They replace the identity's headers of the same name. */
  readonly headers?: HeadersInit
  readonly body?: RequestBody | null
  readonly signal?: AbortSignal | null
  /** Default: follow. */
  readonly redirect?: 'follow' | 'manual' | 'error'
  /** Default: 20. */
  readonly maxRedirects?: number
  /** For everything: redirects, a visit of the browser, the body. Default: the session's. */
  readonly timeoutMs?: number
  /**
   * How the request came to be: decides SameSite, partitions and the identity's headers. Default: a typed-in navigation
   * for what asks for HTML, a same-origin form for a form body, and a same-origin fetch for the rest.
   */
  readonly context?: RequestContext
  /** Return the document as it stands after its scripts ran, from the browser. Default: false. */
  readonly render?: boolean
  /** Go to the browser when the site answers with a JavaScript challenge. Default: true. */
  readonly escalate?: boolean
}

export type RequestOptions = Omit<FetchOptions, 'headers'> & {
  readonly headers?: HeadersInit | Readonly<Record<string, string | readonly string[] | undefined>>
}

const KNOWN: ReadonlySet<string> = new Set<keyof FetchOptions>([
  'method',
  'headers',
  'body',
  'signal',
  'redirect',
  'maxRedirects',
  'timeoutMs',
  'context',
  'render',
  'escalate',
])

/** What fetch takes and Onejar ignores: it is settled by the session, or means nothing without a page. */
const TOLERATED: ReadonlySet<string> = new Set([
  'cache',
  'credentials',
  'duplex',
  'keepalive',
  'mode',
  'priority',
  'referrer',
  'referrerPolicy',
  'integrity',
  'window',
])

/** The first option that is not known; undefined when all are. Costs a few set look-ups. */
export function unknownOption(options: object): string | undefined {
  for (const name in options) if (!KNOWN.has(name) && !TOLERATED.has(name)) return name
  return undefined
}

/**
 * How a request came to be when the caller does not say. Undefined is a typed-in navigation, which costs nothing.
 */
export function defaultContext(url: URL, options: RequestOptions): RequestContext | undefined {
  const { method, headers, body } = options
  const read = method === undefined || method === 'GET' || method === 'HEAD'
  if (headers === undefined && read) return undefined
  const accept = headers === undefined ? undefined : headerOf(headers, 'accept')
  const html = accept === undefined || accept.includes('text/html')
  if (read && html) return undefined
  const form = body instanceof URLSearchParams || body instanceof FormData
  return {
    kind: form && accept === undefined ? 'form' : html && accept !== undefined ? 'form' : 'fetch',
    initiator: url.origin,
  }
}

function headerOf(headers: NonNullable<RequestOptions['headers']>, name: string): string | undefined {
  if (headers instanceof Headers) return headers.get(name) ?? undefined
  const pairs = Array.isArray(headers) ? headers : Object.entries(headers)
  for (const [key, value] of pairs) if (key?.toLowerCase() === name) return String(value)
  return undefined
}
