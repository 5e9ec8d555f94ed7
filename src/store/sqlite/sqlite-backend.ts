import { randomUUID } from 'node:crypto'
import type { SQLOutputValue } from 'node:sqlite'
import type { Clock } from '../../core/index.ts'
import type {
  Backend,
  CommitOutcome,
  CommitPlan,
  Limits,
  Row,
  RowChange,
  RowLock,
  RowSet,
  SessionRow,
} from '../backend.ts'
import type { PurgeReport, StoreVersion } from '../port.ts'
import { horizonOf, sessionExpiry } from '../retention.ts'
import { sameBytes, sortRows } from '../rows.ts'
import { catchUp, formatVersion } from '../version.ts'
import { SqliteConnection, type SqliteOptions } from './sqlite-connection.ts'
import { prepareStatements, type SqliteStatements } from './sqlite-statements.ts'
import { SqliteWatch } from './sqlite-watch.ts'

type Columns = Record<string, SQLOutputValue>

/** A session's line. `id` 0 stands for one that is not in the file yet. */
interface SessionLine {
  readonly id: number
  readonly epoch: string
  readonly number: number
  readonly floor: number
  readonly expiresAt: number
  readonly horizon: number
  readonly size: number
}

const DAY_MS = 24 * 60 * 60_000

/** One SQLite file, shared by the processes of a machine. */
export class SqliteBackend implements Backend {
  readonly #connection: SqliteConnection
  readonly #sql: SqliteStatements
  readonly #watch: SqliteWatch
  readonly #limits: Limits
  readonly #clock: Clock

  private constructor(connection: SqliteConnection, path: string, limits: Limits, clock: Clock) {
    this.#connection = connection
    this.#sql = prepareStatements(connection.db)
    this.#watch = new SqliteWatch(connection.db, path)
    this.#limits = limits
    this.#clock = clock
  }

  /** @throws OnejarError ONEJAR_STORE_UNAVAILABLE, ONEJAR_STORE_VERSION, ONEJAR_STORE_CORRUPT */
  static async open(
    path: string,
    options: SqliteOptions,
    limits: Limits,
    clock: Clock,
  ): Promise<SqliteBackend> {
    return new SqliteBackend(await SqliteConnection.open(path, options), path, limits, clock)
  }

