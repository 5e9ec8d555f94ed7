import type { CommitPlan, Row, RowChange } from './backend.ts'

/**
 * What a row counts towards the size of its session, in bytes: the same in each backend.
 *
 * @example
 * ```ts
 * import { type Row, rowSize } from 'onejar/store-kit'
 *
 * const sizeOf = (rows: readonly Row[]) => rows.reduce((sum, row) => sum + rowSize(row), 0)
 * ```
 */
export function rowSize(row: Pick<Row, 'field' | 'body'>): number {
  return row.field.length + row.body.length
}

/**
 * Whether a row that is to be written wins against the stored one: the later stamp wins, and at equal stamps the row whose
 * `over` is the stored body.
 *
 * @example
 * ```ts
 * import { type Row, type RowChange, supersedes } from 'onejar/store-kit'
 *
 * const merged = (row: RowChange, stored: Row | null): Row => (stored === null || supersedes(row, stored) ? row : stored)
 * ```
 */
export function supersedes(row: RowChange, stored: Row): boolean {
  if (row.time !== stored.time) return row.time > stored.time
  if (row.writer !== stored.writer) return row.writer > stored.writer
  return row.over !== undefined && sameBytes(row.over, stored.body)
}

/**
 * Whether two byte arrays hold the same.
 *
 * @example
 * ```ts
 * import { type Row, sameBytes } from 'onejar/store-kit'
 *
 * const isUnchanged = (read: Row, stored: Row) => sameBytes(read.body, stored.body)
 * ```
 */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && Buffer.compare(a, b) === 0
}

/** What `sortRows` makes of a plan. */
export interface Sorted {
  /** The rows to write. */
  readonly winners: readonly RowChange[]
  /** The stored rows that win against rows of the plan. */
  readonly kept: readonly Row[]
  /** The fields that there is no room for. Only a partial plan has any. */
  readonly refused: readonly string[]
  /** By how many bytes the session grows. */
  readonly grown: number
}

/**
 * Decides which rows of a plan are written. A row that takes no more room than the row it replaces always fits.
 *
 * @param storedRow - the stored row of a field, or null
 * @param roomBytes - how many bytes the session may grow by
 * @returns null when the plan is for all or nothing (`partial: false`) and does not fit
 * @example
 * ```ts
 * import { type CommitPlan, type Row, sortRows } from 'onejar/store-kit'
 *
 * function write(stored: Map<string, Row>, plan: CommitPlan, roomBytes: number): 'done' | 'too-large' {
 *   const sorted = sortRows(plan, (field) => stored.get(field) ?? null, roomBytes)
 *   if (sorted === null) return 'too-large'
 *   for (const row of sorted.winners) stored.set(row.field, row)
 *   return 'done'
 * }
 * ```
 */
export function sortRows(
  plan: CommitPlan,
  storedRow: (field: string) => Row | null,
  roomBytes: number,
): Sorted | null {
  const winners: { readonly row: RowChange; readonly growth: number; readonly rank: number }[] = []
  const kept: Row[] = []
  for (const row of plan.rows) {
    const stored = storedRow(row.field)
    if (stored && !supersedes(row, stored)) kept.push(stored)
    else {
      const growth = rowSize(row) - (stored ? rowSize(stored) : 0)
      // The deletion of what is not here is of the least use.
      winners.push({ row, growth, rank: row.tombstone && !stored ? Number.MAX_SAFE_INTEGER : growth })
    }
  }
  const total = winners.reduce((sum, { growth }) => sum + growth, 0)
  if (total <= 0 || total <= roomBytes) {
    return { winners: winners.map(({ row }) => row), kept, refused: [], grown: total }
  }
  if (!plan.partial) return null
  const fitting: RowChange[] = []
  const refused: string[] = []
  let grown = 0
  for (const { row, growth } of winners.sort((a, b) => a.rank - b.rank)) {
    if (growth > 0 && grown + growth > roomBytes) refused.push(row.field)
    else {
      fitting.push(row)
      grown += growth
    }
  }
  return { winners: fitting, kept, refused, grown }
}
