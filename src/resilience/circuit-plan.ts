import { z } from 'zod'

/** When an origin that fails is left alone. */
export const circuitPlanSchema = z
  .strictObject({
    /** How many attempts in a row have to fail. Default: 10. */
    failures: z.number().int().min(1).max(1_000).default(10),
    /** The first pause, in milliseconds; it doubles with each probe that fails. Default: 1,000. */
    firstPauseMs: z.number().int().min(1).max(3_600_000).default(1_000),
    /** Default: 60,000. */
    maxPauseMs: z.number().int().min(1).max(86_400_000).default(60_000),
  })
  .refine(({ firstPauseMs, maxPauseMs }) => firstPauseMs <= maxPauseMs, {
    path: ['maxPauseMs'],
    message: 'expected at least firstPauseMs',
  })

/** `false`: an origin is tried however often it failed. */
export const circuitSchema = z.union([z.literal(false), circuitPlanSchema])

export type CircuitPlan = z.output<typeof circuitPlanSchema>

export const DEFAULT_CIRCUIT: CircuitPlan = circuitPlanSchema.parse({})
