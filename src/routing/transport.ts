import type { Via } from '../http/index.ts'
import type { Outcome } from './outcome.ts'
import type { TimedRequest } from './timed-request.ts'

/** Sends one request once, in one way. */
export interface Transport {
  readonly via: Via
  /** Never rejects: what went wrong is the outcome `failed`. Ends at the request's deadline, and with its signal. */
  send(request: TimedRequest): Promise<Outcome>
}
