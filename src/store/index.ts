export { readKeyText } from './key-file.ts'
export { generateKey } from './key-ring.ts'
export {
  openStore,
  type PurposeKey,
  purposeKeys,
  type StoreOptions,
  type StoreSurroundings,
  storeHome,
  storeOptionsSchema,
} from './open-store.ts'
export type {
  CommitOptions,
  CommitResult,
  ListFilter,
  ProblemReason,
  PurgeReport,
  SessionInfo,
  SessionKey,
  Store,
  StoredChanges,
  StoreLock,
  StoreProblem,
  StoreVersion,
} from './port.ts'
export type { LinkHandlers, SessionLink } from './session-link.ts'
export { storePlace } from './store-place.ts'
export { type StoreHealth, type StoreStatus, WriteBehind, type WriteBehindOptions } from './write-behind.ts'
