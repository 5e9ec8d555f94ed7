export type { Cookie, PartitionKey, Priority, RequestContext, SameSite, SourceScheme } from './cookie.ts'
export {
  cookieId,
  type Delta,
  type Entry,
  type EntryKind,
  type EntryOf,
  type EntryValues,
  entryKey,
  type Identity,
  localId,
  type RouteMemory,
  splitLocalId,
  type TokenBinding,
} from './entry.ts'
export { mergeEntry, mergeInto } from './merge.ts'
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
