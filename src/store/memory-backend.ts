import { randomUUID } from 'node:crypto'
import type { Clock } from '../core/index.ts'
import type {
  Backend,
  CommitOutcome,
  CommitPlan,
  Limits,
  Row,
  RowLock,
  RowSet,
  SessionRow,
} from './backend.ts'
import type { PurgeReport, StoreVersion } from './port.ts'
import { horizonOf, sessionExpiry } from './retention.ts'
import { rowSize, sameBytes, sortRows } from './rows.ts'
import { catchUp, formatVersion } from './version.ts'

interface MemorySession {
  readonly epoch: string
  number: number
  floor: number
  label: Uint8Array
  readonly createdAt: number
  writtenAt: number
  expiresAt: number
  horizon: number
  sizeBytes: number
  readonly rows: Map<string, MemoryRow>
}

/** A row, and with which version of its session it came. One plain object takes half the room of two made by spreading. */
class MemoryRow implements Row {
  readonly field: string
  readonly time: number
  readonly writer: string
  readonly tombstone: boolean
  readonly expiresAt: number | null
  readonly body: Uint8Array
  readonly number: number

  constructor({ field, time, writer, tombstone, expiresAt, body }: Row, number: number) {
    this.field = field
    this.time = time
    this.writer = writer
    this.tombstone = tombstone
    this.expiresAt = expiresAt
    this.body = body
    this.number = number
  }
}

const DAY_MS = 24 * 60 * 60_000

interface Watcher {
  readonly owner: MemoryBackend
  readonly onChange: (version: StoreVersion | null) => void
}

/** What several memory backends of one process share, as several processes share a file. */
export class MemorySpace {
  readonly sessions = new Map<string, MemorySession>()
  readonly facts = new Map<string, Uint8Array>()
  readonly locks = new Map<string, { token: string; fence: number; until: number }>()
  /** The greatest fence among the locks that are gone: it stands in for each of them. */
  goneFence = 0
  readonly watchers = new Map<string, Set<Watcher>>()
}

/** The backend that leaves no trace, and the one that says plainly what a backend does. */
export class MemoryBackend implements Backend {
  readonly #space: MemorySpace
  readonly #limits: Limits
  readonly #clock: Clock

  constructor(space: MemorySpace, limits: Limits, clock: Clock) {
    this.#space = space
    this.#limits = limits
    this.#clock = clock
  }

  async read(name: string, since: StoreVersion): Promise<RowSet> {
    const session = this.#find(name)
    if (session) this.#use(session)
    return rowsSince(session, since)
  }

