export type { SessionInfo } from '../store/index.ts'
export { Broker, type BrokerSurroundings, openBroker } from './broker.ts'
export type { BrokerOptions, BrokerWarning, ChallengeTakeOver, SessionOptions } from './broker-options.ts'
export type { Credential, CredentialProvider } from './credentials.ts'
export type { FetchOptions, RequestOptions } from './fetch-options.ts'
export type { HealthSign } from './health.ts'
export type { LeaseOptions, PoolOptions } from './pool-options.ts'
export type { ProxyRoute } from './proxy-table.ts'
export type { Reauthentication } from './reauthentication.ts'
export { Session } from './session.ts'
export { SessionBindings, type TokenBindingInput } from './session-bindings.ts'
export { type CookieFilter, SessionCookies, type SetCookieResult } from './session-cookies.ts'
export type { DeadLetterInfo, SessionDeadLetters } from './session-dead-letters.ts'
export {
  type ExportedSession,
  exportEntries,
  type ImportReport,
  SESSION_FORMATS,
  type SessionFormat,
} from './session-formats.ts'
export { type PoolStats, type SessionLease, SessionPool } from './session-pool.ts'
export type { SessionResponse } from './session-response.ts'
export { SessionStorage } from './session-storage.ts'
