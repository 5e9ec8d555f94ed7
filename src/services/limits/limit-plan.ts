import { z } from 'zod'
import { parseHttpUrl } from '../../core/index.ts'

const MAX = 1_000
/** More is let through in several shorter windows: each slot of a window is a lock in the store. */
const MAX_SLOTS = 32

/** How many requests an origin gets at once, and how many in a time. */
export const originLimitsSchema = z
  .array(
    z
      .strictObject({
        origin: z
          .url({ protocol: /^https?$/ })
          .max(2_048)
          .transform((text) => parseHttpUrl(text).origin)
          .optional(),
        concurrency: z.number().int().min(1).max(MAX).optional(),
        rate: z
          .strictObject({
            requests: z.number().int().min(1).max(100_000),
            perMs: z
              .number()
              .int()
              .min(10)
              .max(24 * 3_600_000),
          })
          .optional(),
        shared: z.boolean().default(false),
      })
      .refine(({ concurrency, rate }) => concurrency !== undefined || rate !== undefined, {
        message: 'expected concurrency, rate or both',
      }),
  )
  .max(MAX)

export type OriginLimitPlan = z.output<typeof originLimitsSchema>[number]

/** A rate as windows that hold few requests: in no time of `perMs` there are more than asked for. */
export function windowsOf({ requests, perMs }: NonNullable<OriginLimitPlan['rate']>): {
  readonly requests: number
  readonly perMs: number
} {
  if (requests <= MAX_SLOTS) return { requests, perMs }
  return { requests: MAX_SLOTS, perMs: Math.ceil(perMs / Math.floor(requests / MAX_SLOTS)) }
}
