export type { Evidence, VerdictKind } from './challenge/index.ts'
export type { Extraction } from './compliance/index.ts'
export {
  type Clock,
  ERRORS,
  type ErrorCode,
  type ErrorTier,
  isOnejarError,
  OnejarError,
  type OnejarErrorOptions,
  type Retry,
} from './core/index.ts'
export type { OnejarResponse, Via } from './http/index.ts'
export type {
  Cookie,
  Identity,
  PartitionKey,
  RequestContext,
  SameSite,
  TokenBinding,
} from './record/index.ts'
export type { Expectation, SessionEvent } from './routing/index.ts'
export {
  type Broker,
  type BrokerOptions,
  type BrokerWarning,
  type ChallengeTakeOver,
  type CookieFilter,
  type Credential,
  type CredentialProvider,
  type ExportedSession,
  type FetchOptions,
  type HealthSign,
  type ImportReport,
  type LeaseOptions,
  openBroker,
  type PoolOptions,
  type PoolStats,
  type ProxyRoute,
  type Reauthentication,
  type RequestOptions,
  type Session,
  type SessionBindings,
  type SessionCookies,
  type SessionFormat,
  type SessionInfo,
  type SessionLease,
  type SessionOptions,
  type SessionPool,
  type SessionResponse,
  type SessionStorage,
  type SetCookieResult,
  type TokenBindingInput,
} from './session/index.ts'
