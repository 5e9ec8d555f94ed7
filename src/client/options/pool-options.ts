import { z } from 'zod'
import { positiveMs, sessionOptionsSchema } from './broker-options.ts'

export type { PoolOptions } from './option-types.ts'

/** Options of `broker.pool()`. */
export const poolOptionsSchema = z.strictObject({
  name: z.string().min(1).max(256).default('pool'),
  maxSessions: z.number().int().positive().max(100_000).default(20),
  idleMs: positiveMs.default(5 * 60_000),
  ttlFloorMs: positiveMs.default(10 * 60_000),
  ttlCeilingMs: positiveMs.default(24 * 60 * 60_000),
  minHealth: z.number().min(0).max(1).default(0.3),
  quarantineMs: positiveMs.default(10 * 60_000),
  leasesPerSession: z.number().int().positive().max(100_000).default(1),
  session: sessionOptionsSchema.prefault({}),
})

export type ParsedPoolOptions = z.output<typeof poolOptionsSchema>

/** Options of `pool.lease()` and `pool.use()`. */
export interface LeaseOptions {
  /** Lease the session with this id. Default: the healthiest one that is free, or a new one. */
  readonly id?: string
  /** Ends the wait for a free session. */
  readonly signal?: AbortSignal
  /** How long to wait for a free session, in milliseconds. Default: 60,000. */
  readonly timeoutMs?: number
}
