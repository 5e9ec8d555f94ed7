import type { StoreVersion } from '../store/index.ts'
import { catchUp, type Extent, type RowChange, rowSize } from '../store/index.ts'
import {
  type Head,
  type HeadState,
  headAttributes,
  headKey,
  INLINE_BYTES,
  type Item,
  LOG_BYTES,
  type LogEntry,
  logAttribute,
  number,
  PART_BYTES,
  randomId,
  readHead,
  readRow,
  rowAttributes,
  rowKey,
  type StoredRow,
  seconds,
  versionOf,
} from './items.ts'
import { asExpected, isOlder, type Requests } from './requests.ts'

/** The result of a read. */
export interface Found {
  readonly state: HeadState
  readonly version: StoreVersion
  readonly extent: Extent
  readonly rows: readonly StoredRow[]
  readonly isTorn: boolean
}

/** How many bytes a row takes in the head beside its body: names of attributes, numbers and DynamoDB's own overhead. */
const ROW_BYTES = 140
const MAX_PASSES = 5
/** How long parts are kept that no row refers to, in milliseconds: the row may be written later. */
const PARTS_GRACE_MS = 60 * 60_000

/**
 * The items of one session. A change is one conditional write of the head, which holds the changed rows; afterwards each row is
 * put as an item of its own. When a writer dies before it has put them, others read the rows from the head, and put them before
 * the next change.
 */
export class SessionTable {
  readonly #db: Requests
  readonly #now: () => number
  readonly pk: string

  constructor(db: Requests, pk: string, now: () => number) {
    this.#db = db
    this.pk = pk
    this.#now = now
  }

