export type { Credential, CredentialProvider } from '../credentials/index.ts'
export type { BrokerDependencies, BrokerEvent, BrokerWarning, ProxyRoute } from '../services/index.ts'
export type { SessionInfo } from '../store/index.ts'
export type { Broker, PurgedData } from './broker.ts'
export { exportStored } from './formats/export-stored.ts'
export {
  IMPORT_FORMATS,
  type ImportFormat,
  SESSION_FORMATS,
  type SessionFormat,
} from './formats/format-names.ts'
export type { ExportedSession, ImportFileOptions, ImportReport } from './formats/session-formats.ts'
export { type BrokerInternals, brokerInternalsOf, type HandOverState, internalsOf } from './internals.ts'
export { openBroker } from './open-broker.ts'
export type { FetchOptions, RequestOptions } from './options/fetch-options.ts'
export type {
  BrokerOptions,
  ManualIntervention,
  PoolOptions,
  SessionOptions,
} from './options/option-types.ts'
export type { LeaseOptions } from './options/pool-options.ts'
export type { Reauthentication } from './options/reauthentication.ts'
export type { HealthSign } from './pool/health.ts'
export type { PoolStats, SessionLease, SessionPool } from './pool/session-pool.ts'
export type { AttachedContext } from './session/attached-context.ts'
export type { BlockedOrigin } from './session/blocked-origins.ts'
export type { DeadLetterInfo, SessionDeadLetters } from './session/dead-letters.ts'
export type { DiscoverOptions } from './session/discover.ts'
export type { SessionStorage } from './session/local-storage.ts'
export type { Session } from './session/session.ts'
export type { CookieFilter, SessionCookies, SetCookieResult } from './session/session-cookies.ts'
export type { SessionResponse } from './session/session-response.ts'
export type { SessionRoutes } from './session/session-routes.ts'
export type { SessionTokenBindings, TokenBindingInput } from './session/token-bindings.ts'
