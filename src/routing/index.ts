export type { Intervention, OnChallenge } from './blocking/manual-interventions.ts'
export { type CookieNote, EventHub, type SessionEvent } from './events.ts'
export { discard, hasOneShotBody } from './replay.ts'
export type {
  RemoteSolves,
  RoutedResponse,
  RouteRequest,
  RouterOptions,
} from './route-request.ts'
export { Router } from './router.ts'
export { SingleFlight } from './solving/single-flight.ts'
export type { SharedStore } from './solving/solve-locks.ts'
export { compose, type Send, type Stage } from './stage.ts'
export { BindingLearner, SentTokens, TokenBindings, TokenSources } from './token-bindings/index.ts'
