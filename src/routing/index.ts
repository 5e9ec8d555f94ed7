export type { Answer, AttemptObserver } from './attempt-observer.ts'
export type { Intervention, OnChallenge } from './blocking/manual-interventions.ts'
export { EventReader } from './event-reader.ts'
export { type CookieNote, EventHub, type EventTarget, type SessionEvent } from './events.ts'
export { type NextTransport, transportAfter } from './next-transport.ts'
export { discard, hasOneShotBody } from './replay.ts'
export type { RoutedResponse, RouteRequest } from './route-request.ts'
export { Router } from './router.ts'
export type { RouterOptions } from './router-options.ts'
export { SingleFlight } from './solving/single-flight.ts'
export type { SharedStore } from './solving/solve-locks.ts'
export { compose, type Send, type Stage } from './stage.ts'
export {
  BindingLearner,
  htmlMetas,
  SentTokens,
  TokenBindings,
  TokenMessages,
  TokenSources,
} from './token-bindings/index.ts'
