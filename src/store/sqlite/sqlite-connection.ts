import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as pause } from 'node:timers/promises'
import { claimDatabase, growingPause, isOnejarError, makeFolder, OnejarError } from '../../core/index.ts'
import { FilePlace } from '../file-place.ts'
import { assertKnown, migrate } from './sqlite-schema.ts'

/** How long a call may hold this thread while another process writes; then it waits without holding it. */
const BUSY_TIMEOUT_MS = 20
const BUSY_PAUSE = { firstMs: 1, longestMs: 50, spread: 0.5 }
const PAGE_BYTES = 4096

export interface SqliteOptions {
  /** `process`: a commit survives kill -9; `power`: it survives a power cut too, at the price of an fsync each. */
  readonly durability: 'process' | 'power'
  /** How long a commit waits for other processes before it fails. */
  readonly timeoutMs: number
  /** The file may not grow beyond this; null for no limit but the disk's. */
  readonly maxFileBytes: number | null
}

interface Job {
  readonly run: () => void
  readonly done: () => void
  readonly fail: (error: unknown) => void
}

/**
 * One connection to a database file. Writes that are asked for in the same turn share a transaction; when another
 * process holds the file they are tried again, without blocking the event loop for longer than a moment.
 */
export class SqliteConnection {
  readonly db: DatabaseSync
  readonly #path: string
  readonly #place: FilePlace
  readonly #options: SqliteOptions
  #jobs: Job[] = []
  #draining: Promise<void> | undefined

  private constructor(db: DatabaseSync, path: string, options: SqliteOptions) {
    this.db = db
    this.#path = path
    this.#place = new FilePlace(path)
    this.#options = options
  }

  /**
   * Opens or makes the file (mode 0600, which one that was open to others gets too; folders 0700) and brings it to the newest layout.
   *
   * @throws OnejarError ONEJAR_STORE_UNAVAILABLE, ONEJAR_STORE_VERSION, ONEJAR_STORE_CORRUPT
   */
  static async open(path: string, options: SqliteOptions): Promise<SqliteConnection> {
    try {
      makeFolder(dirname(path), 0o700)
      claimDatabase(path)
    } catch (error) {
      throw storeError(error, path)
    }
    return patiently(path, options.timeoutMs, () => {
      const db = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS, enableForeignKeyConstraints: true })
      try {
        assertKnown(db)
        db.exec('PRAGMA journal_mode = WAL')
        db.exec(`PRAGMA synchronous = ${options.durability === 'power' ? 'FULL' : 'NORMAL'}`)
        db.exec('PRAGMA secure_delete = ON')
        if (options.maxFileBytes !== null) {
          db.exec(`PRAGMA max_page_count = ${Math.max(1, Math.floor(options.maxFileBytes / PAGE_BYTES))}`)
        }
        migrate(db)
        return new SqliteConnection(db, path, options)
      } catch (error) {
        db.close()
        throw error
      }
    })
  }

  /** Runs a read. It sees what was committed, by whomever. */
  read<T>(query: () => T): Promise<T> {
    return patiently(this.#path, this.#options.timeoutMs, () => {
      const result = query()
      this.#place.assertSame()
      return result
    })
  }

  /** Runs a write in a transaction, together with others of this turn. Resolves once it is committed. */
  write<T>(job: () => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      let result: T
      const run = () => {
        result = job()
      }
      this.#jobs.push({ run, done: () => resolve(result), fail: reject })
      this.#draining ??= this.#drain()
    })
  }

  /** Waits for the writes under way, and closes the file. */
  async close(): Promise<void> {
    await this.#draining
    if (this.db.isOpen) this.db.close()
  }

  async #drain(): Promise<void> {
    await Promise.resolve()
    while (this.#jobs.length > 0) {
      const batch = this.#jobs
      this.#jobs = []
      await this.#runTogether(batch)
    }
    this.#draining = undefined
  }

  /**
   * One transaction for all; when it fails, one for each, so that a job fails for its own reasons only. A file that another process
   * holds fails all of them: each would wait as long again.
   */
  async #runTogether(batch: readonly Job[]): Promise<void> {
    try {
      await this.read(() => this.#transact(batch))
      for (const job of batch) job.done()
    } catch (error) {
      if (batch.length === 1 || isHeld(error)) for (const job of batch) job.fail(error)
      else for (const job of batch) await this.#runTogether([job])
    }
  }

  #transact(batch: readonly Job[]): void {
    this.db.exec('BEGIN IMMEDIATE')
    try {
      for (const job of batch) job.run()
      this.db.exec('COMMIT')
    } finally {
      if (this.db.isTransaction) this.db.exec('ROLLBACK')
    }
  }
}

/** Tries again, with growing pauses, while another process is in the way. */
async function patiently<T>(path: string, timeoutMs: number, attempt: () => T): Promise<T> {
  const start = performance.now()
  for (let tries = 1; ; tries++) {
    try {
      return attempt()
    } catch (error) {
      if (!isBusy(error) || performance.now() - start > timeoutMs) throw storeError(error, path)
    }
    await pause(growingPause(BUSY_PAUSE, tries))
  }
}

const SQLITE_BUSY = 5
const SQLITE_LOCKED = 6
const HELD = new Set<unknown>([SQLITE_BUSY, SQLITE_LOCKED])
const SQLITE_CORRUPT = 11
const SQLITE_NOTADB = 26

/** Whether it is an error of ours for a file that another process holds. */
function isHeld(error: unknown): boolean {
  return isOnejarError(error) && HELD.has(error.details['sqliteCode'])
}

/** The result code of SQLite without what it adds in the upper bytes; null when SQLite did not throw it. */
function resultCode(error: unknown): number | null {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number'
    ? error.errcode & 0xff
    : null
}

function isBusy(error: unknown): boolean {
  return HELD.has(resultCode(error))
}

function storeError(error: unknown, path: string): unknown {
  if (isOnejarError(error)) return error
  const code = resultCode(error)
  const why = error instanceof Error ? error.message : 'unknown reason'
  const details = { path, sqliteCode: code }
  if (code === SQLITE_CORRUPT || code === SQLITE_NOTADB) {
    return new OnejarError(
      'ONEJAR_STORE_CORRUPT',
      code === SQLITE_NOTADB
        ? `${path} is no database of Onejar (${why})`
        : `The store ${path} is damaged (${why})`,
      {
        cause: error,
        details,
      },
    )
  }
  return new OnejarError('ONEJAR_STORE_UNAVAILABLE', `The store ${path} cannot be used (${why})`, {
    cause: error,
    details,
  })
}