  async read(name: string, since: StoreVersion): Promise<RowSet> {
    const { set, wear, isTorn } = await this.#connection.read(() => {
      const line = this.#find(name)
      const wear =
        line !== null && line.size > 0 && this.#expiry(line.horizon) - line.expiresAt > this.#useGrain()
      const isTorn = line === null && this.#isAlive(this.#sql.findSession.get(name))
      return { set: this.#rowsSince(line, since), wear, isTorn }
    })
    if (isTorn) await this.#connection.write(() => this.#find(name))
    // Being read counts as use; written down only now and then, because a read should stay a read.
    if (wear) await this.#connection.write(() => this.#use(name))
    return { ...set, isTorn }
  }

  commit(name: string, plan: CommitPlan): Promise<CommitOutcome> {
    return this.#writeAndNotify(name, () => this.#commit(name, plan))
  }

  drop(name: string, rows: readonly Row[]): Promise<void> {
    return this.#connection.write(() => {
      const line = this.#find(name)
      if (!line) return
      for (const row of rows) {
        const stored = this.#row(line.id, row.field)
        if (stored && sameBytes(stored.body, row.body)) this.#sql.deleteEntry.run(line.id, row.field)
      }
      this.#sql.measure.run(line.id)
    })
  }

  watch(name: string, onChange: (version: StoreVersion | null) => void): Promise<() => Promise<void>> {
    return this.#connection.read(() => this.#watch.add(name, onChange))
  }

  acquireLock(name: string, purpose: string, ttlMs: number): Promise<RowLock | null> {
    return this.#connection.write(() => {
      const now = this.#clock.now()
      const held = this.#sql.findLock.get(name, purpose)
      if (held && Number(held['until']) > now) {
        // A clock that was set back must not keep the lock of a process that died for longer than it was taken.
        if (Number(held['until']) > now + ttlMs) {
          this.#sql.putLock.run(name, purpose, String(held['token']), Number(held['fence']), now + ttlMs)
        }
        return null
      }
      const lock = { token: randomUUID(), fence: Math.max(this.#lastFence(name, purpose) + 1, now) }
      this.#sql.putLock.run(name, purpose, lock.token, lock.fence, now + ttlMs)
      return lock
    })
  }

  extendLock(name: string, purpose: string, token: string, ttlMs: number): Promise<boolean> {
    return this.#connection.write(() => {
      const now = this.#clock.now()
      return this.#sql.extendLock.run(now + ttlMs, name, purpose, token, now).changes === 1
    })
  }

  releaseLock(name: string, purpose: string, token: string): Promise<void> {
    return this.#writeAndNotify(name, () => {
      this.#sql.releaseLock.run(name, purpose, token, this.#clock.now())
    })
  }

  async *list(): AsyncIterable<SessionRow> {
    let after = 0
    for (;;) {
      const page = await this.#connection.read(() => this.#sql.listSessions.all(after, this.#clock.now()))
      if (page.length === 0) return
      for (const columns of page) {
        after = Number(columns['id'])
        yield {
          name: String(columns['name']),
          label: columns['label'] as Uint8Array,
          createdAt: Number(columns['created_at']),
          writtenAt: Number(columns['written_at']),
          expiresAt: Number(columns['expires_at']),
          entries: Number(columns['entries']),
          sizeBytes: Number(columns['size']),
        }
      }
    }
  }

  remove(name: string): Promise<boolean> {
    return this.#writeAndNotify(name, () => {
      const line = this.#find(name)
      if (!line || this.#sql.deleteEntries.run(line.id).changes === 0) return false
      this.#sql.emptySession.run(line.number + 1, this.#clock.now() + this.#limits.tombstoneMs, line.id)
      return true
    })
  }

  purge(): Promise<PurgeReport> {
    return this.#connection.write(() => {
      const now = this.#clock.now()
      const sessions = Number(this.#sql.deleteExpiredSessions.run(now).changes)
      this.#forgetLocks(now - DAY_MS)
      let entries = 0
      for (const { id } of this.#sql.sessionsToPurge.all(now))
        entries += this.#purgeSession(Number(id), now, 'expired')
      return { sessions, entries }
    })
  }

  purgeSession(name: string, what: 'expired' | 'deletions'): Promise<number> {
    return this.#connection.write(() => {
      const line = this.#find(name)
      return line ? this.#purgeSession(line.id, this.#clock.now(), what) : 0
    })
  }

  readFacts(): Promise<ReadonlyMap<string, Uint8Array>> {
    return this.#connection.read(
      () =>
        new Map(this.#sql.listFacts.all().map((fact) => [String(fact['name']), fact['value'] as Uint8Array])),
    )
  }

  swapFact(fact: string, was: Uint8Array | null, value: Uint8Array): Promise<boolean> {
    return this.#connection.write(() => {
      const is = this.#sql.findFact.get(fact)?.['value'] as Uint8Array | undefined
      if (is === undefined ? was !== null : was === null || !sameBytes(is, was)) return false
      this.#sql.putFact.run(fact, value)
      return true
    })
  }

  async close(): Promise<void> {
    this.#watch.close()
    await this.#connection.close()
  }

  /** A write that others hear of, and this connection's own watchers do not. */
  async #writeAndNotify<T>(name: string, job: () => T): Promise<T> {
    const { result, before, after } = await this.#connection.write(() => {
      const before = this.#watch.pulseOf(name)
      const result = job()
      return { result, before, after: this.#watch.pulseOf(name) }
    })
    this.#watch.wrote(name, before, after)
    return result
  }

  #commit(name: string, plan: CommitPlan): CommitOutcome {
    if (plan.fence !== null) {
      if (this.#lastFence(name, plan.fence.purpose) > plan.fence.fence) return { status: 'lock-lost' }
    }
    const found = this.#find(name)
    const line = found ?? newLine()
    const storedRow = (field: string) => (found ? this.#row(line.id, field) : null)
    const sorted = sortRows(plan, storedRow, this.#limits.maxSessionBytes - line.size)
    if (sorted === null) return { status: 'too-large' }
    const { winners, kept, refused, grown } = sorted
    const before = plan.since === null ? null : this.#rowsSince(found, plan.since)
    const after = winners.length > 0 ? this.#writeRows(name, line, plan, winners, grown) : found
    const changes = before && before.extent !== 'changes' ? this.#rowsSince(after, plan.since ?? '') : before
    return { status: 'done', version: versionOf(after), written: winners.length, kept, refused, changes }
  }

  #writeRows(
    name: string,
    line: SessionLine,
    plan: CommitPlan,
    rows: readonly RowChange[],
    grown: number,
  ): SessionLine {
    const now = this.#clock.now()
    const number = line.number + 1
    const horizon = Math.max(line.horizon, horizonOf(rows))
    const next = { number, horizon, size: line.size + grown, expiresAt: this.#expiry(horizon) }
    const id = Number(
      this.#sql.putSession.get(
        name,
        line.epoch,
        number,
        plan.label,
        now,
        now,
        next.expiresAt,
        horizon,
        next.size,
      )?.['id'],
    )
    for (const row of rows) {
      const { field, time, writer, tombstone, expiresAt, body } = row
      this.#sql.putEntry.run(id, field, number, time, writer, tombstone ? 1 : 0, expiresAt, body)
    }
    return { ...line, ...next, id }
  }

  #purgeSession(id: number, now: number, what: 'expired' | 'deletions'): number {
    // Every deletion has an expiry: that of all of them is before the end of time.
    const tombstonesUntil = what === 'deletions' ? Number.MAX_SAFE_INTEGER : now
    this.#sql.raiseFloor.run(tombstonesUntil, id)
    const purged = Number(this.#sql.deleteExpiredEntries.run(id, now, tombstonesUntil).changes)
    if (purged > 0) this.#sql.measure.run(id)
    return purged
  }

  /** Locks of holders that died before an instant, and what is left of those of sessions that had none since. Their fences stay. */
  #forgetLocks(before: number): void {
    this.#sql.keepFencesOfLocks.run(before)
    this.#sql.deleteOldLocks.run(before)
    this.#sql.keepFencesOfSessions.run(before)
    this.#sql.deleteOldReleases.run(before)
  }

  /** The fence of the lock's last holder, or one that is no smaller where its row is gone. */
  #lastFence(name: string, purpose: string): number {
    return Number(this.#sql.lastFence.get(name, purpose)?.['fence'])
  }

  #use(name: string): void {
    const line = this.#find(name)
    if (line) this.#sql.useSession.run(this.#expiry(line.horizon), line.id)
  }

  /** The session's line; one whose time is up (or that is none) counts as absent and is out of the way for a write. */
  #find(name: string): SessionLine | null {
    const columns = this.#sql.findSession.get(name)
    if (!columns) return null
    // A number that nothing can come after is none of ours.
    const isOurs = Number(columns['number']) < Number.MAX_SAFE_INTEGER
    if (isOurs && this.#isAlive(columns)) return readLine(columns)
    if (this.#connection.db.isTransaction) this.#sql.deleteSession.run(Number(columns['id']))
    return null
  }

  #isAlive(columns: Columns | undefined): boolean {
    return columns !== undefined && Number(columns['expires_at']) > this.#clock.now()
  }

  #row(session: number, field: string): Row | null {
    const columns = this.#sql.findEntry.get(session, field)
    return columns ? readRow(columns) : null
  }

  #rowsSince(line: SessionLine | null, since: StoreVersion): RowSet {
    const { extent, above } = catchUp(since, line)
    const rows = line ? this.#sql.entriesAbove.all(line.id, above).map(readRow) : []
    return { version: versionOf(line), extent, rows }
  }

  #expiry(horizon: number): number {
    return sessionExpiry(this.#clock.now(), horizon, this.#limits)
  }

  #useGrain(): number {
    return Math.min(DAY_MS, this.#limits.retentionFloorMs / 10)
  }
}

function newLine(): SessionLine {
  return { id: 0, epoch: randomUUID(), number: 0, floor: 0, expiresAt: 0, horizon: 0, size: 0 }
}

function versionOf(line: SessionLine | null): StoreVersion {
  return line ? formatVersion(line.epoch, line.number) : ''
}

function readLine(columns: Columns): SessionLine {
  return {
    id: Number(columns['id']),
    epoch: String(columns['epoch']),
    number: Number(columns['number']),
    floor: Number(columns['floor']),
    expiresAt: Number(columns['expires_at']),
    horizon: Number(columns['horizon']),
    size: Number(columns['size']),
  }
}

function readRow(columns: Columns): Row {
  return {
    field: String(columns['field']),
    time: Number(columns['time']),
    writer: String(columns['writer']),
    tombstone: columns['tombstone'] !== 0,
    expiresAt: columns['expires_at'] === null ? null : Number(columns['expires_at']),
    body: columns['body'] as Uint8Array,
  }
}
