import type { Verdict } from '../../challenge/index.ts'
import { isOnejarError, type OnejarError } from '../../core/index.ts'
import type { HttpResponse } from '../../http/index.ts'
import { fateOf, hasOneShotBody, isSafe, mayReplay, replayOf } from '../replay.ts'
import type { RouteRequest } from '../route-request.ts'

/** A request met something that only a person can do. Stays within the router. */
export class Stop extends Error {
  readonly halt: OnejarError
  readonly origin: string
  /** What to send when a person has taken care of it; null when the request must not be sent again. */
  readonly next: RouteRequest | null

  constructor(halt: OnejarError, next: RouteRequest | null) {
    super('stopped')
    this.halt = halt
    this.origin = String(halt.details['origin'])
    this.next = next
  }
}

/** What is to be sent after a stop that this response showed. */
export function afterStop(request: RouteRequest, response: HttpResponse<Verdict>): RouteRequest | null {
  if (request.escalate === false) return null
  if (isSafe(request)) return request
  const fate = fateOf(request, response)
  if (fate === 'unknown' || hasOneShotBody(request)) return null
  return fate === 'sent-away' || mayReplay(response)
    ? replayOf(request, response, fate === 'sent-away')
    : null
}

/** Makes a stop of the error that tells of one. */
export async function stopping<T>(work: Promise<T>, next: RouteRequest | null): Promise<T> {
  try {
    return await work
  } catch (error) {
    const isHalt = isOnejarError(error, 'ONEJAR_CAPTCHA') || isOnejarError(error, 'ONEJAR_BLOCKED')
    throw isHalt ? new Stop(error, next) : error
  }
}

/** What the caller gets to see. */
export function unstopped(error: unknown): unknown {
  return error instanceof Stop ? error.halt : error
}
