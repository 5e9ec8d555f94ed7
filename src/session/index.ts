export type { Credential, CredentialProvider } from '../credentials/index.ts'
export type { SessionInfo } from '../store/index.ts'
export { exportStored } from './api/export-stored.ts'
export type { FetchOptions, RequestOptions } from './api/fetch-options.ts'
export { IMPORT_FORMATS, type ImportFormat, SESSION_FORMATS, type SessionFormat } from './api/format-names.ts'
export type { SessionTokenBindings, TokenBindingInput } from './api/session-bindings.ts'
export type { CookieFilter, SessionCookies, SetCookieResult } from './api/session-cookies.ts'
export type { ExportedSession, ImportFileOptions, ImportReport } from './api/session-formats.ts'
export type { BlockedOrigin } from './api/session-halts.ts'
export type { SessionResponse } from './api/session-response.ts'
export type { SessionStorage } from './api/session-storage.ts'
export type { Broker, BrokerSurroundings } from './broker.ts'
export type { Session } from './engine/session.ts'
export type { Reauthentication } from './login/reauthentication.ts'
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
export type { ProxyRoute } from './proxies/proxy-table.ts'
export type { DeadLetterInfo, SessionDeadLetters } from './stages/session-dead-letters.ts'
