import type { Via } from '../http/index.ts'
import type { RoutedResponse, RouteRequest } from './route-request.ts'

/** A request within the router. */
export interface TimedRequest extends RouteRequest {
  /** The end of its time, on the clock of `performance.now()`. */
  readonly deadline: number
  /** The transport to begin with. Default: the cheapest that is known to work. */
  readonly startWith?: Via | undefined
}

export type TimedSend = (request: TimedRequest) => Promise<RoutedResponse>

/** A stage of the router: given what comes after it, it makes a `TimedSend` that does its part before, after or instead. */
export type TimedStage = (next: TimedSend) => TimedSend
