import { isOnejarError, OnejarError, safeUrl } from '../../core/index.ts'
import { timeLeft, toAbortError } from '../../http/index.ts'
import type { RouteRequest, Send, Stage } from '../../routing/index.ts'
import type { OriginLimits } from '../../services/index.ts'

export interface LimitingParts {
  readonly limits: OriginLimits
  /** Names the session among others that wait. */
  readonly session: string
  /** Fires when the session is released. */
  readonly closing: AbortSignal
}

/** Holds a request until its origin may have one more: within the request's own time, and until its signal fires. */
export function limiting({ limits, session, closing }: LimitingParts): Stage {
  return (next: Send) => (request) => {
    const lane = limits.lane(request.url.origin)
    return lane === undefined ? next(request) : inLane(lane, session, closing, next, request)
  }
}

async function inLane(
  lane: NonNullable<ReturnType<OriginLimits['lane']>>,
  session: string,
  closing: AbortSignal,
  next: Send,
  request: RouteRequest,
) {
  const { url, signal: asked, timeoutMs } = request
  const deadline = performance.now() + timeoutMs
  const late = new AbortController()
  const timer = setTimeout(() => {
    const what = `${safeUrl(url)} waited ${timeoutMs} ms for ${url.origin}, which originLimits lets have no more at once`
    late.abort(new OnejarError('ONEJAR_TIMEOUT', what))
  }, timeoutMs)
  const over = AbortSignal.any([late.signal, closing, ...(asked === undefined ? [] : [asked])])
  let isSent = false
  try {
    return await lane.run(session, over, () => {
      isSent = true
      clearTimeout(timer)
      return next({ ...request, timeoutMs: timeLeft(deadline, request) })
    })
  } catch (error) {
    // What fires while the request waits is the reason; what fails afterwards has its own.
    if (isSent || !over.aborted) throw error
    throw isOnejarError(over.reason) ? over.reason : toAbortError(over.reason, url)
  } finally {
    clearTimeout(timer)
  }
}
