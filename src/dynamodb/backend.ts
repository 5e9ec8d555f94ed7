import { OnejarError } from '../core/index.ts'
import {
  type Backend,
  type CommitOutcome,
  type CommitPlan,
  type PurgeReport,
  type Row,
  type RowLock,
  type RowSet,
  type SessionRow,
  type StoreContext,
  type StoreVersion,
  sameBytes,
  sessionExpiry,
} from '../store/index.ts'
import { Commit } from './commit.ts'
import {
  count,
  HEAD,
  type Head,
  type HeadState,
  headKey,
  type Item,
  type LogEntry,
  partition,
  pulseAt,
  randomId,
  readHead,
  type StoredRow,
} from './items.ts'
import { Locks } from './locks.ts'
import { Polling } from './polling.ts'
import { asExpected, type Connection, Requests } from './requests.ts'
import { SessionTable } from './session-table.ts'
import { Turns } from './turns.ts'

/** The layout of the items; see `items.ts`. */
const LAYOUT = 1
const DAY_MS = 24 * 60 * 60_000
/** How many rows one change drops at most. */
const DROPS = 1000

/** One DynamoDB table, shared by the processes of several machines. */
export class DynamodbBackend implements Backend {
  readonly #connection: Connection
  readonly #context: StoreContext
  readonly #polling: Polling
  readonly #turns = new Turns()

  private constructor(connection: Connection, context: StoreContext, pollMs: number) {
    this.#connection = connection
    this.#context = context
    this.#polling = new Polling(connection, context.keyPrefix, pollMs, () => context.clock.now())
  }

  /** @throws OnejarError ONEJAR_STORE_UNAVAILABLE, ONEJAR_STORE_VERSION */
  static async open(connection: Connection, context: StoreContext, pollMs: number): Promise<DynamodbBackend> {
    const backend = new DynamodbBackend(connection, context, pollMs)
    await backend.#checkLayout()
    return backend
  }

  async read(name: string, since: StoreVersion): Promise<RowSet> {
    const table = this.#table(name)
    const { state, version, extent, rows, isTorn } = await table.changes(since)
    // The rows were read: a failure to record the use of the session does not matter.
    await this.#use(table, state).catch(() => {})
    return { version, extent, rows, isTorn }
  }

  commit(name: string, plan: CommitPlan): Promise<CommitOutcome> {
    return this.#change(name, (table, db) => {
      const { limits } = this.#context
      const onChange = (before: string, after: string) => this.#polling.wrote(name, before, after)
      return new Commit(name, plan, { db, table, limits, now: this.#now, onChange }).run()
    })
  }

