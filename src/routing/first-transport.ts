import type { Via } from '../http/index.ts'
import { isSafe } from './replay.ts'
import { type RouteMemory, routePattern } from './route-memory.ts'
import type { TimedRequest } from './timed-request.ts'

/** Which transport a request takes first: the one that it asks for, or what was learned of its route. */
export function firstTransport(request: TimedRequest, routes: Pick<RouteMemory, 'transport'>): Via {
  const { startWith, render, expect, url, escalate } = request
  if (startWith !== undefined) return startWith
  if (render) return 'page'
  if (escalate === false) return 'http'
  const known = routes.transport(url.origin)
  if (isSafe(request)) {
    if (known === 'page') return 'page'
    if (expect !== undefined && routes.transport(routePattern(url)) === 'page') return 'page'
  }
  return known === 'page-fetch' ? known : 'http'
}

/** Why that one is taken, in a sentence. */
export function whyFirst(
  via: Via,
  request: TimedRequest,
  routes: Pick<RouteMemory, 'transport' | 'reason'>,
): string {
  const { startWith, render, url, escalate } = request
  if (startWith !== undefined) return 'HTTP did not give what the caller expects'
  if (render) return 'the caller wants the page as it is after its scripts have run'
  if (escalate === false) return 'the caller keeps it to HTTP'
  if (via === 'http') return 'HTTP costs least, and nothing speaks against it'
  const route = routes.transport(url.origin) === via ? url.origin : routePattern(url)
  return `learned before: ${routes.reason(route) ?? 'HTTP is not enough here'}`
}
