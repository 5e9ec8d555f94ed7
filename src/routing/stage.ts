import type { RoutedResponse, RouteRequest } from './route-request.ts'

/** Sends one request, by whatever way. `timeoutMs` counts from the call. */
export type Send = (request: RouteRequest) => Promise<RoutedResponse>

/**
 * A stage of the pipeline: given the next stages, it makes a `Send` that does its part before, after or instead of them.
 * It hands on a request with the time that is left, and returns `next(request)` itself when it has nothing to do.
 */
export type Stage = (next: Send) => Send

/** Puts stages before the last `Send`, the outermost first. Those that are not there cost nothing. */
export function compose<S>(stages: readonly (((next: S) => S) | undefined)[], last: S): S {
  return stages.reduceRight<S>((next, stage) => (stage === undefined ? next : stage(next)), last)
}
