export type { Expectation } from './browsing/index.ts'
export {
  type ClassifierOptions,
  classify,
  type Evidence,
  explain,
  type RecordedResponse,
  type Signal,
  type Verdict,
  type VerdictKind,
} from './challenge/index.ts'
export {
  type BlockedOrigin,
  type Broker,
  type BrokerOptions,
  type BrokerWarning,
  type CookieFilter,
  type Credential,
  type CredentialProvider,
  type DeadLetterInfo,
  type DiscoverOptions,
  type ExportedSession,
  type FetchOptions,
  type HealthSign,
  type ImportReport,
  type LeaseOptions,
  type ManualIntervention,
  openBroker,
  type PoolOptions,
  type PoolStats,
  type ProxyRoute,
  type Reauthentication,
  type RequestOptions,
  type Session,
  type SessionCookies,
  type SessionDeadLetters,
  type SessionFormat,
  type SessionInfo,
  type SessionLease,
  type SessionOptions,
  type SessionPool,
  type SessionResponse,
  type SessionStorage,
  type SessionTokenBindings,
  type SetCookieResult,
  type TokenBindingInput,
} from './client/index.ts'
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
export type { Discovery } from './discovery/index.ts'
export type { OnejarResponse, Via } from './http/index.ts'
export type {
  Cookie,
  Identity,
  PartitionKey,
  RequestContext,
  SameSite,
  TokenBinding,
} from './record/index.ts'
export type { SessionEvent } from './routing/index.ts'
