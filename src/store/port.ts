import type { Delta } from '../record/index.ts'

/** Which session: ids of different tenants have nothing to do with each other. */
export interface SessionKey {
  /** The tenant; `default` where none was given. */
  readonly tenant: string
  /** The id within the tenant. */
  readonly id: string
}

/**
 * A point in a session's history in the store, as a token: equal tokens mean an equal state. `''` is the point before
 * everything, and what a session that is not in the store has.
 */
export type StoreVersion = string

/** Why something in the store could not be used. */
export type ProblemReason =
  /** Not what was written: changed, cut off, or moved here from another entry or session. */
  | 'altered'
  /** Sealed with a key that is not in the key ring. */
  | 'unknown-key'
  /** Not sealed, though encryption is on (or sealed, though it is off). */
  | 'plaintext'
  /** Readable, but not an entry this version understands. */
  | 'malformed'
  /** Parts of the session are missing, evicted or deleted: the rest was dropped, because half a session is of no use. */
  | 'torn'

/** Something in the store that could not be used; it counts as absent. Holds no secret. */
export interface StoreProblem {
  readonly reason: ProblemReason
  /**
   * The first 16 hex digits of the SHA-256 of the payload as it was stored: to find it again, and to report it once. Empty
   * where there is none.
   */
  readonly payloadHash: string
  /** The keyed hash of the session's id. */
  readonly session: string
  /** Where in the code it was met. */
  readonly stack: string
}

/** What the store holds of a session, or what has changed in it. */
export interface StoredChanges {
  /** Tombstones are among them. */
  readonly entries: Delta
  readonly version: StoreVersion
  /**
   * - `changes`: what has changed since the version that was asked for.
   * - `snapshot`: all there is; what the reader holds beside it was deleted, unless the reader has yet to commit it.
   * - `reset`: all there is, but the store's history is another one than the reader's (it came back empty, or the
   *   session's time was up): the reader has to commit all it holds.
   */
  readonly extent: 'changes' | 'snapshot' | 'reset'
  readonly problems: readonly StoreProblem[]
}

export interface CommitOptions {
  /** The version the writer knows. When others have written since, their entries come back as `news`. */
  readonly since?: StoreVersion
  /** Refuse the commit when this lock has been given to somebody else in the meantime. */
  readonly lock?: StoreLock
  /** Write what there is room for, those that add least first, instead of refusing the delta as a whole. */
  readonly partial?: boolean
}

export interface CommitResult {
  readonly version: StoreVersion
  /** How many entries of the delta are in the store now because of this commit. */
  readonly written: number
  /** What others have written since `options.since`; null when nobody has, or when it was not asked for. */
  readonly changes: StoredChanges | null
  /** The entries of a partial commit that there was no room for. */
  readonly refused: Delta
}

/** A session as the store has it. */
export interface SessionInfo {
  /** Its tenant and id. */
  readonly session: SessionKey
  /** When it was first written, in epoch milliseconds. */
  readonly createdAt: number
  /** When it was last written, in epoch milliseconds. */
  readonly writtenAt: number
  /** When the store may forget the session, in epoch milliseconds, unless it is used before. */
  readonly expiresAt: number
  /** How many entries it has: cookies, items and others, deletions included. */
  readonly entries: number
  /** What it takes in the store, in bytes. */
  readonly sizeBytes: number
}

export interface ListFilter {
  readonly tenant?: string
}

/** What a purge dropped. */
export interface PurgeReport {
  /** Sessions whose time was up. */
  readonly sessions: number
  /** Expired entries and old tombstones in the sessions that stay. */
  readonly entries: number
}

/** A lock on a purpose within a session, for as long as its time to live lasts. */
export interface StoreLock {
  readonly session: SessionKey
  readonly purpose: string
  /** Greater than that of every earlier holder: it distinguishes a late write of this holder from one of a later holder. */
  readonly fence: number
  /** False when the lock was lost in the meantime. */
  extend(ttlMs: number): Promise<boolean>
  /** Gives it back, and notifies the session's subscribers. Nothing happens when it was lost. */
  release(): Promise<void>
}

/** Sends messages to the other processes that have a session open. */
export interface SessionMessages {
  /**
   * Sends a text, sealed, to those who listen now: nothing keeps it. One round trip.
   *
   * @returns how many others get it
   * @throws OnejarError ONEJAR_STORE_UNAVAILABLE
   */
  send(text: string): Promise<number>
  /** Stops listening. */
  close(): Promise<void>
}

/**
 * Where sessions are kept. All methods may be called concurrently; all reject with ONEJAR_STORE_UNAVAILABLE when the
 * store cannot be reached or written, and with ONEJAR_CLOSED after `close()`.
 */
export interface Store {
  /** Everything the store has of a session. One round trip. Entries that cannot be used are reported and left out. */
  load(session: SessionKey): Promise<StoredChanges>

  /**
   * Merges a delta, atomically and entry by entry: the later stamp wins (`newer` of the record). Repeating a commit
   * changes nothing. Once it has resolved, a crash of this process loses none of it. One round trip as a rule.
   *
   * @throws OnejarError ONEJAR_SESSION_TOO_LARGE (nothing is written; see `options.partial`), ONEJAR_LOCK_LOST (see
   * `options.lock`)
   */
  commit(session: SessionKey, delta: Delta, options?: CommitOptions): Promise<CommitResult>

  /** What has changed since a version. One round trip. */
  changesSince(session: SessionKey, version: StoreVersion): Promise<StoredChanges>

  /**
   * Calls back when another store (in this process or another) has written the session or released a lock in it. The
   * version is null when changes may have been missed. `changesSince` returns what was written.
   *
   * @returns what ends it
   */
  subscribe(
    session: SessionKey,
    onChange: (version: StoreVersion | null) => void,
  ): Promise<() => Promise<void>>

  /**
   * What logs, traces and the audit trail call a session: a keyed hash of tenant and id (22 characters), the same in every
   * process on this store. Without encryption, and while a store has not been reached yet, it differs from process to
   * process.
   */
  pseudonym(session: SessionKey): string

  /**
   * Seals a text for those who share the store's keys; readable where the store keeps everything readable.
   *
   * @throws OnejarError ONEJAR_STORE_UNAVAILABLE when the store was never reached yet
   */
  sealText(purpose: string, text: string): string

  /** The inverse; null when the text was changed, or sealed with other keys or for another purpose. Rejects as `sealText` throws. */
  openText(purpose: string, sealed: string): Promise<string | null>

  /**
   * Listens to what other processes send of a session. Texts that were changed or sealed with other keys are left out.
   *
   * @returns null where processes cannot send each other anything that the store does not keep, or where it is not sealed
   */
  messages(session: SessionKey, onMessage: (text: string) => void): Promise<SessionMessages | null>

  /** Takes the lock, or returns null when somebody holds it. */
  acquireLock(session: SessionKey, purpose: string, ttlMs: number): Promise<StoreLock | null>

  /** The sessions of the store, in no order. Those of another key ring are not among them. */
  list(filter?: ListFilter): AsyncIterable<SessionInfo>

  /** Forgets a session. Whoever has it loaded gets an empty snapshot. False when there was none. */
  remove(session: SessionKey): Promise<boolean>

  /** Drops sessions whose time is up, expired entries and old tombstones. */
  purge(): Promise<PurgeReport>

  /**
   * Seals anew what was sealed with a key other than the newest, so that older keys can leave the ring.
   *
   * @returns how many entries were sealed anew, and how many could not be read
   */
  rekey(): Promise<{ readonly resealed: number; readonly unreadable: number }>

  /** Ends all subscriptions and gives everything back. Idempotent. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}