  async commit(name: string, plan: CommitPlan): Promise<CommitOutcome> {
    if (plan.fence !== null) {
      if (this.#lastFence(lockName(name, plan.fence.purpose)) > plan.fence.fence)
        return { status: 'lock-lost' }
    }
    const session = this.#find(name) ?? this.#create(plan.label)
    const storedRow = (field: string) => session.rows.get(field) ?? null
    const sorted = sortRows(plan, storedRow, this.#limits.maxSessionBytes - session.sizeBytes)
    if (sorted === null) return { status: 'too-large' }
    const { winners, kept, refused, grown } = sorted
    const changes = plan.since === null ? null : rowsSince(session, plan.since)
    if (winners.length > 0) {
      this.#space.sessions.set(name, session)
      session.number++
      for (const row of winners) session.rows.set(row.field, new MemoryRow(row, session.number))
      session.sizeBytes += grown
      session.label = plan.label
      session.writtenAt = this.#clock.now()
      session.horizon = Math.max(session.horizon, horizonOf(winners))
      this.#use(session)
      this.#tell(name, formatVersion(session.epoch, session.number))
    }
    const exists = this.#space.sessions.has(name)
    return {
      status: 'done',
      version: exists ? formatVersion(session.epoch, session.number) : '',
      written: winners.length,
      kept,
      refused,
      changes: changes && changes.extent !== 'changes' ? rowsSince(session, plan.since ?? '') : changes,
    }
  }

  async drop(name: string, rows: readonly Row[]): Promise<void> {
    const session = this.#find(name)
    if (!session) return
    for (const row of rows) {
      const stored = session.rows.get(row.field)
      if (!stored || !sameBytes(stored.body, row.body)) continue
      session.rows.delete(row.field)
      session.sizeBytes -= rowSize(stored)
    }
  }

  async watch(name: string, onChange: (version: StoreVersion | null) => void): Promise<() => Promise<void>> {
    const watcher: Watcher = { owner: this, onChange }
    const watchers = this.#space.watchers.get(name) ?? new Set()
    this.#space.watchers.set(name, watchers.add(watcher))
    return async () => {
      watchers.delete(watcher)
      if (watchers.size === 0 && this.#space.watchers.get(name) === watchers)
        this.#space.watchers.delete(name)
    }
  }

  async acquireLock(name: string, purpose: string, ttlMs: number): Promise<RowLock | null> {
    const key = lockName(name, purpose)
    const now = this.#clock.now()
    const held = this.#space.locks.get(key)
    if (held && held.until > now) {
      // A clock that was set back must not keep it for longer than it was taken.
      held.until = Math.min(held.until, now + ttlMs)
      return null
    }
    const lock = { token: randomUUID(), fence: Math.max(this.#lastFence(key) + 1, now), until: now + ttlMs }
    this.#space.locks.set(key, lock)
    return { fence: lock.fence, token: lock.token }
  }

  async extendLock(name: string, purpose: string, token: string, ttlMs: number): Promise<boolean> {
    const lock = this.#space.locks.get(lockName(name, purpose))
    const now = this.#clock.now()
    if (lock?.token !== token || lock.until <= now) return false
    lock.until = now + ttlMs
    return true
  }

  async releaseLock(name: string, purpose: string, token: string): Promise<void> {
    const key = lockName(name, purpose)
    const lock = this.#space.locks.get(key)
    if (lock?.token !== token || lock.until <= this.#clock.now()) return
    this.#forgetLock(key, lock.fence)
    const session = this.#find(name)
    this.#tell(name, session ? formatVersion(session.epoch, session.number) : '')
  }

  async *list(): AsyncIterable<SessionRow> {
    for (const [name, session] of [...this.#space.sessions]) {
      if (session.expiresAt <= this.#clock.now() || session.rows.size === 0) continue
      yield {
        name,
        label: session.label,
        createdAt: session.createdAt,
        writtenAt: session.writtenAt,
        expiresAt: session.expiresAt,
        entries: session.rows.size,
        sizeBytes: session.sizeBytes,
      }
    }
  }

  async remove(name: string): Promise<boolean> {
    const session = this.#find(name)
    if (!session || session.rows.size === 0) return false
    session.rows.clear()
    session.sizeBytes = 0
    session.horizon = 0
    session.label = new Uint8Array()
    session.number++
    session.floor = session.number
    session.expiresAt = this.#clock.now() + this.#limits.tombstoneMs
    this.#tell(name, formatVersion(session.epoch, session.number))
    return true
  }

  async purge(): Promise<PurgeReport> {
    let sessions = 0
    let entries = 0
    const longAgo = this.#clock.now() - DAY_MS
    for (const [key, { until, fence }] of this.#space.locks) if (until < longAgo) this.#forgetLock(key, fence)
    for (const [name, session] of [...this.#space.sessions]) {
      if (session.expiresAt <= this.#clock.now()) {
        this.#space.sessions.delete(name)
        sessions++
      } else entries += await this.purgeSession(name, 'expired')
    }
    return { sessions, entries }
  }

  async purgeSession(name: string, what: 'expired' | 'deletions'): Promise<number> {
    const session = this.#find(name)
    if (!session) return 0
    const now = this.#clock.now()
    let purged = 0
    for (const [field, row] of session.rows) {
      const isExpired = row.expiresAt !== null && row.expiresAt <= now
      if (!isExpired && !(row.tombstone && what === 'deletions')) continue
      session.rows.delete(field)
      session.sizeBytes -= rowSize(row)
      if (row.tombstone) session.floor = Math.max(session.floor, row.number)
      purged++
    }
    return purged
  }

  async readFacts(): Promise<ReadonlyMap<string, Uint8Array>> {
    return new Map(this.#space.facts)
  }

  async swapFact(fact: string, was: Uint8Array | null, value: Uint8Array): Promise<boolean> {
    const is = this.#space.facts.get(fact) ?? null
    if (is === null ? was !== null : was === null || !sameBytes(is, was)) return false
    this.#space.facts.set(fact, value)
    return true
  }

  async close(): Promise<void> {
    for (const [name, watchers] of this.#space.watchers) {
      for (const watcher of watchers) if (watcher.owner === this) watchers.delete(watcher)
      if (watchers.size === 0) this.#space.watchers.delete(name)
    }
  }

  /** Nobody may write under the lock any more: it was given back, or its holder has been dead for a day. */
  #forgetLock(key: string, fence: number): void {
    this.#space.locks.delete(key)
    this.#space.goneFence = Math.max(this.#space.goneFence, fence)
  }

  /** The fence of the lock's last holder, or one that is no smaller where it is gone. */
  #lastFence(key: string): number {
    return this.#space.locks.get(key)?.fence ?? this.#space.goneFence
  }

  #find(name: string): MemorySession | undefined {
    const session = this.#space.sessions.get(name)
    if (!session || session.expiresAt > this.#clock.now()) return session
    this.#space.sessions.delete(name)
    return undefined
  }

  #create(label: Uint8Array): MemorySession {
    const now = this.#clock.now()
    return {
      epoch: randomUUID(),
      number: 0,
      floor: 0,
      label,
      createdAt: now,
      writtenAt: now,
      expiresAt: 0,
      horizon: 0,
      sizeBytes: 0,
      rows: new Map(),
    }
  }

  #use(session: MemorySession): void {
    if (session.rows.size === 0) return
    session.expiresAt = sessionExpiry(this.#clock.now(), session.horizon, this.#limits)
  }

  #tell(name: string, version: StoreVersion): void {
    for (const watcher of this.#space.watchers.get(name) ?? []) {
      if (watcher.owner !== this) queueMicrotask(() => watcher.onChange(version))
    }
  }
}

function rowsSince(session: MemorySession | undefined, since: StoreVersion): RowSet {
  const { extent, above } = catchUp(since, session ?? null)
  const rows: Row[] = []
  for (const row of session?.rows.values() ?? []) if (row.number > above) rows.push(row)
  return {
    version: session && session.number > 0 ? formatVersion(session.epoch, session.number) : '',
    extent,
    rows,
  }
}

function lockName(name: string, purpose: string): string {
  return `${name}\n${purpose}`
}
