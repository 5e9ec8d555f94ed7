import { isOnejarError } from '../core/index.ts'
import { isSafe } from './replay.ts'
import type { TimedRequest } from './timed-request.ts'

/** What no other transport makes good. */
const FINAL = [
  'ONEJAR_ABORTED',
  'ONEJAR_TIMEOUT',
  'ONEJAR_CLOSED',
  'ONEJAR_CAPTCHA',
  'ONEJAR_BLOCKED',
  'ONEJAR_ROBOTS_DISALLOWED',
  'ONEJAR_ADDRESS_REFUSED',
  'ONEJAR_PROXY_FAILED',
] as const

/**
 * Whether a navigation may do better than a fetch in a page that failed.
 *
 * @param error - what the fetch failed with; undefined where it did not fail
 */
export function mayNavigate(request: TimedRequest, error: unknown): boolean {
  if (!isSafe(request) || FINAL.some((code) => isOnejarError(error, code))) return false
  return request.redirect === 'manual' || !isOtherOrigin(request)
}

/** Whether a page of another origin is to make the request: a navigation is no answer to what it may not do. */
function isOtherOrigin({ url, context }: TimedRequest): boolean {
  const initiator = context?.initiator ?? context?.topLevelUrl
  if (initiator == null) return false
  return !URL.canParse(initiator) || new URL(initiator).origin !== url.origin
}
