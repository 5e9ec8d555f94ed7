export { EventHub, type SessionEvent } from './events.ts'
export { type Expectation, expectationIssue } from './expectation.ts'
export type { BrowserAccess, RoutedResponse, RouteRequest, RouterOptions } from './route-request.ts'
export { Router } from './router.ts'
