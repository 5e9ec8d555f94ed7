export type { Evidence, VerdictKind } from './challenge/index.ts'
export {
  type Clock,
  ERRORS,
  type ErrorCode,
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
export type { SessionEvent } from './routing/index.ts'
export {
  type Broker,
  type BrokerOptions,
  type CookieFilter,
  type FetchOptions,
  openBroker,
  type RequestOptions,
  type Session,
  type SessionBindings,
  type SessionCookies,
  type SessionOptions,
  type SessionResponse,
  type SessionStorage,
  type SetCookieResult,
  type TokenBindingInput,
} from './session/index.ts'
