import type { PurgeReport, StoreVersion } from './port.ts'

/** What a backend keeps of one entry. The body is opaque to it; the rest is what it merges and purges by. */
export interface Row {
  /** Printable ASCII. */
  readonly field: string
  /** When it was written: a whole number, which only grows. */
  readonly time: number
  /** Who wrote it: printable ASCII without a space. It decides between rows of the same `time`. */
  readonly writer: string
  /** Whether the row says that something was deleted. */
  readonly tombstone: boolean
  /** Epoch milliseconds, after which the row is of no use; null for never. */
  readonly expiresAt: number | null
  /** The sealed entry: bytes that mean nothing to a backend. */
  readonly body: Uint8Array
}

/** A row to be written. */
export interface RowChange extends Row {
  /** The body of a stored row with the same stamp that this row wins against. */
  readonly over?: Uint8Array
}

/** A session's rows, or those that have changed. */
export interface RowSet {
  /** Up to which point of the history the rows are complete. */
  readonly version: StoreVersion
  /**
   * What the rows are: `changes` since the version asked for, a `snapshot` of all there is, or a `reset` (all there is, of
   * another history than the reader's).
   */
  readonly extent: 'changes' | 'snapshot' | 'reset'
  /** The rows, in no order. */
  readonly rows: readonly Row[]
  /** A part of the session was missing or nothing that an adapter writes: what was left of it is gone. */
  readonly isTorn?: boolean
}

/** What `commit` is asked to write. */
export interface CommitPlan {
  /** The rows to write, each field once. */
  readonly rows: readonly RowChange[]
  /** The label that holds the session's name for those who list sessions; opaque. */
  readonly label: Uint8Array
  /** Null when changes of others are not wanted. */
  readonly since: StoreVersion | null
  /**
   * The lock that the writer holds, and its fence. When somebody else has taken the lock since then, the outcome is
   * `lock-lost`, also when they have given it back; it may be that too after the writer gave it back. Null for a write without
   * a lock.
   */
  readonly fence: { readonly purpose: string; readonly fence: number } | null
  /** Whether rows are refused one by one, those that add most first, instead of the whole plan. */
  readonly partial: boolean
}

/**
 * The result of a commit. `too-large`: the session would exceed its limit, and nothing was written. `lock-lost`: somebody
 * else has the lock that the plan names, and nothing was written.
 */
export type CommitOutcome =
  | {
      readonly status: 'done'
      readonly version: StoreVersion
      readonly written: number
      /** The stored rows that were not overwritten. */
      readonly kept: readonly Row[]
      /** The fields of a partial plan that there is no room for. */
      readonly refused: readonly string[]
      readonly changes: RowSet | null
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
  /** What the rows of one session may take, in bytes, as `rowSize` counts them. */
  readonly maxSessionBytes: number
}

/** A session as `list()` reports it. Instants are epoch milliseconds. */
export interface SessionRow {
  /** The opaque name that the backend was called with. */
  readonly name: string
  /** The label of the last commit. */
  readonly label: Uint8Array
  /** When the session was first written. */
  readonly createdAt: number
  /** When it was last written. */
  readonly writtenAt: number
  /** When it may be dropped, unless it is used before. */
  readonly expiresAt: number
  /** How many rows it has, tombstones included. */
  readonly entries: number
  /** What its rows take, as `rowSize` counts them. */
  readonly sizeBytes: number
}

/** A lock that was taken. */
export interface RowLock {
  /** A number that is greater than that of every earlier holder. */
  readonly fence: number
  /** Identifies the holder. */
  readonly token: string
}

/**
 * What an adapter has to do: keep opaque rows per opaque session name, merge them by stamp, number the changes. What
 * they mean, and that they are sealed, is `EntryStore`'s business.
 *
 * Everything may be called concurrently, by many processes on one database. Each method is one atomic step for those who
 * call meanwhile, unless it says otherwise: two commits of one session happen one after the other, in whichever order.
 *
 * Errors: a call rejects with ONEJAR_STORE_UNAVAILABLE when the database cannot be reached or does not answer in time;
 * whatever else it rejects with is made into one. A call that failed may have been carried out: commits are repeated, and
 * repeating one must change nothing. What comes back from the database is not to be trusted: a row that cannot be read is
 * given back as it is, or counts as absent.
 *
 * Cost: a broker calls `read` once when a session is opened and `commit` for what was written within some 50 ms; no request
 * waits for either unless it says so.
 */
