import type { BlockedOrigins } from '../blocking/blocked-origins.ts'
import { BlockedRequest } from '../blocking/blocked-request.ts'
import type { TimedStage } from '../timed-request.ts'

/** Refuses requests to origins at which the session is blocked: nothing is sent. */
export function refuseBlocked(blocked: Pick<BlockedOrigins, 'at'>): TimedStage {
  return (next) => (request) => {
    const error = blocked.at(request.url.origin)
    if (!error) return next(request)
    return Promise.reject(new BlockedRequest(error, request.escalate === false ? null : request))
  }
}
