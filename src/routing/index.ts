export { EventHub, type SessionEvent } from './events.ts'
export { type BrowserAccess, type RoutedResponse, type RouteRequest, Router } from './router.ts'
