import { type Extraction, extractionIssue } from '../../compliance/index.ts'
import { OnejarError } from '../../core/index.ts'
import type { RequestBody } from '../../http/index.ts'
import type { RequestContext } from '../../record/index.ts'
import { isIdempotencyKey, type RetryOption } from '../../resilience/index.ts'
import { type Expectation, expectationIssue } from '../../routing/index.ts'

/** Options of `session.fetch()`: those of fetch that make sense without a page, and Onejar's own. */
export interface FetchOptions {
  readonly method?: string
  /** A record, pairs, or Headers. They replace the identity's headers of the same name. */
  readonly headers?: HeadersInit
  /**
   * Names of headers that are not sent, whoever would add them (`accept-language`, `cookie`). For HTTP only; `host`,
   * `connection` and the length of a body cannot be left out.
   */
  readonly omitHeaders?: readonly string[]
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
  /** False does without robots.txt for this request; it is audited. Default: as the broker has it. */
  readonly robots?: false
  /**
   * What is wanted of the response: `{ title: 'h1', price: { selector, attr } }` for a document, or a schema (of zod and
   * others) for JSON. The response has that as JSON for its body, and nothing else of what came.
   */
  readonly extract?: Extraction
  /**
   * What a good response holds: `{ selector }`, `{ text }`, `{ jsonPath }`, or a function that gets a Response. Where HTTP
   * does not give it, the page has to, and the route is learned. Asked of successful responses only.
   */
  readonly expect?: Expectation
  /** How often it is sent again when it fails; `false` for never. Default: the session's. */
  readonly retry?: RetryOption
  /**
   * Has the request reach the server once, however often it is made with this key: 1 to 255 printable ASCII characters, sent
   * as `Idempotency-Key`. Whoever asks again, in any process on the same store, gets the same response; another request
   * under the same key is refused. Such a request is sent again when it fails, whatever its method.
   */
  readonly idempotencyKey?: string
  /**
   * What the body may have at most, in bytes, as it comes and decoded, also while it is streamed; `false` for no limit.
   * Beyond it: ONEJAR_BODY_TOO_LARGE. Default: the broker's.
   */
  readonly maxResponseBytes?: number | false
  /** Keep the request in `session.deadLetters` when it fails for good. Default: the session's. */
  readonly deadLetter?: boolean
}

export type RequestOptions = Omit<FetchOptions, 'headers'> & {
  readonly headers?: HeadersInit | Readonly<Record<string, string | readonly string[] | undefined>>
}

const KNOWN: ReadonlySet<string> = new Set<keyof FetchOptions>([
  'method',
  'headers',
  'omitHeaders',
  'body',
  'signal',
  'redirect',
  'maxRedirects',
  'timeoutMs',
  'context',
  'render',
  'escalate',
  'expect',
  'robots',
  'retry',
  'idempotencyKey',
  'extract',
  'deadLetter',
  'maxResponseBytes',
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

/**
 * Looks the options over, without building anything: it runs for each request.
 *
 * @param what - the call, as the caller knows it
 * @throws OnejarError ONEJAR_BAD_OPTIONS naming the option
 */
export function checkOptions(options: RequestOptions, what: string): void {
  for (const name in options) {
    if (!KNOWN.has(name) && !TOLERATED.has(name)) throw bad(what, `there is no option ${name}`)
  }
  const { timeoutMs, maxRedirects, redirect, method, signal, body, render, expect, omitHeaders } = options
  if (timeoutMs !== undefined && !(timeoutMs > 0 && timeoutMs <= MAX_TIMER_MS)) {
    throw bad(what, `timeoutMs: expected a number above 0, up to ${MAX_TIMER_MS}`)
  }
  if (maxRedirects !== undefined && !(Number.isInteger(maxRedirects) && maxRedirects >= 0)) {
    throw bad(what, 'maxRedirects: expected a whole number, 0 or more')
  }
  if (redirect !== undefined && redirect !== 'follow' && redirect !== 'manual' && redirect !== 'error') {
    throw bad(what, 'redirect: expected follow, manual or error')
  }
  if (method !== undefined && !/^[!#$%&'*+\-.^_`|~\w]+$/.test(method))
    throw bad(what, 'method: expected a token')
  if (signal != null && typeof signal.addEventListener !== 'function') {
    throw bad(what, 'signal: expected an AbortSignal')
  }
  if (options.idempotencyKey !== undefined && !isIdempotencyKey(options.idempotencyKey)) {
    throw bad(what, 'idempotencyKey: expected 1 to 255 printable ASCII characters without spaces')
  }
  if (omitHeaders !== undefined && !isNameList(omitHeaders)) {
    throw bad(what, 'omitHeaders: expected names of headers that can be left out')
  }
  if (options.deadLetter !== undefined && typeof options.deadLetter !== 'boolean') {
    throw bad(what, 'deadLetter: expected true or false')
  }
  const max = options.maxResponseBytes
  if (max !== undefined && max !== false && !(Number.isSafeInteger(max) && max > 0)) {
    throw bad(what, 'maxResponseBytes: expected a whole number above 0, or false')
  }
  const read = method === undefined || /^(?:get|head)$/i.test(method)
  if (read && body != null) throw bad(what, 'body: a GET or HEAD request has none')
  if (options.robots !== undefined && options.robots !== false) throw bad(what, 'robots: expected false')
  const unwanted = options.extract === undefined ? undefined : extractionIssue(options.extract)
  if (unwanted !== undefined) throw bad(what, `extract: ${unwanted}`)
  const issue = expect === undefined ? undefined : expectationIssue(expect)
  if (issue !== undefined) throw bad(what, `expect: ${issue}`)
  if (render && method !== undefined && method.toUpperCase() !== 'GET') {
    throw bad(what, 'render: only a GET request can be rendered')
  }
}

function isNameList(names: unknown): boolean {
  return (
    Array.isArray(names) &&
    names.every(
      (name) =>
        typeof name === 'string' && !/^(?:host|connection|content-length|transfer-encoding)$/i.test(name),
    )
  )
}

/** What a timer can wait; a longer time would fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1

function bad(what: string, issue: string): OnejarError {
  return new OnejarError('ONEJAR_BAD_OPTIONS', `${what}: ${issue}`)
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
