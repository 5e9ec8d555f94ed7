export { BindingLearner, SentTokens, TokenBindings, TokenSources } from './bindings/index.ts'
export { type CookieNote, EventHub, type SessionEvent } from './events.ts'
export { type Expectation, expectationIssue } from './expectation.ts'
export type { OnChallenge, TakeOver } from './halts/take-overs.ts'
export type { BrowserAccess } from './pages/browser-access.ts'
export { assertTime, type Patience, timeLeft, waitFor } from './patience.ts'
export { discard, hasOneShotBody } from './replay.ts'
export type {
  RemoteVisits,
  RoutedResponse,
  RouteRequest,
  RouterOptions,
} from './route-request.ts'
export { Router } from './router.ts'
export { compose, type Send, type Stage } from './stage.ts'
export { SingleFlight } from './visits/single-flight.ts'
export type { SharedStore } from './visits/visit-turns.ts'
