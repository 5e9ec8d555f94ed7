export type { Credential, CredentialProvider } from '../credentials/index.ts'
export type { SessionInfo } from '../store/index.ts'
export { exportStored } from './formats/export-stored.ts'
export type { FetchOptions, RequestOptions } from './options/fetch-options.ts'
export { IMPORT_FORMATS, type ImportFormat, SESSION_FORMATS, type SessionFormat } from './formats/format-names.ts'
export type { SessionTokenBindings, TokenBindingInput } from './session/token-bindings.ts'
export type { CookieFilter, SessionCookies, SetCookieResult } from './session/session-cookies.ts'
export type { ExportedSession, ImportFileOptions, ImportReport } from './formats/session-formats.ts'
export type { BlockedOrigin } from './session/blocked-origins.ts'
export type { SessionResponse } from './session/session-response.ts'
export type { SessionStorage } from './session/local-storage.ts'
export type { Broker, BrokerSurroundings } from './broker.ts'
export type { Session } from './session/session.ts'
export type { Reauthentication } from './options/reauthentication.ts'
export { openBroker } from './open-broker.ts'
export type {
  BrokerOptions,
  BrokerWarning,
  ManualIntervention,
  SessionOptions,
} from './options/broker-options.ts'
export type { LeaseOptions, PoolOptions } from './options/pool-options.ts'
export type { HealthSign } from './pool/health.ts'
export type { PoolStats, SessionLease, SessionPool } from './pool/session-pool.ts'
export type { ProxyRoute } from '../services/network/proxy-table.ts'
export type { DeadLetterInfo, SessionDeadLetters } from './session/dead-letters.ts'
