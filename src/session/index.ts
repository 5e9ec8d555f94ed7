export { Broker, type BrokerSurroundings, openBroker } from './broker.ts'
export type { BrokerOptions, BrokerWarning, SessionOptions } from './broker-options.ts'
export type { FetchOptions, RequestOptions } from './fetch-options.ts'
export { Session, type SessionResponse } from './session.ts'
export { SessionBindings, type TokenBindingInput } from './session-bindings.ts'
export { type CookieFilter, SessionCookies, type SetCookieResult } from './session-cookies.ts'
export {
  type ExportedSession,
  exportEntries,
  type ImportReport,
  SESSION_FORMATS,
  type SessionFormat,
} from './session-formats.ts'
export { SessionStorage } from './session-storage.ts'