  async head(): Promise<HeadState> {
    return readHead(await this.#db.get(headKey(this.pk)), this.#now())
  }

  /** The changes since a version, all of one moment. */
  async changes(since: StoreVersion): Promise<Found> {
    for (let pass = 0; ; pass++) {
      const state = await this.head()
      const { head } = state
      const { extent, above } = catchUp(since, head)
      if (head === null) {
        if (state.isDamaged) return this.#giveUp(state, since)
        return { state, version: '', extent, rows: [], isTorn: false }
      }
      const { rows, whole } = await this.#rowsAbove(head, above)
      if (!whole) {
        // Usually a change came in between. If none did, parts have been deleted.
        const again = await this.head()
        if (again.revision === state.revision) return this.#giveUp(state, since)
        if (pass < MAX_PASSES) continue
      }
      return { state, version: versionOf(head), extent, rows, isTorn: false }
    }
  }

  /** The rows of these fields, with their bodies. */
  async rows(head: Head, fields: readonly string[]): Promise<Map<string, StoredRow>> {
    const keys = [...new Set(fields)].map((field) => rowKey(this.pk, head.generation, field))
    const rows = new Map<string, StoredRow>()
    for (const item of await this.#db.getAll(keys)) {
      const row = readRow(item)
      rows.set(row.field, row)
    }
    await this.#db.each([...rows.values()], async (row) => {
      // A row whose body lacks parts counts as absent: any write replaces it, whatever its stamp.
      if (row.parts !== null) rows.set(row.field, (await this.#withBody(head, row)) ?? { ...row, time: -1 })
    })
    return rows
  }

  /** The fields, expiry and sizes of all rows, without bodies. */
  async outline(head: Head): Promise<StoredRow[]> {
    const rows: StoredRow[] = []
    const names = {
      '#f': 'f',
      '#t': 't',
      '#w': 'w',
      '#n': 'n',
      '#z': 'z',
      '#d': 'd',
      '#x': 'x',
      '#p': 'p',
      '#q': 'q',
    }
    const ProjectionExpression = [...Object.keys(names), '#sk'].join(', ')
    for await (const item of this.#db.query(this.pk, `e/${head.generation}/`, {
      ProjectionExpression,
      names,
    })) {
      rows.push(readRow(item))
    }
    return rows
  }

  /** Puts the rows that a change has left in the head as items of their own. */
  async settle({ head, revision }: HeadState): Promise<void> {
    if (head === null || revision === null || head.log.length === 0) return
    await this.#db.each(head.log, (entry) => this.#apply(head, entry))
    await this.#db.update(headKey(this.pk), {}, { rev: { S: revision } }, ['lg'])
  }

  /**
   * Makes one change, as a whole or not at all.
   *
   * @param mark - the lock mark that the head must still have; absent where it does not matter
   * @returns the state after it; null when somebody else has changed the session meanwhile
   */
  async change(
    was: HeadState,
    head: Omit<Head, 'log'>,
    log: readonly LogEntry[],
    mark?: string | null,
  ): Promise<HeadState | null> {
    const revision = randomId()
    const set = { ...headAttributes({ ...head, log }), rev: { S: revision }, lg: logAttribute(log) }
    const expected = {
      rev: was.revision === null ? null : { S: was.revision },
      ...(mark === undefined ? {} : { lk: mark === null ? null : { S: mark } }),
    }
    if (!(await this.#db.update(headKey(this.pk), set, expected))) return null
    return { ...was, head: { ...head, log }, revision, isDamaged: false }
  }

  /** Writes the bodies that are too large for their rows, in parts. Nobody reads them before a change refers to them. */
  async store(
    rows: readonly RowChange[],
    { generation, number: at, rowsUntil }: Pick<Head, 'generation' | 'number' | 'rowsUntil'>,
  ): Promise<StoredRow[]> {
    const parts: Item[] = []
    const stored = rows.map((row): StoredRow => {
      const { field, time, writer, tombstone, expiresAt, body } = row
      const common = { field, time, writer, tombstone, expiresAt, body, number: at, bodyBytes: body.length }
      if (body.length <= INLINE_BYTES) return { ...common, parts: null }
      const id = randomId()
      const count = Math.ceil(body.length / PART_BYTES)
      for (let part = 0; part < count; part++) {
        parts.push({
          ...this.#partKey(generation, id, part),
          b: { B: body.subarray(part * PART_BYTES, (part + 1) * PART_BYTES) },
          at: number(this.#now()),
          ttl: seconds(rowsUntil),
        })
      }
      return { ...common, parts: { id, count } }
    })
    await this.#db.putAll(parts)
    return stored
  }

  /** Deletes the parts of bodies that no row refers to any more. */
  async forget(generation: string, rows: readonly StoredRow[]): Promise<void> {
    const keys = rows.flatMap(({ parts }) =>
      Array.from({ length: parts?.count ?? 0 }, (_, part) => this.#partKey(generation, parts!.id, part)),
    )
    await this.#db.deleteAll(keys)
  }

  /** Sets the time until which DynamoDB keeps the items of all rows, and records it in the head. */
  async keepUntil(head: Head, revision: string, expiresAt: number, rowsUntil: number): Promise<void> {
    if (rowsUntil > head.rowsUntil) {
      for (const kind of ['e', 'p']) {
        const keys = await this.#keys(`${kind}/${head.generation}/`)
        await this.#db.each(keys, ({ pk, sk }) =>
          this.#db.update({ pk: pk!, sk: sk! }, { ttl: seconds(rowsUntil) }, { pk: pk! }),
        )
      }
    }
    const set = {
      ex: number(expiresAt),
      ttl: seconds(expiresAt),
      ru: number(Math.max(head.rowsUntil, rowsUntil)),
    }
    await this.#db.update(headKey(this.pk), set, { rev: { S: revision } })
  }

  /** Deletes the head of a session that has expired or lacks parts, and then its other items. */
  async erase(state: HeadState): Promise<boolean> {
    const rev = state.revision === null ? null : { S: state.revision }
    if (!(await this.#db.delete(headKey(this.pk), asExpected({ rev })))) return false
    await this.sweep()
    return true
  }

  /** Deletes the rows and parts that belong to no session, or to an earlier generation. */
  async sweep(): Promise<void> {
    const { head } = await this.head()
    const named = new Set(
      (head?.log ?? []).map((entry) => ('put' in entry ? entry.put.parts?.id : undefined)),
    )
    const old: Item[] = []
    const generationOf = ({ sk }: Item) => sk?.S?.split('/')[1]
    for await (const item of this.#db.query(this.pk, 'e/', PROJECTED)) {
      if (head && generationOf(item) === head.generation) named.add(item['p']?.S)
      else old.push(item)
    }
    for await (const item of this.#db.query(this.pk, 'p/', PROJECTED)) {
      const isOurs = head !== null && generationOf(item) === head.generation
      if (isOurs && named.has(item['sk']?.S?.split('/')[2])) continue
      if (Number(item['at']?.N ?? 0) + (head === null || isOurs ? PARTS_GRACE_MS : 0) <= this.#now())
        old.push(item)
    }
    await this.#db.deleteAll(old.map(({ pk, sk }) => ({ pk: pk!, sk: sk! })))
  }

  async #apply(head: Head, entry: LogEntry): Promise<void> {
    if ('delete' in entry) {
      const { field, number: at } = entry.delete
      await this.#db.delete(rowKey(this.pk, head.generation, field), isOlder(at, true))
      return
    }
    const item = {
      ...rowKey(this.pk, head.generation, entry.put.field),
      ...rowAttributes(entry.put),
      ttl: seconds(head.rowsUntil),
    }
    await this.#db.put(item, isOlder(entry.put.number, false))
  }

  /** The rows above a number. They are incomplete when a change came in between, or parts are missing. */
  async #rowsAbove(head: Head, above: number): Promise<{ rows: StoredRow[]; whole: boolean }> {
    if (above >= head.number) return { rows: [], whole: true }
    const rows = new Map<string, StoredRow>()
    const filter =
      above === 0
        ? {}
        : { FilterExpression: '#n > :n', names: { '#n': 'n' }, values: { ':n': number(above) } }
    for await (const item of this.#db.query(this.pk, `e/${head.generation}/`, filter)) {
      const row = readRow(item)
      rows.set(row.field, row)
    }
    let whole = ![...rows.values()].some((row) => row.number > head.number)
    for (const entry of head.log) {
      if ('delete' in entry) {
        const stored = rows.get(entry.delete.field)
        if (stored && stored.number <= entry.delete.number) rows.delete(stored.field)
      } else if (entry.put.number > above && (rows.get(entry.put.field)?.number ?? -1) < entry.put.number) {
        rows.set(entry.put.field, entry.put)
      }
    }
    if (above === 0 && rows.size < head.count) whole = false
    await this.#db.each([...rows.values()], async (row) => {
      if (row.parts === null) return
      const complete = await this.#withBody(head, row)
      if (complete) rows.set(row.field, complete)
      else {
        rows.delete(row.field)
        whole = false
      }
    })
    return { rows: [...rows.values()], whole }
  }

  async #withBody(head: Head, row: StoredRow): Promise<StoredRow | null> {
    if (row.parts === null) return row
    const { id, count } = row.parts
    const parts: Uint8Array[] = []
    for await (const item of this.#db.query(this.pk, `p/${head.generation}/${id}/`)) {
      if (item['b']?.B) parts.push(item['b'].B)
    }
    const body = Buffer.concat(parts)
    return parts.length === count && body.length === row.bodyBytes ? { ...row, body } : null
  }

  /** Deletes a session that lacks parts: a part of a session is of no use. */
  async #giveUp(state: HeadState, since: StoreVersion): Promise<Found> {
    await this.erase(state)
    const extent = since === '' ? 'changes' : 'reset'
    const gone = { ...state, head: null, revision: null }
    return { state: gone, version: '', extent, rows: [], isTorn: true }
  }

  async #keys(begin: string): Promise<Item[]> {
    const keys: Item[] = []
    for await (const { pk, sk } of this.#db.query(this.pk, begin, PROJECTED)) keys.push({ pk: pk!, sk: sk! })
    return keys
  }

  #partKey(generation: string, id: string, part: number): Item {
    return {
      pk: { S: this.pk },
      sk: { S: `p/${generation}/${id}/${String(part).padStart(4, '0')}` },
    }
  }
}

const PROJECTED = { ProjectionExpression: '#pk, #sk, #p, #at', names: { '#p': 'p', '#at': 'at' } }

/** The rows that fit into one change of a head: at least one. */
export function portionOf(rows: readonly RowChange[]): RowChange[] {
  let room = LOG_BYTES
  const portion: RowChange[] = []
  for (const row of rows) {
    const inline = row.body.length <= INLINE_BYTES ? rowSize(row) : row.field.length
    room -= ROW_BYTES + row.writer.length + inline
    if (room < 0 && portion.length > 0) break
    portion.push(row)
  }
  return portion
}
