export { isOneShot, NormalizedBody, normalizeBody, type RequestBody } from './body.ts'
export { BotAuth } from './bot-auth/bot-auth.ts'
export { type BotAuthOptions, type BotAuthPlan, botAuthSchema } from './bot-auth/bot-auth-options.ts'
export { type BotKeyJwk, readBotKey } from './bot-auth/bot-key.ts'
export { DIRECTORY_PATH, type KeyDirectory, keyDirectory } from './bot-auth/key-directory.ts'
export { connectionOptions } from './create-dispatcher.ts'
export { assertTime, outOfTime, type RequestTime, timeLeft, waitWithin } from './deadline.ts'
export { freshMs } from './freshness.ts'
export { toAbortError, toHttpError, tooLarge } from './http-error.ts'
export type { HttpObserver } from './http-observer.ts'
export type { HttpTransportOptions, ProxyOptions } from './http-options.ts'
export type { HttpRequest, HttpResponse, IdentitySource, SessionHeadersAt } from './http-request.ts'
export { HttpTransport } from './http-transport.ts'
export { IdentityHeaders } from './identity-headers.ts'
export { lateIdentity } from './late-identity.ts'
export { type DataSource, OnejarResponse, type ResponseParts, toResponse, type Via } from './lazy-response.ts'
export { normalizeMethod } from './method.ts'
export { openTls } from './open-tls.ts'
export { type PinOptions, pinsSchema, spkiHash } from './pins.ts'
export type { CookieSource, Inspector, ResponseHead, ResponseHeaders } from './ports.ts'
export { readProxy, splitProxy } from './read-proxy.ts'
export { BrowserRelay, type BrowserRelayOptions } from './relay/browser-relay.ts'
export { requestBody } from './request-body.ts'
export {
  getHeader,
  type HeaderList,
  type HeadersInput,
  toHeaderList,
  withoutHeaders,
} from './request-headers.ts'
export { bufferedBody, ResponseBody, streamedBody } from './response-body.ts'
export { SessionDispatcher, type SessionDispatcherOptions } from './session-dispatcher.ts'
export { SocketBudget } from './socket-budget.ts'
export type { WireExchange, WireObserver, WireRequest } from './wire-observer.ts'
