export { keysRefreshSchema, keysSchema } from './asked-keys.ts'
export type {
  Backend,
  CommitOutcome,
  CommitPlan,
  Limits,
  Row,
  RowChange,
  RowLock,
  RowSet,
  SessionRow,
} from './backend.ts'
export { type KeptLock, keepLock } from './kept-lock.ts'
export { readKeyText } from './key-file.ts'
export { generateKey } from './key-ring.ts'
export {
  carriesMessages,
  currentKeys,
  openStore,
  type PurposeKey,
  purposeKeys,
  type StoreDependencies,
  type StoreOptions,
  type StoreSource,
  storeHome,
  storeOptionsOf,
  storeOptionsSchema,
  storeProviderSchema,
  type Unreadable,
} from './open-store.ts'
export type {
  CommitOptions,
  CommitResult,
  ListFilter,
  ProblemReason,
  PurgeReport,
  SessionInfo,
  SessionKey,
  SessionMessages,
  Store,
  StoredChanges,
  StoreLock,
  StoreProblem,
  StoreVersion,
} from './port.ts'
export type { StoreContext, StoreProvider } from './provider.ts'
export { horizonOf, sessionExpiry } from './retention.ts'
export { rowSize, type Sorted, sameBytes, sortRows, supersedes } from './rows.ts'
export type { LinkHandlers, SessionLink } from './session-link.ts'
export { storePlace } from './store-place.ts'
export { catchUp, type Extent, formatVersion, type HistoryState, parseVersion } from './version.ts'
export { type StoreHealth, type StoreStatus, WriteBehind, type WriteBehindOptions } from './write-behind.ts'
