import { z } from 'zod'
import { type Expectation, expectationIssue } from '../../browsing/index.ts'
import { type Extraction, extractionIssue, isJsonSchema, PURPOSES } from '../../compliance/index.ts'
import { isOnejarError, parseOptions } from '../../core/index.ts'
import {
  getHeader,
  type HeaderList,
  type NormalizedBody,
  normalizeBody,
  type RequestBody,
  requestBody,
} from '../../http/index.ts'
import type { RequestContext } from '../../record/index.ts'
import {
  type DeadLetterPlan,
  deadLetterSchema,
  isIdempotencyKey,
  type RetryOption,
  type RetryPlan,
  retrySchema,
} from '../../resilience/index.ts'
import type { RouteRequest } from '../../routing/index.ts'
import {
  FETCH_OPTIONS,
  type FetchOptions,
  IGNORED_OPTIONS,
  type RequestOptions,
} from '../options/fetch-options.ts'
import { withoutWrapperOptions } from '../options/wrapper-options.ts'
import type { Input } from './input.ts'
import { takeContext, takeMethod } from './take-context.ts'
import { takeHeaders } from './take-headers.ts'

/** A request as a caller made it, looked over and copied. What is left out is as the session has it. */
export type TakenRequest = Omit<RouteRequest, 'timeoutMs' | 'identity' | 'beforeHop' | 'body'> & {
  readonly body?: NormalizedBody | undefined
  readonly timeoutMs?: number | undefined
}

type Given = { readonly [K in keyof FetchOptions]?: unknown }

/**
 * Looks a request over and copies all of it, before anything is waited for.
 *
 * @param url - a URL, or a Request where `what` takes one
 * @throws OnejarError ONEJAR_BAD_OPTIONS naming the option, ONEJAR_BAD_URL, ONEJAR_BAD_INPUT for a body that was read
 */
export function takeRequest(
  url: string | URL | Request,
  options: RequestOptions | undefined,
  input: Input,
): TakenRequest {
  try {
    return requestOf(url, options, input)
  } catch (error) {
    // A getter or a proxy among what is given can throw anything.
    throw isOnejarError(error) ? error : input.bad('the request cannot be read', error)
  }
}

function requestOf(
  url: string | URL | Request,
  options: RequestOptions | undefined,
  input: Input,
): TakenRequest {
  if (options === undefined && !isRequest(url)) return { url: input.url(url) }
  const own = withoutWrapperOptions(options)
  let given: Given = input.members(own, FETCH_OPTIONS, { ignored: IGNORED_OPTIONS })
  assertNoIntegrity(options, input)
  if (isRequest(url)) {
    given = { ...fromRequest(url, input), ...given }
    return taken(input.url(url.url), given, input)
  }
  return taken(input.url(url), given, input)
}

function taken(url: URL, given: Given, input: Input): TakenRequest {
  const method = given.method === undefined ? undefined : takeMethod(given.method, input)
  const headers = given.headers === undefined ? undefined : takeHeaders(given.headers, input)
  const read = method === undefined || method === 'GET' || method === 'HEAD'
  if (read && given.body != null) throw input.bad('body: a GET or HEAD request has none')
  const body = given.body == null ? undefined : takeBody(given.body, input)
  const render = input.flag(given.render, 'render')
  if (render && method !== undefined && method !== 'GET') {
    throw input.bad('render: only a GET request can be rendered')
  }
  if (given.robots !== undefined && given.robots !== false) throw input.bad('robots: expected false')
  return {
    url,
    method,
    headers: headers as string[] | undefined,
    omitHeaders: takeNames(given.omitHeaders, input),
    body,
    context: takeContext(given.context, input) ?? defaultContext(url, read, headers, body),
    signal: input.signal(given.signal),
    timeoutMs: input.timeout(given.timeoutMs),
    redirect: input.oneOf(given.redirect, 'redirect', ['follow', 'manual', 'error']),
    maxRedirects: takeCount(given.maxRedirects, input),
    render,
    escalate: input.flag(given.escalate, 'escalate'),
    expect: takeExpectation(given.expect, input),
    robots: given.robots,
    purpose: input.oneOf(given.purpose, 'purpose', PURPOSES),
    extract: takeExtraction(given.extract, input),
    retry: takeRetry(given.retry, input),
    idempotencyKey: takeKey(given.idempotencyKey, input),
    deadLetter: takeDeadLetter(given.deadLetter, input),
    maxResponseBytes: takeLimit(given.maxResponseBytes, input),
  }
}

function takeDeadLetter(given: unknown, input: Input): DeadLetterPlan | undefined {
  if (given === undefined) return undefined
  const parsed = deadLetterSchema.safeParse(given)
  if (parsed.success) return parsed.data
  throw input.bad('deadLetter: expected true, false, or { statuses } with numbers from 400 to 599')
}

