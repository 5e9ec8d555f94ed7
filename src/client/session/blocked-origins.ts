import type { Halt, SessionRecord } from '../../record/index.ts'

/** Where a session has to stop until somebody resumes it there, and why. */
export interface BlockedOrigin extends Halt {
  readonly origin: string
}

/** The blocked origins of a record, the oldest first. */
export function blockedOriginsOf(record: SessionRecord): BlockedOrigin[] {
  return [...record.valuesOf('halt')]
    .map(([origin, halt]) => ({ origin, ...halt }))
    .sort((a, b) => a.at - b.at)
}
