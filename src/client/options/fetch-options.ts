import type { Expectation } from '../../browsing/index.ts'
import type { Extraction, Purpose } from '../../compliance/index.ts'
import type { RequestBody } from '../../http/index.ts'
import type { RequestContext } from '../../record/index.ts'
import type { RetryOption } from '../../resilience/index.ts'
import type { DeadLetterOptions } from './dead-letter-options.ts'

/**
 * Options of `session.fetch()`: those of fetch that make sense without a page, and Onejar's own. They are copied when the call
 * is made: what is changed afterwards changes nothing.
 */
export interface FetchOptions {
  /** Default: GET. `get`, `post`, `put`, `delete`, `head` and `options` are sent in capitals, as fetch sends them. */
  readonly method?: string
  /** A record, pairs, or Headers. They replace the identity's headers of the same name. */
  readonly headers?: HeadersInit
  /**
   * Names of headers that are not sent, whoever would add them (`accept-language`, `cookie`). For HTTP only; `host`,
   * `connection` and the length of a body cannot be left out.
   */
  readonly omitHeaders?: readonly string[]
  /** What is sent: what fetch takes, and async iterables of bytes. Default: nothing. */
  readonly body?: RequestBody | null
  /** Ends the request: it rejects with ONEJAR_ABORTED. Default: none. */
  readonly signal?: AbortSignal | null
  /** Default: follow. */
  readonly redirect?: 'follow' | 'manual' | 'error'
  /** Default: 20. */
  readonly maxRedirects?: number
  /** For the whole request: redirects, a solve in the browser, the body. Default: `timeoutMs` of the broker (60,000). */
  readonly timeoutMs?: number
  /**
   * How the request came to be: decides SameSite, partitions and the identity's headers. Default: a typed-in navigation
   * for what asks for HTML, a same-origin form for a form body, and a same-origin fetch for the rest.
   */
  readonly context?: RequestContext
  /**
   * Return the document as it stands after its scripts ran, from the browser: when network and document have come to rest,
   * after ten seconds and half of `timeoutMs` at most, or when it holds what `expect` asks for. What is no HTML document comes
   * as it was sent. Default: false.
   */
  readonly render?: boolean
  /** Go to the browser when the site answers with a JavaScript challenge. Default: true. */
  readonly escalate?: boolean
  /** False does without robots.txt for this request; it is audited. Default: as the broker has it. */
  readonly robots?: false
  /**
   * What content is fetched for: `search`, `ai-train`, `ai-input`, `archive` or `text-mining`. What a site forbids for that (in
   * robots.txt, headers, metas, a TDM reservation) is ONEJAR_PURPOSE_REFUSED, and kept in the audit trail. Default: the session's.
   */
  readonly purpose?: Purpose
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
  /**
   * Keep the request in `session.deadLetters` when it fails for good. `{ statuses: [404, 410] }` also keeps it when the last answer
   * has one of these statuses. Default: the session's.
   */
  readonly deadLetter?: boolean | DeadLetterOptions
}

/**
 * Options of `session.request()`: those of `session.fetch()`, and headers may also be a record with lists, as undici takes
 * them.
 */
export type RequestOptions = Omit<FetchOptions, 'headers'> & {
  readonly headers?: HeadersInit | Readonly<Record<string, string | readonly string[] | undefined>>
}

/** The options by name. */
export const FETCH_OPTIONS: readonly (keyof FetchOptions)[] = [
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
  'purpose',
  'retry',
  'idempotencyKey',
  'extract',
  'deadLetter',
  'maxResponseBytes',
]

/** What fetch takes and Onejar ignores: it is settled by the session, or means nothing without a page. */
export const IGNORED_OPTIONS: readonly string[] = [
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
]
