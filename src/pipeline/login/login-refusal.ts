import { readLoginWall } from '../../challenge/index.ts'
import type { RoutedResponse, RouteRequest } from '../../routing/index.ts'
import type { ReauthenticationReason } from './login-attempt.ts'

const STOPS: ReadonlySet<string> = new Set([
  'js-challenge',
  'captcha',
  'block',
  'waiting-room',
  'rate-limited',
])

/**
 * Whether a response says "log in first", so that the same request may pass after a login; null when it does not, or when the
 * site may have done what was asked. A 403 counts when it asks to log in; a login page counts when a read was led there.
 */
export function refusalOf(request: RouteRequest, response: RoutedResponse): ReauthenticationReason | null {
  const { statusCode, verdict, url, hops } = response
  if (verdict !== undefined && STOPS.has(verdict.kind)) return null
  const method = request.method ?? 'GET'
  const reads = method === 'GET' || method === 'HEAD'
  // Redirects that led here took what was to be written already.
  if (!reads && hops > 0) return null
  if (statusCode === 401) return 'unauthorised'
  if (verdict?.kind === 'unauthorised') {
    if (statusCode === 403) return 'forbidden'
    return reads ? 'login wall' : null
  }
  if (!response.redirected || statusCode >= 400) return null
  const asked = request.url.pathname.toLowerCase()
  return readLoginWall(method, url.href.toLowerCase(), asked) === null ? null : 'login wall'
}
