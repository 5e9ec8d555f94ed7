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
 * The request that is sent again after a challenge: one that a gate sent away from its start, as it has not arrived; a safe one from its start, because the redirects may be others now;
 * an unsafe one from the hop that challenged, because the hops before have taken it already. Credentials do not go to
 * another origin that way either.
 *
 * @throws OnejarError ONEJAR_BODY_NOT_REPLAYABLE
 */
export function replayOf<R extends RouteRequest>(
  request: R,
  response: HttpResponse<Verdict>,
  wasSentAway = false,
): R {
  if (isSafe(request)) return request
  const { url, method, hops } = response
  const keepsBody = wasSentAway || method === request.method
  if (keepsBody && hasOneShotBody(request)) {
    throw new OnejarError(
      'ONEJAR_BODY_NOT_REPLAYABLE',
      `${safeUrl(url)} challenged a request whose body is a stream; the challenge is passed now`,
    )
  }
  if (hops === 0 || wasSentAway) return request
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

/**
 * The fate of an unsafe request that was redirected before it was challenged. `sent-away`: a gate stands before the site,
 * and has it come back afterwards; the request has not arrived. `passed-on`: the hops before have taken it. `unknown`: it may
 * be either.
 *
 * @param landed - where the browser was led once it had passed; undefined where that is not known
 */
export function fateOf(
  request: RouteRequest,
  response: HttpResponse<Verdict>,
  landed?: URL,
): 'sent-away' | 'passed-on' | 'unknown' {
  const { url, hops, method } = response
  if (hops === 0) return 'passed-on'
  const asked = pageOf(request.url)
  const challenged = pageOf(url)
  if (leadsBack(url, request.url)) return 'sent-away'
  if (landed && challenged !== asked && pageOf(landed) === asked) return 'sent-away'
  if (GATE_PATH.test(url.pathname)) return 'unknown'
  if (method === (request.method ?? 'GET')) return 'passed-on'
  return landed && pageOf(landed) !== challenged ? 'unknown' : 'passed-on'
}

/** A gate's address names what it is to lead back to: the whole URL, or its path. */
function leadsBack(gate: URL, asked: URL): boolean {
  if (pageOf(gate) === pageOf(asked)) return false
  const wanted = new Set([asked.href, pageOf(asked), asked.pathname, asked.pathname + asked.search])
  const parts = [...gate.searchParams.values(), ...new URLSearchParams(gate.hash.slice(1)).values()]
  return parts.some((part) => wanted.has(part) || wanted.has(Buffer.from(part, 'base64').toString()))
}

function pageOf({ origin, pathname }: URL): string {
  return origin + pathname
}

const GATE_PATH =
  /challenge|captcha|verif|(?:^|[/._-])(?:gate|check(?:ing|point)?|guard|shield|protect\w{0,5}|anti-?bot|waf|bot)(?:[/._-]|$)|\/\.well-known\/|\/cdn-cgi\/|\/__|\/_sec\//i

const CREDENTIALS: ReadonlySet<string> = new Set(['authorization', 'cookie', 'proxy-authorization', 'host'])

/** A challenge's body is of no use to anybody: it is read away, shortly, so that its socket can be used again. */
export function discard({ body }: HttpResponse<Verdict>): void {
  if (body instanceof Readable) body.on('error', () => {})
  body.dump({ limit: 64 * 1024, signal: AbortSignal.timeout(MAX_DUMP_MS) }).catch(() => {})
}