/** The bytes are not compared with a hash here, and nobody is to believe that they were. */
function assertNoIntegrity(given: unknown, input: Input): void {
  if ((given as Pick<RequestInit, 'integrity'> | undefined)?.integrity) {
    throw input.bad('integrity: the bytes are not compared with a hash here; do so with those of the body')
  }
}

/** A Request of any class. */
function isRequest(value: unknown): value is Request {
  if (typeof value !== 'object' || value === null) return false
  if (value instanceof Request) return true
  const { url, method } = value as Partial<Request>
  return typeof url === 'string' && typeof method === 'string' && !(value instanceof URL)
}

/** What a Request says that the options do not. */
function fromRequest(request: Request, input: Input): Given {
  const { method, headers, signal, redirect, body, bodyUsed } = request
  if (bodyUsed) throw input.bad('the body of the Request has been read; pass request.clone() instead')
  assertNoIntegrity(request, input)
  return { method, headers, signal, redirect, ...(body ? { body: requestBody(body) } : {}) }
}

function takeBody(body: unknown, input: Input): NormalizedBody {
  try {
    return normalizeBody(body as RequestBody)
  } catch (error) {
    const isNone = isOnejarError(error, 'ONEJAR_BAD_INPUT') && error.message.includes('has to be')
    if (isOnejarError(error) && !isNone) throw error
    throw input.bad(
      'body: expected a text, bytes, URLSearchParams, FormData, a Blob, a stream or an async iterable; write an object as JSON.stringify(…)',
      isNone ? undefined : error,
    )
  }
}

function takeNames(names: unknown, input: Input): ReadonlySet<string> | undefined {
  if (names === undefined) return undefined
  const all = Array.isArray(names) ? [...(names as unknown[])] : []
  const fit = all.every(
    (name) =>
      typeof name === 'string' && !/^(?:host|connection|content-length|transfer-encoding)$/i.test(name),
  )
  if (!Array.isArray(names) || !fit) {
    throw input.bad('omitHeaders: expected names of headers that can be left out')
  }
  return new Set((all as string[]).map((name) => name.toLowerCase()))
}

function takeCount(value: unknown, input: Input): number | undefined {
  if (value === undefined) return undefined
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value
  throw input.bad('maxRedirects: expected a whole number, 0 or more')
}

/** Bytes; 0 where there is to be no limit. */
function takeLimit(value: unknown, input: Input): number | undefined {
  if (value === undefined) return undefined
  if (value === false) return 0
  if (typeof value === 'number' && Number.isSafeInteger(value) && value > 0) return value
  throw input.bad('maxResponseBytes: expected a whole number above 0, or false')
}

function takeExpectation(value: unknown, input: Input): Expectation | undefined {
  if (value === undefined) return undefined
  const copy = typeof value === 'object' && value !== null ? { ...value } : value
  const issue = expectationIssue(copy)
  if (issue !== undefined) throw input.bad(`expect: ${issue}`)
  return copy as Expectation
}

function takeExtraction(value: unknown, input: Input): Extraction | undefined {
  if (value === undefined) return undefined
  const copy = typeof value !== 'object' || value === null || isJsonSchema(value) ? value : fieldsOf(value)
  const issue = extractionIssue(copy)
  if (issue !== undefined) throw input.bad(`extract: ${issue}`)
  return copy as Extraction
}

function fieldsOf(value: object): unknown {
  if (Array.isArray(value)) return value
  const copies = Object.entries(value).map(([name, field]: [string, unknown]) => {
    const isObject = typeof field === 'object' && field !== null && !Array.isArray(field)
    return [name, isObject ? { ...field } : field] as const
  })
  return Object.fromEntries(copies)
}

const ownRetry = z.strictObject({ retry: retrySchema })

function takeRetry(value: unknown, input: Input): RetryPlan | false | undefined {
  if (value === undefined || value === false) return value
  return parseOptions(ownRetry, { retry: value as RetryOption }, input.what).retry
}

function takeKey(value: unknown, input: Input): string | undefined {
  if (value === undefined || isIdempotencyKey(value)) return value
  throw input.bad('idempotencyKey: expected 1 to 255 printable ASCII characters without spaces')
}

/**
 * How a request came to be when the caller does not say. Undefined is a typed-in navigation, which costs nothing.
 */
function defaultContext(
  url: URL,
  read: boolean,
  headers: HeaderList | undefined,
  body: NormalizedBody | undefined,
): RequestContext | undefined {
  if (headers === undefined && read) return undefined
  const accept = headers === undefined ? undefined : getHeader(headers, 'accept')
  const html = accept === undefined || accept.includes('text/html')
  if (read && html) return undefined
  const isForm = accept === undefined ? body?.isForm === true : html
  return { kind: isForm ? 'form' : 'fetch', initiator: url.origin }
}
