import type { PurgeReport, StoreVersion } from './port.ts'

/** What a backend keeps of one entry. The body is opaque to it; the rest is what it merges and purges by. */
export interface Row {
  /** Printable ASCII. */
  readonly field: string
  /** The stamp: a whole number, and printable ASCII without a space. */
  readonly time: number
  readonly writer: string
  readonly tombstone: boolean
  /** Epoch milliseconds, after which the row is of no use; null for never. */
  readonly expiresAt: number | null
  readonly body: Uint8Array
}

/** A row to be written. */
export interface RowChange extends Row {
  /** The body of a stored row with the same stamp that this row wins against. */
  readonly over?: Uint8Array
}

/** A session's rows, or those that have changed. */
export interface RowSet {
  readonly version: StoreVersion
  readonly extent: 'changes' | 'snapshot' | 'reset'
  readonly rows: readonly Row[]
  /** A part of the session was missing or nothing that an adapter writes: what was left of it is gone. */
  readonly isTorn?: boolean
}

export interface CommitPlan {
  readonly rows: readonly RowChange[]
  /** What tells the session's name to those who list sessions; opaque. */
  readonly label: Uint8Array
  /** Null when news is not wanted. */
  readonly since: StoreVersion | null
  readonly fence: { readonly purpose: string; readonly fence: number } | null
  /** Whether rows are refused one by one, those that add most first, instead of the whole plan. */
  readonly partial: boolean
}

export type CommitOutcome =
  | {
      readonly status: 'done'
      readonly version: StoreVersion
      readonly written: number
      /** The stored rows that were not overwritten. */
      readonly kept: readonly Row[]
      /** The fields of a partial plan that there is no room for. */
      readonly refused: readonly string[]
      readonly news: RowSet | null
    }
  | { readonly status: 'too-large' | 'lock-lost' }

/** How long things are kept and how large they get. */
export interface Limits {
  /** A session is kept at least this long after it was last written or loaded... */
  readonly retentionFloorMs: number
  /** ...and at most this long, however long its cookies are good for. */
  readonly retentionCeilingMs: number
  /** How long deletions are remembered. */
  readonly tombstoneMs: number
  readonly maxSessionBytes: number
}

export interface SessionRow {
  readonly name: string
  readonly label: Uint8Array
  readonly createdAt: number
  readonly writtenAt: number
  readonly expiresAt: number
  readonly entries: number
  readonly sizeBytes: number
}

export interface RowLock {
  readonly fence: number
  /** Tells the holder. */
  readonly token: string
}

/**
 * What an adapter has to do: keep opaque rows per opaque session name, merge them by stamp, number the changes. What
 * they mean, and that they are sealed, is `EntryStore`'s business. Instants are the adapter's own clock's.
 */
export interface Backend {
  /** The rows changed since a version, or all. Counts as use of the session. */
  read(name: string, since: StoreVersion): Promise<RowSet>

  /**
   * Writes, atomically, the rows whose stamp is later than that of the stored row of the same field (or equal, where
   * `over` is the stored body). When at least one was written, the version moves on and the watchers are told.
   */
  commit(name: string, plan: CommitPlan): Promise<CommitOutcome>

  /** Drops rows that are still what they were when they were read. Not told to anybody. */
  drop(name: string, rows: readonly Row[]): Promise<void>

  watch(name: string, onNews: (version: StoreVersion | null) => void): Promise<() => Promise<void>>

  acquireLock(name: string, purpose: string, ttlMs: number): Promise<RowLock | null>
  extendLock(name: string, purpose: string, token: string, ttlMs: number): Promise<boolean>
  releaseLock(name: string, purpose: string, token: string): Promise<void>

  list(): AsyncIterable<SessionRow>
  remove(name: string): Promise<boolean>
  purge(): Promise<PurgeReport>
  /**
   * Drops what is of no use any more in one session, to make room: what has expired, or all deletions as well. Readers who
   * may have missed one of those get a snapshot.
   */
  purgeSession(name: string, what: 'expired' | 'deletions'): Promise<number>

  /** Small facts about the store as a whole. */
  readFacts(): Promise<ReadonlyMap<string, Uint8Array>>
  /** Sets a fact if it still is what it was (null: absent). */
  swapFact(fact: string, was: Uint8Array | null, value: Uint8Array): Promise<boolean>

  close(): Promise<void>
}
