import { randomUUID } from 'node:crypto'
import { type Clock, ignore, OnejarError } from '../../core/index.ts'
import type {
  Backend,
  CommitOutcome,
  CommitPlan,
  Limits,
  Row,
  RowLock,
  RowSet,
  SessionRow,
} from '../backend.ts'
import type { PurgeReport, StoreVersion } from '../port.ts'
import { type Extent, parseVersion } from '../version.ts'
import { RedisConnection, type RedisStoreOptions } from './redis-connection.ts'
import { RedisWatch } from './redis-watch.ts'

/** The layout of the keys; see `redis-scripts.ts`. */
const LAYOUT = 1
const DAY_MS = 24 * 60 * 60_000
const SCAN_COUNT = 500
const EMPTY = Buffer.alloc(0)

/** One Redis server or cluster, shared by the processes of several machines. */
export class RedisBackend implements Backend {
  readonly #connection: RedisConnection
  readonly #prefix: string
  readonly #limits: Limits
  readonly #clock: Clock
  readonly #watch: RedisWatch
  readonly #instance = randomUUID()
  readonly #publish: 'PUBLISH' | 'SPUBLISH'

  private constructor(connection: RedisConnection, prefix: string, limits: Limits, clock: Clock) {
    this.#connection = connection
    this.#prefix = prefix
    this.#limits = limits
    this.#clock = clock
    this.#watch = new RedisWatch(connection, this.#instance)
    this.#publish = connection.isCluster ? 'SPUBLISH' : 'PUBLISH'
  }

  /** @throws OnejarError ONEJAR_BAD_OPTIONS, ONEJAR_STORE_UNAVAILABLE, ONEJAR_STORE_VERSION */
  static async open(
    url: string,
    options: RedisStoreOptions,
    limits: Limits,
    clock: Clock,
  ): Promise<RedisBackend> {
    const connection = await RedisConnection.open(url, options)
    const backend = new RedisBackend(connection, options.keyPrefix, limits, clock)
    try {
      await backend.#checkLayout()
      return backend
    } catch (error) {
      await backend.close()
      throw error
    }
  }

