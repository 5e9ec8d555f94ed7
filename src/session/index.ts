export type { SessionInfo } from '../store/index.ts'
export type { FetchOptions, RequestOptions } from './api/fetch-options.ts'
export { SessionBindings, type TokenBindingInput } from './api/session-bindings.ts'
export { type CookieFilter, SessionCookies, type SetCookieResult } from './api/session-cookies.ts'
export {
  type ExportedSession,
  exportEntries,
  IMPORT_FORMATS,
  type ImportFileOptions,
  type ImportFormat,
  type ImportReport,
  SESSION_FORMATS,
  type SessionFormat,
} from './api/session-formats.ts'
export type { SessionHalt } from './api/session-halts.ts'
export type { SessionResponse } from './api/session-response.ts'
export { SessionStorage } from './api/session-storage.ts'
export { Broker, type BrokerSurroundings, openBroker } from './broker.ts'
export { Session } from './engine/session.ts'
export type { Credential, CredentialProvider } from './login/credentials.ts'
export type { Reauthentication } from './login/reauthentication.ts'
export type {
  BrokerOptions,
  BrokerWarning,
  ChallengeTakeOver,
  SessionOptions,
} from './options/broker-options.ts'
export type { LeaseOptions, PoolOptions } from './options/pool-options.ts'
export type { HealthSign } from './pool/health.ts'
export { type PoolStats, type SessionLease, SessionPool } from './pool/session-pool.ts'
export type { ProxyRoute } from './proxies/proxy-table.ts'
export type { DeadLetterInfo, SessionDeadLetters } from './stages/session-dead-letters.ts'
