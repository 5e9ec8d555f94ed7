import { type Expectation, meetsInTime } from '../../browsing/index.ts'
import { OnejarError, safeUrl } from '../../core/index.ts'
import { bufferedBody } from '../../http/index.ts'
import { isSafe } from '../replay.ts'
import { type RouteMemory, routePattern } from '../route-memory.ts'
import type { RoutedResponse } from '../route-request.ts'
import type { TimedRequest, TimedSend, TimedStage } from '../timed-request.ts'

type Routes = Pick<RouteMemory, 'isStale' | 'forget' | 'learn'>

/**
 * Returns a response that holds what its caller expects; else the page's, and the route is learned. A page has been looked at
 * already. What the site refuses or fails with is returned as it is.
 */
export function expectation(routes: Routes): TimedStage {
  return (next) => (request) =>
    request.expect === undefined ? next(request) : meeting(routes, next, request, request.expect)
}

async function meeting(
  routes: Routes,
  next: TimedSend,
  request: TimedRequest,
  expect: Expectation,
): Promise<RoutedResponse> {
  const { url } = request
  const response = await next(request)
  if (response.via === 'page' || !isJudged(response, request)) return response
  const body = Buffer.from(await response.body.arrayBuffer())
  const route = routePattern(url)
  if (await meetsInTime(expect, { ...response, body }, response.via, request, request.deadline)) {
    if (routes.isStale(route)) routes.forget(route)
    return { ...response, body: bufferedBody(body, response.headers) }
  }
  if (!isSafe(request) || request.escalate === false) {
    throw new OnejarError(
      'ONEJAR_EXPECTATION_FAILED',
      `HTTP did not give what is expected of ${safeUrl(url)}`,
    )
  }
  const answer = await next({ ...request, startWith: 'page' })
  routes.learn(route, 'page', 'HTTP does not give what the caller expects')
  return answer
}

/** What may be a challenge comes here only where no browser could look at it: then the expectation decides. */
function isJudged({ statusCode, verdict }: RoutedResponse, { escalate }: TimedRequest): boolean {
  if (statusCode < 200 || statusCode > 299) return false
  const kind = verdict?.kind ?? 'ok'
  return kind === 'ok' || (escalate !== false && (kind === 'js-challenge' || kind === 'captcha'))
}
