import type { BrowserContext } from 'playwright'
import type { ChangeSource, EntryValues, SessionRecord, Write } from '../../record/index.ts'
import type { DocumentView } from '../targets/document-view.ts'

/** The number of origins whose databases are read at a release. */
const MAX_ORIGINS = 64

type Database = EntryValues['indexeddb-snapshot']

/** What a new context starts with beside cookies and localStorage: the form that Playwright takes. */
export interface SavedState {
  readonly cookies: never[]
  readonly origins: { origin: string; localStorage: never[]; indexedDB: never }[]
}

/** Where snapshots go: the record, or a list for who only wants to look. */
export interface SnapshotSink {
  write(writes: Iterable<Write>, source: ChangeSource): unknown
}

/** What lives with a context only, as it is now. */
export interface LiveSnapshot {
  /** `session-snapshot` and `indexeddb-snapshot`; null where there is nothing now. */
  readonly writes: readonly Write[]
  /** Origins that a tab has left: what it keeps for them cannot be read without taking its page away. */
  readonly missed: readonly string[]
}

/** The sessionStorage that the record keeps from the session's release, by origin. */
export function savedSessionItems(record: SessionRecord): Map<string, ReadonlyMap<string, string>> {
  const saved = new Map<string, ReadonlyMap<string, string>>()
  for (const entry of record.entries()) {
    if (entry.kind === 'session-snapshot' && entry.value !== null)
      saved.set(entry.id, new Map(Object.entries(entry.value)))
  }
  return saved
}

/** Writes the sessionStorage of tabs into the record, by origin: one view each. */
export function snapshotSessionItems(
  views: readonly DocumentView[],
  record: SnapshotSink,
  source: ChangeSource,
): void {
  const writes = new Map<string, Write>()
  for (const { origin, items } of views) {
    if (!items || !/^https?:/.test(origin)) continue
    const value = items.size > 0 ? Object.fromEntries(items) : null
    writes.set(origin, { kind: 'session-snapshot', id: origin, value })
  }
  record.write(writes.values(), source)
}

/** The databases that the record keeps from the session's release; undefined when there are none. */
export function savedDatabases(record: SessionRecord): SavedState | undefined {
  const origins: SavedState['origins'] = []
  for (const entry of record.entries()) {
    if (entry.kind !== 'indexeddb-snapshot' || entry.value === null) continue
    origins.push({ origin: entry.id, localStorage: [], indexedDB: entry.value as never })
  }
  return origins.length > 0 ? { cookies: [], origins } : undefined
}

/**
 * Writes the IndexedDB databases of these origins into the record. Costs nothing but a question per origin where there
 * are none.
 *
 * @param usage - bytes that an origin's databases take
 */
export async function snapshotDatabases(
  context: BrowserContext,
  origins: Iterable<string>,
  usage: (origin: string) => Promise<number>,
  record: SnapshotSink,
  source: ChangeSource,
): Promise<void> {
  const writes: Write[] = []
  const full = new Set<string>()
  for (const origin of [...origins].slice(-MAX_ORIGINS)) {
    if ((await usage(origin)) > 0) full.add(origin)
    else writes.push({ kind: 'indexeddb-snapshot', id: origin, value: null })
  }
  if (full.size > 0) {
    const state = await context.storageState({ indexedDB: true })
    for (const { origin, indexedDB } of state.origins as { origin: string; indexedDB?: Database[] }[]) {
      if (!full.has(origin)) continue
      const value = indexedDB && indexedDB.length > 0 ? indexedDB : null
      writes.push({ kind: 'indexeddb-snapshot', id: origin, value })
    }
  }
  record.write(writes, source)
}
