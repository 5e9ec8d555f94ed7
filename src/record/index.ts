export {
  type CdpCookie,
  type CdpCookieParam,
  cdpFingerprint,
  cdpObstacle,
  cdpReadObstacle,
  fromCdpCookie,
  toCdpCookieParam,
} from './codecs/cdp-cookie.ts'
export { fromCdpJson, toCdpJson } from './codecs/cdp-json.ts'
export type { ImportOptions } from './codecs/cookie-intake.ts'
export { cookiesIn, dialectOf, fromCookieList } from './codecs/cookie-list.ts'
export { decodeFile } from './codecs/decode-file.ts'
export { decodeEntry, encodeEntry } from './codecs/entry-codec.ts'
export { unfitness } from './codecs/fit-entry.ts'
export { fromHar } from './codecs/har.ts'
export { fromHeaderDump, isHeaderDump } from './codecs/header-dump.ts'
export { fromNetscape, toNetscape } from './codecs/netscape.ts'
export { fromOnejarJson, toOnejarJson } from './codecs/onejar-json.ts'
export {
  type Imported,
  type Loss,
  type Problem,
  type SessionState,
  stateFromEntries,
} from './codecs/state.ts'
export { fromStorageState, type StorageState, toStorageState } from './codecs/storage-state.ts'
export type { Cookie, PartitionKey, Priority, RequestContext, SameSite, SourceScheme } from './cookie.ts'
export {
  type CookieChange,
  REJECT_DETAIL,
  type RejectReason,
  siteOfHost,
  siteOfText,
} from './cookies/index.ts'
export type {
  CompactFormat,
  DataField,
  DataMark,
  DataPart,
  DataReading,
  DataRequest,
  DataRoute,
  DateForm,
  DateFormat,
  DateLanguage,
  DateStyle,
  FieldBlank,
  JsonPath,
  NegativeForm,
  NumberFormat,
  PagePattern,
  PageSource,
  PartSource,
  PathStep,
  Pick,
  ValueFormat,
} from './data-route.ts'
export { COMPACT_LANGUAGES, DATE_LANGUAGES, DATE_STYLES, NEGATIVE_FORMS } from './data-route.ts'
export {
  cookieId,
  type DatabasePlace,
  type Delta,
  type Entry,
  type EntryKind,
  type EntryOf,
  type EntryValues,
  entryExpiresAt,
  entryKey,
  type Identity,
  localId,
  type RouteMemory,
  type SolveMemory,
  splitLocalId,
  type TokenBinding,
} from './entry.ts'
export { mergeInto, newer } from './merge.ts'
export {
  type DeadLetter,
  type Halt,
  type IdempotentRequest,
  type KeptHeaders,
  type LoginLife,
  MAX_KEPT_BODY_BYTES,
  type Quarantine,
  type RateLimitPause,
} from './operation-entries.ts'
export type { CallerEvidence, RouteEvidence } from './route-evidence.ts'
export {
  type ChangeListener,
  type ChangeSource,
  localWrite,
  SessionRecord,
  type SessionRecordOptions,
  TOMBSTONE_LIFE_MS,
  type Write,
} from './session-record.ts'
export { compareStamps, type LogicalTime, msToTime, type Stamp, StampClock, timeToMs } from './stamp.ts'
