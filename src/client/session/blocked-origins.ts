import type { Halt, SessionRecord } from '../../record/index.ts'

/** An origin to which the session sends nothing more until `session.unblock(origin)`, and why. */
export interface BlockedOrigin extends Halt {
  /** Such as `https://shop.example`. */
  readonly origin: string
}

/** The blocked origins of a record, the oldest first. */
export function blockedOriginsOf(record: SessionRecord): BlockedOrigin[] {
  return [...record.valuesOf('halt')]
    .map(([origin, halt]) => ({ origin, ...halt }))
    .sort((a, b) => a.at - b.at)
}
