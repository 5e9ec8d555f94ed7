import type { Verdict } from '../../challenge/index.ts'
import { isOnejarError, type OnejarError } from '../../core/index.ts'
import type { HttpResponse } from '../../http/index.ts'
import { fateOf, hasOneShotBody, isSafe, mayReplay, replayOf } from '../replay.ts'
import type { TimedRequest } from '../timed-request.ts'

/** A request met something that only a person can take care of. Stays within the router. */
export class BlockedRequest extends Error {
  readonly error: OnejarError
  readonly origin: string
  /** What to send when a person has taken care of it; null when the request must not be sent again. */
  readonly next: TimedRequest | null

  constructor(error: OnejarError, next: TimedRequest | null) {
    super('blocked')
    this.error = error
    this.origin = String(error.details['origin'])
    this.next = next && { ...next, startWith: undefined }
  }
}

/** What is sent again after a block that this response showed. */
export function afterBlock(request: TimedRequest, response: HttpResponse<Verdict>): TimedRequest | null {
  if (request.escalate === false) return null
  if (isSafe(request)) return request
  const fate = fateOf(request, response)
  if (fate === 'unknown' || hasOneShotBody(request)) return null
  return fate === 'sent-away' || mayReplay(response)
    ? replayOf(request, response, fate === 'sent-away')
    : null
}

/** Whether an error says that an origin is blocked. */
export function isBlockError(error: unknown): error is OnejarError {
  return isOnejarError(error, 'ONEJAR_CAPTCHA') || isOnejarError(error, 'ONEJAR_BLOCKED')
}

/** The result of work, or a `BlockedRequest` where it met a block. */
export async function blockedBy<T>(work: Promise<T>, next: TimedRequest | null): Promise<T> {
  try {
    return await work
  } catch (error) {
    throw isBlockError(error) ? new BlockedRequest(error, next) : error
  }
}
