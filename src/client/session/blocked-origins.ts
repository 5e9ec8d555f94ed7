import type { Halt, SessionRecord } from '../../record/index.ts'

/** Where a session has to stop until somebody resumes it there, and why. */
export interface BlockedOrigin extends Halt {
  readonly origin: string
}

/** The halts that a record holds, the one that was met first first. */
export function blockedOriginsOf(record: SessionRecord): BlockedOrigin[] {
  return [...record.valuesOf('halt')]
    .map(([origin, halt]) => ({ origin, ...halt }))
    .sort((a, b) => a.at - b.at)
}
