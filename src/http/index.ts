export type { RequestBody } from './body.ts'
export {
  type ConnectionCounts,
  ConnectionTally,
  connectionReuse,
  consistencyScore,
} from './connection-tally.ts'
export { toAbortError, toHttpError } from './http-error.ts'
export type { HttpObserver } from './http-observer.ts'
export type { HttpRequest, HttpResponse, IdentitySource } from './http-request.ts'
export { HttpTransport, type HttpTransportOptions, type ProxyOptions } from './http-transport.ts'
export { IdentityHeaders } from './identity-headers.ts'
export { OnejarResponse, type ResponseParts, toResponse, type Via } from './lazy-response.ts'
export { type PinOptions, pinsSchema } from './pins.ts'
export type { CookieSource, Inspector, ResponseHead, ResponseHeaders } from './ports.ts'
export { type HeaderList, type HeadersInput, toHeaderList, withoutHeaders } from './request-headers.ts'
export { SessionDispatcher, type SessionDispatcherOptions } from './session-dispatcher.ts'
export { bufferedBody, streamedBody } from './undici-body.ts'
