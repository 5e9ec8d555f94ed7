import type { CommitPlan, Row, RowChange } from './backend.ts'

/** What a row counts towards the size of its session, in bytes: the same in each adapter. */
export function rowSize(row: Pick<Row, 'field' | 'body'>): number {
  return row.field.length + row.body.length
}

/** Whether a row that is to be written wins against the stored one: the later stamp, or `over` at equal stamps. */
export function supersedes(row: RowChange, stored: Row): boolean {
  if (row.time !== stored.time) return row.time > stored.time
  if (row.writer !== stored.writer) return row.writer > stored.writer
  return row.over !== undefined && sameBytes(row.over, stored.body)
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && Buffer.compare(a, b) === 0
}

/** The result for a plan's rows. */
export interface Sorted {
  readonly winners: readonly RowChange[]
  /** The stored rows that win against theirs. */
  readonly kept: readonly Row[]
  readonly refused: readonly string[]
  /** The bytes that the winners add. */
  readonly grown: number
}

/**
 * Which rows of a plan are to be written; null when they are too large and the plan is for all or nothing. What takes no
 * more room than what it replaces always fits.
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
