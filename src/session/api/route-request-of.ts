import { z } from 'zod'
import { parseOptions } from '../../core/index.ts'
import type { IdentitySource } from '../../http/index.ts'
import { type RetryOption, type RetryPlan, retrySchema } from '../../resilience/index.ts'
import type { RouteRequest } from '../../routing/index.ts'
import { defaultContext, type FetchOptions, type RequestOptions } from './fetch-options.ts'

/** A caller's options, which have been looked over, as the request that goes its way. */
export function routeRequestOf(
  url: URL,
  options: RequestOptions,
  timeoutMs: number,
  identity: IdentitySource | undefined,
  beforeHop: RouteRequest['beforeHop'],
  what: string,
): RouteRequest {
  const { method, robots } = options
  return {
    url,
    method: method === undefined ? undefined : normalizeMethod(method),
    headers: options.headers as never,
    omitHeaders: options.omitHeaders && new Set(options.omitHeaders.map((name) => name.toLowerCase())),
    body: options.body,
    context: options.context ?? defaultContext(url, options),
    signal: options.signal ?? undefined,
    timeoutMs,
    redirect: options.redirect,
    maxRedirects: options.maxRedirects,
    identity,
    render: options.render,
    escalate: options.escalate,
    expect: options.expect,
    robots,
    extract: options.extract,
    beforeHop: robots === false ? undefined : beforeHop,
    retry: retryOf(options.retry, what),
    idempotencyKey: options.idempotencyKey,
    deadLetter: options.deadLetter,
    maxResponseBytes: options.maxResponseBytes === false ? 0 : options.maxResponseBytes,
  }
}

const ownRetry = z.strictObject({ retry: retrySchema })

function retryOf(option: RetryOption | undefined, what: string): RetryPlan | false | undefined {
  if (option === undefined || option === false) return option
  return parseOptions(ownRetry, { retry: option }, what).retry
}

/** What a Request says that the options do not. */
export function fromRequest(request: Request): FetchOptions {
  return {
    method: request.method,
    headers: request.headers,
    signal: request.signal,
    redirect: request.redirect,
    ...(request.body ? { body: request.body as ReadableStream<Uint8Array> } : {}),
  }
}

/** Fetch standard, "normalize a method": six names are known in any case. */
function normalizeMethod(method: string): string {
  return /^(?:delete|get|head|options|post|put)$/i.test(method) ? method.toUpperCase() : method
}