  async read(name: string, since: StoreVersion): Promise<RowSet> {
    const { retentionFloorMs, retentionCeilingMs } = this.#limits
    const grain = Math.min(DAY_MS, retentionFloorMs / 10)
    const [version, extent, rows, torn] = (await this.#connection.script('onejarRead', [
      ...this.#keys(name),
      this.#clock.now(),
      retentionFloorMs,
      retentionCeilingMs,
      grain,
      ...sinceArgs(since),
    ])) as [Buffer, Buffer, Buffer[], number]
    return {
      version: version.toString(),
      extent: extent.toString() as Extent,
      rows: unpackRows(rows),
      isTorn: torn === 1,
    }
  }

  async commit(name: string, plan: CommitPlan): Promise<CommitOutcome> {
    const rows = plan.rows.flatMap((row) => [
      row.field,
      row.time,
      row.writer,
      row.tombstone ? 1 : 0,
      row.expiresAt ?? '-',
      row.body,
      row.over ? 1 : 0,
      row.over ?? EMPTY,
    ])
    const [status, version, written, kept, refused, extent, changes, torn] = (await this.#connection.script(
      'onejarCommit',
      [
        ...this.#keys(name),
        this.#clock.now(),
        this.#limits.retentionFloorMs,
        this.#limits.retentionCeilingMs,
        this.#limits.maxSessionBytes,
        plan.label,
        plan.since === null ? 0 : 1,
        ...sinceArgs(plan.since ?? ''),
        randomUUID(),
        plan.fence?.purpose ?? '',
        plan.fence?.fence ?? 0,
        this.#publish,
        this.#instance,
        plan.partial ? 1 : 0,
        ...rows,
      ],
    )) as [Buffer, Buffer, number, Buffer[], Buffer[], Buffer, Buffer[], number]
    const outcome = status.toString()
    if (outcome !== 'done') return { status: outcome as 'too-large' | 'lock-lost' }
    return {
      status: 'done',
      version: version.toString(),
      written,
      kept: unpackRows(kept),
      refused: refused.map((field) => field.toString('latin1')),
      changes:
        plan.since === null
          ? null
          : {
              version: version.toString(),
              extent: extent.toString() as Extent,
              rows: unpackRows(changes),
              isTorn: torn === 1,
            },
    }
  }

  async drop(name: string, rows: readonly Row[]): Promise<void> {
    const args = rows.flatMap((row) => [row.field, row.body])
    await this.#connection.script('onejarDrop', [...this.#keys(name), this.#clock.now(), ...args])
  }

  watch(name: string, onChange: (version: StoreVersion | null) => void): Promise<() => Promise<void>> {
    return this.#watch.add(this.#key(name, 'news'), onChange)
  }

  async acquireLock(name: string, purpose: string, ttlMs: number): Promise<RowLock | null> {
    const token = randomUUID()
    try {
      const fence = await this.#connection.script('onejarLock', [...this.#keys(name), purpose, token, ttlMs])
      return fence === null ? null : { fence: Number(String(fence)), token }
    } catch (error) {
      // Its answer may be what was lost: then nobody knows that they hold it, and all would wait until it lapses.
      this.releaseLock(name, purpose, token).catch(ignore)
      throw error
    }
  }

  extendLock(name: string, purpose: string, token: string, ttlMs: number): Promise<boolean> {
    return this.#extend(name, purpose, token, Math.max(1, ttlMs))
  }

  async releaseLock(name: string, purpose: string, token: string): Promise<void> {
    await this.#extend(name, purpose, token, 0)
  }

  async *list(): AsyncIterable<SessionRow> {
    for await (const name of this.#names()) {
      const row = await this.#describe(name)
      if (row) yield row
    }
  }

  async remove(name: string): Promise<boolean> {
    const args = [this.#clock.now(), this.#limits.tombstoneMs, this.#publish, this.#instance]
    return (await this.#connection.script('onejarRemove', [...this.#keys(name), ...args])) === 1
  }

  async purge(): Promise<PurgeReport> {
    let sessions = 0
    let entries = 0
    for await (const name of this.#names()) {
      const purged = await this.#purge(name, 'expired')
      if (purged < 0) sessions++
      else entries += purged
    }
    return { sessions, entries }
  }

  async purgeSession(name: string, what: 'expired' | 'deletions'): Promise<number> {
    return Math.max(0, await this.#purge(name, what))
  }

  async readFacts(): Promise<ReadonlyMap<string, Uint8Array>> {
    const facts = await this.#connection.run((client) => client.hgetallBuffer(this.#factsKey))
    return new Map(Object.entries(facts))
  }

  async swapFact(fact: string, was: Uint8Array | null, value: Uint8Array): Promise<boolean> {
    const args = [fact, was === null ? 0 : 1, was ?? EMPTY, value]
    return (await this.#connection.script('onejarSwap', [this.#factsKey, ...args])) === 1
  }

  async close(): Promise<void> {
    this.#watch.close()
    this.#connection.close()
  }

  async #checkLayout(): Promise<void> {
    await this.swapFact('layout', null, Buffer.from(String(LAYOUT)))
    const found = Number(Buffer.from((await this.readFacts()).get('layout') ?? EMPTY).toString())
    if (found === LAYOUT) return
    throw new OnejarError(
      'ONEJAR_STORE_VERSION',
      `The store has layout ${found}, and this Onejar knows layouts up to ${LAYOUT}`,
      { details: { found, known: LAYOUT } },
    )
  }

  async #extend(name: string, purpose: string, token: string, ttlMs: number): Promise<boolean> {
    const args = [purpose, token, ttlMs, this.#clock.now(), this.#publish, this.#instance]
    return (await this.#connection.script('onejarExtend', [...this.#keys(name), ...args])) === 1
  }

  async #purge(name: string, what: 'expired' | 'deletions'): Promise<number> {
    const args = [...this.#keys(name), this.#clock.now(), what]
    return (await this.#connection.script('onejarPurge', args)) as number
  }

  async #describe(name: string): Promise<SessionRow | null> {
    const [label, created, written, expires, count, size] = await this.#connection.run((client) =>
      client.hmgetBuffer(this.#key(name, 'meta'), 'label', 'created', 'written', 'expires', 'count', 'size'),
    )
    const [createdAt, writtenAt, expiresAt, entries, sizeBytes] = [
      created,
      written,
      expires,
      count,
      size,
    ].map((digits) => Number(digits ?? Number.NaN)) as [number, number, number, number, number]
    // Whoever uses it will see what is wrong with it, and say so.
    const isWhole = [createdAt, writtenAt, expiresAt, entries, sizeBytes].every(Number.isSafeInteger)
    if (!label || !isWhole || entries === 0 || expiresAt <= this.#clock.now()) return null
    return { name, label, createdAt, writtenAt, expiresAt, entries, sizeBytes }
  }

  /** The names of all sessions, each once. */
  async *#names(): AsyncIterable<string> {
    const before = `${this.#prefix}:{`
    const after = '}:meta'
    const seen = new Set<string>()
    for (const master of this.#connection.masters()) {
      let cursor = '0'
      do {
        const [next, keys] = await this.#connection.run(() =>
          master.scan(cursor, 'MATCH', `${before}*${after}`, 'COUNT', SCAN_COUNT, 'TYPE', 'hash'),
        )
        cursor = next
        for (const key of keys) {
          const name = key.slice(before.length, -after.length)
          if (!seen.has(name)) yield name
          seen.add(name)
        }
      } while (cursor !== '0')
    }
  }

  async send(name: string, body: Uint8Array): Promise<number> {
    const channel = this.#key(name, 'messages')
    const message = `${Buffer.from(body).toString('base64url')} ${this.#instance}`
    const heard = (await this.#connection.run((client) =>
      client.call(this.#publish, channel, message),
    )) as number
    // This instance is among them where it listens.
    return this.#watch.has(channel) ? heard - 1 : heard
  }

  listen(name: string, onMessage: (body: Uint8Array) => void): Promise<() => Promise<void>> {
    return this.#watch.add(this.#key(name, 'messages'), (text) => {
      if (text) onMessage(Buffer.from(text, 'base64url'))
    })
  }

  get #factsKey(): string {
    return `${this.#prefix}:facts`
  }

  #keys(name: string): string[] {
    return ['meta', 'entries', 'numbers', 'locks', 'news'].map((part) => this.#key(name, part))
  }

  #key(name: string, part: string): string {
    return `${this.#prefix}:{${name}}:${part}`
  }
}

/** Epoch and number of a version; what is none becomes an epoch that no session has. */
function sinceArgs(since: StoreVersion): [string, number] {
  if (since === '') return ['', 0]
  const { epoch, number } = parseVersion(since)
  return [epoch === '' ? '?' : epoch, number]
}

const LINE_FEED = 0x0a

/** Rows as the scripts give them: field, packed row, field, packed row, and so on. */
function unpackRows(flat: readonly Buffer[]): Row[] {
  const rows: Row[] = []
  for (let at = 0; at + 1 < flat.length; at += 2) {
    const packed = flat[at + 1]!
    const head = packed.indexOf(LINE_FEED)
    const [time, writer = '', , tombstone, expires] = packed
      .toString('latin1', 0, Math.max(0, head))
      .split(' ')
    rows.push({
      field: flat[at]!.toString('latin1'),
      time: Number(time),
      writer,
      tombstone: tombstone === '1',
      expiresAt: expires === '-' ? null : Number(expires),
      body: packed.subarray(head + 1),
    })
  }
  return rows
}
