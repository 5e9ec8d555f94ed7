import { Readable } from 'node:stream'
import type { Verdict } from '../challenge/index.ts'
import { OnejarError, safeUrl } from '../core/index.ts'
import type { HttpResponse } from '../http/index.ts'
import { isOneShot, toHeaderList, withoutHeaders } from '../http/index.ts'
import type { RouteRequest } from './route-request.ts'

/** A challenge's body is not waited for longer than this before its socket is given up. */
const MAX_DUMP_MS = 250

/** Whether a request only reads, so that it may be sent as often as one likes. */
export function isSafe(request: RouteRequest): boolean {
  const method = request.method ?? 'GET'
  return method === 'GET' || method === 'HEAD'
}

/** An unsafe request is sent again only when the challenge proves that it was stopped at the door. */
export function mayReplay(response: HttpResponse<Verdict>): boolean {
  const { method, statusCode } = response
  return method === 'GET' || method === 'HEAD' || statusCode >= 400 || statusCode === 202
}

/** Whether the body can be sent once only. */
export function hasOneShotBody({ body }: RouteRequest): boolean {
  return isOneShot(body)
}

/**
 * The request that is sent again after a challenge: a safe one from its start, because the redirects may be others now;
 * an unsafe one from the hop that challenged, because the hops before have taken it already. Credentials do not go to
 * another origin that way either.
 *
 * @throws OnejarError ONEJAR_BODY_NOT_REPLAYABLE
 */
export function replayOf(request: RouteRequest, response: HttpResponse<Verdict>): RouteRequest {
  if (isSafe(request)) return request
  const { url, method, hops } = response
  const keepsBody = method === request.method
  if (keepsBody && hasOneShotBody(request)) {
    throw new OnejarError(
      'ONEJAR_BODY_NOT_REPLAYABLE',
      `${safeUrl(url)} challenged a request whose body is a stream; the challenge is passed now`,
    )
  }
  if (hops === 0) return request
  let headers = request.headers === undefined ? undefined : toHeaderList(request.headers)
  if (headers && !keepsBody) headers = withoutHeaders(headers, (name) => name.startsWith('content-'))
  if (headers && (hops > 1 || url.origin !== request.url.origin)) {
    headers = withoutHeaders(headers, (name) => CREDENTIALS.has(name))
  }
  return {
    ...request,
    url,
    method,
    headers: headers as string[] | undefined,
    body: keepsBody ? request.body : undefined,
  }
}

const CREDENTIALS: ReadonlySet<string> = new Set(['authorization', 'cookie', 'proxy-authorization', 'host'])

/** A challenge's body is of no use to anybody: it is read away, shortly, so that its socket can be used again. */
export function discard({ body }: HttpResponse<Verdict>): void {
  if (body instanceof Readable) body.on('error', () => {})
  body.dump({ limit: 64 * 1024, signal: AbortSignal.timeout(MAX_DUMP_MS) }).catch(() => {})
}
