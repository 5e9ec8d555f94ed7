export {
  type CdpCookie,
  type CdpCookieParam,
  cdpFingerprint,
  cdpObstacle,
  cdpReadObstacle,
  fromCdpCookie,
  toCdpCookieParam,
} from './cdp-cookie.ts'
export { fromCdpJson, toCdpJson } from './cdp-json.ts'
export type { ImportOptions } from './cookie-intake.ts'
export { cookiesIn, dialectOf, fromCookieList, type ListDialect } from './cookie-list.ts'
export { decodeFile } from './decode-file.ts'
export { type DecodedEntry, decodeEntry, encodeEntry } from './entry-codec.ts'
export { fromHar } from './har.ts'
export { fromHeaderDump, isHeaderDump } from './header-dump.ts'
export { fromNetscape, toNetscape } from './netscape.ts'
export { fromOnejarJson, toOnejarJson } from './onejar-json.ts'
export { entryValueSchemas, stampSchema } from './schemas.ts'
export {
  type Imported,
  type Loss,
  type OriginState,
  type Problem,
  type SessionState,
  type StorageItem,
  stateFromEntries,
  stateToDelta,
} from './state.ts'
export {
  fromStorageState,
  type StorageState,
  type StorageStateCookie,
  toStorageState,
} from './storage-state.ts'
