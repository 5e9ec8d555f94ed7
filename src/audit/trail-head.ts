import { statSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { type AuditKey, sealEnd, TRAIL_START, type TrailEnd } from '../compliance/index.ts'
import { claimDatabase } from '../core/index.ts'
import { auditFailure } from './audit-failure.ts'

/** Where a trail ends. */
export interface Head extends TrailEnd {
  /** Of the file that is written to. */
  readonly sizeBytes: number
}

/** What the head file says, and whether it can be believed. */
export type HeadReading =
  | { readonly state: 'missing' }
  | { readonly state: 'forged' }
  /** Sealed with a key that is not there. */
  | { readonly state: 'unknown-key' }
  | ({ readonly state: 'known' } & Head)

const BUSY_TIMEOUT_MS = 2_000

/** The file beside a trail that knows its end. */
export function headPath(path: string): string {
  return `${path}.head`
}

/**
 * The end of a trail, in a small database beside it: it shows whether a trail was cut off, and its lock lets one process
 * write at a time. A process that is killed leaves neither a lock nor half an end behind.
 */
export class TrailHead {
  readonly #db: DatabaseSync
  readonly #path: string

  private constructor(db: DatabaseSync, path: string) {
    this.#db = db
    this.#path = path
  }

  /** Opens or makes the file, mode 0600. @throws OnejarError ONEJAR_AUDIT_FAILED */
  static open(path: string): TrailHead {
    const file = headPath(path)
    try {
      claimDatabase(file)
      const db = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS })
      // What survives the end of a process is enough: the lines of the trail are not forced to the disk either.
      db.exec('PRAGMA synchronous = OFF')
      db.exec(
        'CREATE TABLE IF NOT EXISTS head (id INTEGER PRIMARY KEY CHECK (id = 1), seq INTEGER NOT NULL, hash TEXT NOT NULL, size INTEGER NOT NULL, key TEXT, seal TEXT NOT NULL) STRICT',
      )
      return new TrailHead(db, path)
    } catch (cause) {
      throw auditFailure(path, 'cannot be opened', cause)
    }
  }

  /** Runs one change while no other process does. Holds the thread while another one writes a line. */
  change<T>(work: () => T): T {
    try {
      this.#db.exec('BEGIN IMMEDIATE')
    } catch (cause) {
      throw auditFailure(this.#path, 'is held by another process', cause)
    }
    try {
      const result = work()
      this.#db.exec('COMMIT')
      return result
    } catch (error) {
      this.#db.exec('ROLLBACK')
      throw error
    }
  }

  /** Within `change`. @throws OnejarError ONEJAR_AUDIT_FAILED when it was forged */
  read(keys: readonly AuditKey[]): Head {
    const reading = readRow(this.#db, keys)
    if (reading.state === 'forged') throw auditFailure(this.#path, 'has a head that somebody else wrote')
    return reading.state === 'missing' ? { ...TRAIL_START, sizeBytes: 0 } : (reading as Head)
  }

  /** Within `change`. */
  write({ seq, hash, sizeBytes }: Head, key: AuditKey | null): void {
    const seal = sealEnd({ seq, hash }, sizeBytes, key)
    this.#db
      .prepare('INSERT OR REPLACE INTO head (id, seq, hash, size, key, seal) VALUES (1, ?, ?, ?, ?, ?)')
      .run(seq, hash, sizeBytes, key?.id ?? null, seal)
  }

  close(): void {
    this.#db.close()
  }
}

/** What the head of a trail says, without changing anything. */
export function readHead(path: string, keys: readonly AuditKey[]): HeadReading {
  const stats = statSync(headPath(path), { throwIfNoEntry: false })
  if (stats === undefined) return { state: 'missing' }
  if (!stats.isFile()) return { state: 'forged' }
  try {
    const db = new DatabaseSync(headPath(path), { readOnly: true, timeout: BUSY_TIMEOUT_MS })
    try {
      return readRow(db, keys)
    } finally {
      db.close()
    }
  } catch {
    return { state: 'forged' }
  }
}

function readRow(db: DatabaseSync, keys: readonly AuditKey[]): HeadReading & Partial<Head> {
  const row = db.prepare('SELECT seq, hash, size, key, seal FROM head').get()
  if (!row) return { state: 'missing' }
  const { seq, hash, size, key: keyId, seal } = row as Record<string, string | number | null>
  const end = { seq: Number(seq), hash: String(hash) }
  const sizeBytes = Number(size)
  const key = keyId === null ? null : keys.find(({ id }) => id === keyId)
  // A ring that has lost the key of the last writer can go on; it can no longer tell whether the end is the true one.
  if (key === undefined) return { state: 'unknown-key', ...end, sizeBytes }
  return seal === sealEnd(end, sizeBytes, key) ? { state: 'known', ...end, sizeBytes } : { state: 'forged' }
}
