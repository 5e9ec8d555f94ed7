import { z } from 'zod'

/** How often, and with which pauses, a request is retried. */
export const retryPlanSchema = z
  .strictObject({
    /** How often a request is sent at most, the first time included. Default: 3. */
    attempts: z.number().int().min(1).max(10).default(3),
    /** The shortest pause before another attempt, in milliseconds. Default: 250. */
    firstDelayMs: z.number().int().min(1).max(60_000).default(250),
    /** The longest pause of Onejar's own; a longer Retry-After is kept all the same. Default: 10,000. */
    maxDelayMs: z.number().int().min(1).max(3_600_000).default(10_000),
  })
  .refine(({ firstDelayMs, maxDelayMs }) => firstDelayMs <= maxDelayMs, {
    path: ['maxDelayMs'],
    message: 'expected at least firstDelayMs',
  })

/** `false`: nothing is sent again. */
export const retrySchema = z.union([z.literal(false), retryPlanSchema])

export type RetryPlan = z.output<typeof retryPlanSchema>
/** How often, and after which pauses, a request is sent again; `false` for never. */
export type RetryOption = z.input<typeof retrySchema>

export const DEFAULT_RETRY: RetryPlan = retryPlanSchema.parse({})
