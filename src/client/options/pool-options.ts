import { z } from 'zod'
import { positiveMs, sessionOptionsSchema } from './broker-options.ts'

/** Options of `broker.pool()`. */
export const poolOptionsSchema = z.strictObject({
  /** Sessions without a name of their own are called `<name>-<number>`. Default: `pool`. */
  name: z.string().min(1).max(256).default('pool'),
  /** How many sessions are open at once. One more releases the least recently used. Default: 20. */
  maxSessions: z.number().int().positive().max(100_000).default(20),
  /** How long a session may be unused before it is released. Default: 5 minutes. */
  idleMs: positiveMs.default(5 * 60_000),
  /** A session is used at least so long, however soon its cookies expire. Default: 10 minutes. */
  ttlFloorMs: positiveMs.default(10 * 60_000),
  /** A session is used at most so long, however long its cookies are good for. Default: 24 hours. */
  ttlCeilingMs: positiveMs.default(24 * 60 * 60_000),
  /** Below this health (0 to 1) a session is put into quarantine. Default: 0.3. */
  minHealth: z.number().min(0).max(1).default(0.3),
  /** For how long. Default: 10 minutes. */
  quarantineMs: positiveMs.default(10 * 60_000),
  /** How many leases a session without a name of its own has at once. Default: 1. */
  leasesPerSession: z.number().int().positive().max(100_000).default(1),
  /** For each session of the pool. */
  session: sessionOptionsSchema.prefault({}),
})

export type PoolOptions = z.input<typeof poolOptionsSchema>
export type ParsedPoolOptions = z.output<typeof poolOptionsSchema>

/** Options of `pool.lease()` and `pool.use()`. */
export interface LeaseOptions {
  /** The session with this id. Default: the healthiest one that is free, or a new one. */
  readonly id?: string
  /** Ends the wait for a free session. */
  readonly signal?: AbortSignal
  /** How long to wait for a free session. Default: 60,000. */
  readonly timeoutMs?: number
}