export interface Backend {
  /**
   * The rows changed since a version, or all (`''`). Counts as use of the session: the time that it is kept for begins
   * anew, to within a day. Aim for one round trip.
   *
   * The rows must hold all that was committed up to the version that is given back; they may hold later ones.
   */
  read(name: string, since: StoreVersion): Promise<RowSet>

  /**
   * Writes the rows whose stamp is later than that of the stored row of the same field: greater `time`, then greater
   * `writer` (by code unit), or both equal and `over` is the stored body (`supersedes`). When at least one was written, the
   * version moves on by one, and the watchers of other instances are notified.
   *
   * Others see all of the plan or nothing. An adapter that cannot do this for large plans says so: the merge makes a part of
   * a plan harmless, since a writer that got no confirmation commits it again.
   *
   * The size of a session is the sum of `rowSize`; what takes no more room than what it replaces always fits. `sortRows`
   * decides all of this.
   */
  commit(name: string, plan: CommitPlan): Promise<CommitOutcome>

  /** Drops rows that are still what they were when they were read, by body. Nobody is notified; the version stays. */
  drop(name: string, rows: readonly Row[]): Promise<void>

  /**
   * Calls back when another instance has written or removed the session, or released a lock in it: with the version (`''`
   * for a session that is gone), or null when something may have been missed. Never for what this instance did. How late
   * is the adapter's to say.
   *
   * @returns what ends it
   */
  watch(name: string, onChange: (version: StoreVersion | null) => void): Promise<() => Promise<void>>

  /**
   * Takes a lock, or returns null when it is held. It ends by itself after `ttlMs`. The fence is greater than that of every
   * earlier holder, also after the lock was forgotten (the greater of the last one + 1 and the time). From when it resolves,
   * no commit with a smaller fence is carried out.
   *
   * What a session costs must not grow with the purposes that it has had: a lock that was given back leaves nothing behind but a
   * share in one number, the greatest fence that is gone, which stands in for each of them here and in `commit`.
   */
  acquireLock(name: string, purpose: string, ttlMs: number): Promise<RowLock | null>
  /** False when the token does not hold it any more. */
  extendLock(name: string, purpose: string, token: string, ttlMs: number): Promise<boolean>
  /** Gives it back and notifies the watchers; does nothing when the token does not hold it. */
  releaseLock(name: string, purpose: string, token: string): Promise<void>

  /** The sessions that have rows and whose time is not up, in no order. Not atomic. May cost a walk through everything. */
  list(): AsyncIterable<SessionRow>
  /**
   * Drops all rows of a session and notifies its watchers. That it is gone is remembered for `tombstoneMs`: readers get an
   * empty snapshot. False when it had no rows.
   */
  remove(name: string): Promise<boolean>
  /**
   * Drops sessions whose time is up, and in each other one what `purgeSession` does; also the locks whose holders died a day ago
   * or more. Not atomic. Called once an hour.
   */
  purge(): Promise<PurgeReport>
  /**
   * Drops what is of no use any more in one session, to make room: what has expired, or all deletions as well. Readers who
   * may have missed one of those get a snapshot: the floor of the history moves up (`catchUp`). The version stays.
   *
   * @returns how many rows were dropped
   */
  purgeSession(name: string, what: 'expired' | 'deletions'): Promise<number>

  /** Small facts about the store as a whole: a few, of some hundred bytes. They never expire. */
  readFacts(): Promise<ReadonlyMap<string, Uint8Array>>
  /** Sets a fact if it still is what it was (null: absent). */
  swapFact(fact: string, was: Uint8Array | null, value: Uint8Array): Promise<boolean>

  /**
   * Sends bytes to the other instances that listen to a session, once. Nothing keeps them. Absent where the database cannot do
   * that.
   *
   * @returns how many others get them
   */
  send?(name: string, body: Uint8Array): Promise<number>
  /** Calls back with what other instances send. @returns what ends it */
  listen?(name: string, onMessage: (body: Uint8Array) => void): Promise<() => Promise<void>>

  /** Ends all watches and gives everything back. */
  close(): Promise<void>
}
