import { z } from 'zod'

const limit = (max: number) => z.union([z.literal(false), z.number().int().min(1).max(max)])

/** How many connections HTTP has, and for how long. */
export const connectionsSchema = z.strictObject({
  perOrigin: limit(10_000).default(32),
  total: limit(1_000_000).default(512),
  keepAliveMs: z.number().int().min(1).max(600_000).default(4_000),
  requestsPerConnection: limit(1_000_000_000).default(false),
})

export type ConnectionPlan = z.output<typeof connectionsSchema>
