import { z } from 'zod'

const DAY_MS = 24 * 3_600_000
const MAX_MS = 3_650 * DAY_MS

const ms = z.number().int().min(1_000).max(MAX_MS)
const kept = z.union([z.literal(false), ms])

/** How long what Onejar keeps is kept: one schedule for all of it. */
export const retentionSchema = z.strictObject({
  recordsMs: ms.optional(),
  deadLettersMs: ms.default(30 * DAY_MS),
  idempotencyMs: ms.max(30 * DAY_MS).default(DAY_MS),
  trailMs: kept.default(false),
  screenshotsMs: kept.default(30 * DAY_MS),
  logs: z.strictObject({ folder: z.string().min(1), maxAgeMs: ms.default(30 * DAY_MS) }).optional(),
})

export type RetentionSchedule = z.output<typeof retentionSchema>

/** The limits of a store by this schedule, where it says something of records. */
export function storeLimitsOf({
  recordsMs,
}: Pick<RetentionSchedule, 'recordsMs'>):
  | { retentionFloorMs: number; retentionCeilingMs: number }
  | undefined {
  if (recordsMs === undefined) return undefined
  return { retentionFloorMs: Math.min(recordsMs, 30 * DAY_MS), retentionCeilingMs: recordsMs }
}