  drop(name: string, rows: readonly Row[]): Promise<void> {
    return this.#change(name, async (table, db) => {
      for (let at = 0; at < rows.length; at += DROPS) {
        const some = rows.slice(at, at + DROPS)
        await this.#changed(db, table, async (state) => {
          if (state.head === null) return true
          const stored = await table.rows(
            state.head,
            some.map(({ field }) => field),
          )
          const gone = some.flatMap((row) => {
            const is = stored.get(row.field)
            return is && sameBytes(is.body, row.body) ? [is] : []
          })
          return this.#dropRows(table, state, gone)
        })
      }
    })
  }

  watch(name: string, onChange: (version: StoreVersion | null) => void): Promise<() => Promise<void>> {
    return this.#polling.add(name, onChange)
  }

  acquireLock(name: string, purpose: string, ttlMs: number): Promise<RowLock | null> {
    return this.#locks(name).acquire(purpose, ttlMs)
  }

  extendLock(name: string, purpose: string, token: string, ttlMs: number): Promise<boolean> {
    return this.#locks(name).extend(purpose, token, ttlMs)
  }

  releaseLock(name: string, purpose: string, token: string): Promise<void> {
    return this.#polling.own(name, async () => {
      const pulses = await this.#locks(name).release(purpose, token)
      if (pulses) this.#polling.wrote(name, pulses.before, pulses.after)
    })
  }

  async *list(): AsyncIterable<SessionRow> {
    const attributes = [
      'sk',
      'rev',
      'ep',
      'g',
      'n',
      'fl',
      'ex',
      'ho',
      'sz',
      'ct',
      'cr',
      'wr',
      'ru',
      'nm',
      'lb',
    ]
    for await (const item of this.#requests().scan(this.#partitions, attributes)) {
      const { head } = readHead(item['sk']?.S === HEAD ? item : undefined, this.#now())
      if (head === null || head.count === 0) continue
      const { name, label, createdAt, writtenAt, expiresAt, count: entries, size: sizeBytes } = head
      yield { name, label, createdAt, writtenAt, expiresAt, entries, sizeBytes }
    }
  }

  remove(name: string): Promise<boolean> {
    return this.#change(name, async (table, db) => {
      let existed = false
      await this.#changed(db, table, async (state) => {
        const { head } = state
        if (head === null || head.count === 0) return true
        const number = head.number + 1
        const expiresAt = this.#now() + this.#context.limits.tombstoneMs
        const gone = { floor: number, size: 0, count: 0, horizon: 0, label: new Uint8Array() }
        const next = { ...head, ...gone, number, expiresAt, generation: randomId(), rowsUntil: expiresAt }
        if ((await table.change(state, next, [])) === null) return false
        existed = true
        this.#polling.wrote(name, state.pulse, pulseAt(state.pulse, next))
        return true
      })
      await table.sweep()
      return existed
    })
  }

  async purge(): Promise<PurgeReport> {
    let sessions = 0
    let entries = 0
    for (const { pk, ...work } of await this.#purgeable()) {
      const db = this.#requests()
      const table = new SessionTable(db, pk, this.#now)
      if (work.locks.length > 0) await this.#dropLocks(db, pk, work.locks)
      if (work.isOver) {
        const state = await table.head()
        if (state.head === null && state.revision !== null && (await table.erase(state))) sessions++
      } else if (work.hasExpired) entries += await this.#purgeTable(db, table, 'expired')
      if (work.hasWaste) await table.sweep()
    }
    return { sessions, entries }
  }

  purgeSession(name: string, what: 'expired' | 'deletions'): Promise<number> {
    return this.#change(name, (table, db) => this.#purgeTable(db, table, what))
  }

  async readFacts(): Promise<ReadonlyMap<string, Uint8Array>> {
    const facts = new Map<string, Uint8Array>()
    for await (const item of this.#requests().query(this.#facts, '')) {
      if (item['sk']?.S !== undefined && item['v']?.B) facts.set(item['sk'].S, item['v'].B)
    }
    return facts
  }

  swapFact(fact: string, was: Uint8Array | null, value: Uint8Array): Promise<boolean> {
    const item: Item = { pk: { S: this.#facts }, sk: { S: fact }, v: { B: value } }
    return this.#requests().put(item, asExpected({ v: was === null ? null : { B: was } }))
  }

  async close(): Promise<void> {
    // The client belongs to the caller, who closes it.
    this.#polling.close()
  }

  readonly #now = (): number => this.#context.clock.now()

  get #facts(): string {
    return `${this.#context.keyPrefix}/facts`
  }

  get #partitions(): string {
    return `${this.#context.keyPrefix}/s/`
  }

  #requests(): Requests {
    return new Requests(this.#connection)
  }

  #table(name: string, db = this.#requests()): SessionTable {
    return new SessionTable(db, partition(this.#context.keyPrefix, name), this.#now)
  }

  #locks(name: string): Locks {
    return new Locks(this.#requests(), partition(this.#context.keyPrefix, name), this.#now)
  }

  #change<T>(name: string, job: (table: SessionTable, db: Requests) => Promise<T>): Promise<T> {
    return this.#turns.take(name, () =>
      this.#polling.own(name, () => {
        const db = this.#requests()
        return job(this.#table(name, db), db)
      }),
    )
  }

  /** Repeats a change until no other change came in between. */
  async #changed(
    db: Requests,
    table: SessionTable,
    attempt: (state: HeadState) => Promise<boolean>,
  ): Promise<void> {
    for (;;) {
      const state = await table.head()
      await table.settle(state)
      if (await attempt(state)) return
      await db.backOff('others keep changing the session')
    }
  }

  async #purgeTable(db: Requests, table: SessionTable, what: 'expired' | 'deletions'): Promise<number> {
    let purged = 0
    await this.#changed(db, table, async (state) => {
      if (state.head === null) return true
      const now = this.#now()
      const all = await table.outline(state.head)
      const old = all.filter(
        ({ expiresAt, tombstone }) =>
          (expiresAt !== null && expiresAt <= now) || (tombstone && what === 'deletions'),
      )
      const some = old.slice(0, DROPS)
      const floor = Math.max(state.head.floor, ...some.map((row) => (row.tombstone ? row.number : 0)))
      // All rows have been read here, so they are counted again.
      const total = { floor, count: all.length, size: bytesOf(all) }
      if (!(await this.#dropRows(table, state, some, total))) return false
      purged += some.length
      db.goOn()
      return some.length === old.length
    })
    return purged
  }

  /** @param is - the state that the head has to have before the rows are deleted */
  async #dropRows(
    table: SessionTable,
    state: HeadState,
    rows: readonly StoredRow[],
    is: Partial<Pick<Head, 'floor' | 'count' | 'size'>> = {},
  ): Promise<boolean> {
    if (state.head === null || rows.length === 0) return true
    const head = { ...state.head, ...is }
    const size = Math.max(0, head.size - bytesOf(rows))
    const next = { ...head, size, count: Math.max(0, head.count - rows.length) }
    const log: LogEntry[] = rows.map(({ field, number }) => ({ delete: { field, number } }))
    const after = await table.change(state, next, log)
    if (after === null) return false
    await table.settle(after)
    await table.forget(head.generation, rows)
    return true
  }

  /** A read counts as use of the session. It is recorded only now and then, because it costs a write. */
  async #use(table: SessionTable, state: HeadState): Promise<void> {
    const { head, revision } = state
    if (head === null || revision === null || head.count === 0) return
    const { limits } = this.#context
    const expiresAt = sessionExpiry(this.#now(), head.horizon, limits)
    const grain = Math.min(DAY_MS, limits.retentionFloorMs / 10)
    if (expiresAt - head.expiresAt <= grain && head.expiresAt <= head.rowsUntil) return
    const rowsUntil = expiresAt > head.rowsUntil ? expiresAt + limits.retentionFloorMs : head.rowsUntil
    // A writer that has died or is slow may not have put all rows yet.
    await table.settle(state)
    await table.keepUntil(head, revision, Math.max(expiresAt, head.expiresAt), rowsUntil)
  }

  /** The partitions with something to drop. Reads the whole table. */
  async #purgeable(): Promise<Purgeable[]> {
    const now = this.#now()
    const found: Purgeable[] = []
    let last: (Purgeable & Seen) | undefined
    const end = () => {
      if (!last) return
      const { generations, head, parts, named, ...work } = last
      const { revision } = readHead(head ?? undefined, now)
      work.isOver = revision !== null && (count(head?.['ex']) ?? 0) <= now
      generations.delete(revision === null ? '' : (head?.['g']?.S ?? ''))
      work.hasWaste = generations.size > 0 || [...parts].some((id) => !named.has(id))
      if (work.isOver || work.hasExpired || work.hasWaste || work.locks.length > 0) found.push(work)
    }
    const attributes = ['sk', 'rev', 'ex', 'g', 'x', 'p', 'un', 'ttl']
    for await (const item of this.#requests().scan(this.#partitions, attributes)) {
      const pk = item['pk']?.S ?? ''
      const sk = item['sk']?.S ?? ''
      if (last?.pk !== pk) {
        end()
        last = { ...nothingSeen(), pk }
      }
      const [kind, generation = '', id = ''] = sk.split('/')
      if (sk === HEAD) last.head = item
      if (kind === 'e' || kind === 'p') last.generations.add(generation)
      if (kind === 'p') last.parts.add(id)
      if (item['p']?.S !== undefined) last.named.add(item['p'].S)
      if (kind === 'e' && (count(item['x']) ?? now + 1) <= now) last.hasExpired = true
      if (kind === 'l' && (count(item['ttl']) ?? 0) * 1000 <= now) last.locks.push(item)
    }
    end()
    return found
  }

  async #dropLocks(db: Requests, pk: string, locks: readonly Item[]): Promise<void> {
    await db.each(locks, ({ sk, un }) =>
      db.delete({ ...headKey(pk), sk: sk! }, asExpected({ un: un ?? null })),
    )
  }

  async #checkLayout(): Promise<void> {
    await this.swapFact('layout', null, Buffer.from(String(LAYOUT)))
    const found = Number(Buffer.from((await this.readFacts()).get('layout') ?? []).toString())
    if (found === LAYOUT) return
    throw new OnejarError(
      'ONEJAR_STORE_VERSION',
      `The store has layout ${found}, and this Onejar knows layouts up to ${LAYOUT}`,
      { details: { found, known: LAYOUT } },
    )
  }
}

function bytesOf(rows: readonly StoredRow[]): number {
  return rows.reduce((sum, row) => sum + row.field.length + row.bodyBytes, 0)
}

interface Purgeable {
  readonly pk: string
  isOver: boolean
  hasExpired: boolean
  hasWaste: boolean
  readonly locks: Item[]
}

/** What has been found in the items of a partition so far. */
interface Seen {
  head: Item | null
  readonly generations: Set<string>
  /** The ids of bodies that are kept in parts, and the ids that rows refer to. */
  readonly parts: Set<string>
  readonly named: Set<string>
}

function nothingSeen(): Omit<Purgeable, 'pk'> & Seen {
  const seen = {
    head: null,
    generations: new Set<string>(),
    parts: new Set<string>(),
    named: new Set<string>(),
  }
  return { ...seen, isOver: false, hasExpired: false, hasWaste: false, locks: [] }
}
