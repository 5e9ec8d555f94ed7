import type { ChangeSource, SessionRecord, Write } from '../../record/index.ts'

/** How long dead letters and kept responses are kept, in milliseconds. */
export interface KeptTimes {
  readonly deadLetterMs: number
  readonly idempotencyTtlMs: number
}

const SOURCE: ChangeSource = { name: 'retention' }

/** Deletes what was kept for longer than it is to be kept now: the schedule may have become shorter since. */
export function dropOverdue(
  record: SessionRecord,
  { deadLetterMs, idempotencyTtlMs }: KeptTimes,
  now: number,
): void {
  const gone: Write[] = []
  for (const [id, { at }] of record.valuesOf('dead-letter'))
    if (at + deadLetterMs <= now) gone.push({ kind: 'dead-letter', id, value: null })
  for (const [id, { startedAt }] of record.valuesOf('idempotency'))
    if (startedAt + idempotencyTtlMs <= now) gone.push({ kind: 'idempotency', id, value: null })
  if (gone.length > 0) record.write(gone, SOURCE)
}
