import { type Entry, entryExpiresAt, timeToMs } from '../record/index.ts'
import type { Limits } from './backend.ts'

const DAY_MS = 24 * 60 * 60_000

/** Chromium lets no cookie live longer than 400 days, so no session has to. */
export const DEFAULT_LIMITS: Limits = {
  retentionFloorMs: 30 * DAY_MS,
  retentionCeilingMs: 400 * DAY_MS,
  tombstoneMs: 30 * DAY_MS,
  maxSessionBytes: 16 * 1024 * 1024,
}

/** When an entry stops being of use, in whole epoch milliseconds; null when only its session's end ends it. */
export function entryExpiry(entry: Entry, limits: Limits): number | null {
  if (entry.value === null) return timeToMs(entry.stamp.time) + limits.tombstoneMs
  const expiresAt = entryExpiresAt(entry)
  return expiresAt === null ? null : Math.max(0, Math.ceil(expiresAt))
}

/** The latest instant at which one of the rows that are no tombstones is still of use; 0 when none says. */
export function horizonOf(rows: Iterable<{ tombstone: boolean; expiresAt: number | null }>): number {
  let horizon = 0
  for (const row of rows) {
    if (!row.tombstone && row.expiresAt !== null && row.expiresAt > horizon) horizon = row.expiresAt
  }
  return horizon
}

/** When a session that is used now may be forgotten: as its longest cookie says, between floor and ceiling. */
export function sessionExpiry(now: number, horizon: number, limits: Limits): number {
  return Math.max(now + limits.retentionFloorMs, Math.min(now + limits.retentionCeilingMs, horizon))
}
