import { z } from 'zod'

/** What is done about sites that answer 429 again and again. */
export const rateLimitPlanSchema = z.strictObject({
  /** Of all answers in the window, the share of 429 above which there is an alert. Default: 0.05. */
  alertShare: z.number().gt(0).max(1).default(0.05),
  /** How far the window reaches back, in milliseconds. Default: 900,000. */
  windowMs: z.number().int().min(1_000).max(86_400_000).default(900_000),
  /** With fewer answers in the window there is no alert. Default: 20. */
  minRequests: z.number().int().min(1).max(1_000_000).default(20),
  /** The pause between two requests to an origin while its alert holds, in milliseconds; 0 for none. Default: 1,000. */
  slowDownMs: z.number().int().min(0).max(3_600_000).default(1_000),
  /** After so many 429 in a row a session stops at the origin; false for never. Default: 4. */
  quarantineAfter: z.union([z.literal(false), z.number().int().min(1).max(1_000)]).default(4),
  /** For how long, in milliseconds. Default: 600,000. */
  quarantineMs: z
    .number()
    .int()
    .min(1)
    .max(30 * 86_400_000)
    .default(600_000),
})

/** `false`: nothing of it. */
export const rateLimitsSchema = z.union([z.literal(false), rateLimitPlanSchema])

export type RateLimitPlan = z.output<typeof rateLimitPlanSchema>
