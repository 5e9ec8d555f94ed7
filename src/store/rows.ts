import type { Row, RowChange } from './backend.ts'

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
