import { z } from 'zod'

/** Where escalations wait for a worker. */
export const queueOptionsSchema = z.strictObject({
  /** `redis://…` or `rediss://…`: the server of the store, as a rule. */
  url: z.string().regex(/^rediss?:\/\//, 'expected a redis:// or rediss:// URL'),
  /** What the names of all keys begin with. Default: `onejar`. */
  keyPrefix: z
    .string()
    .regex(/^[\w:.-]{1,64}$/)
    .default('onejar'),
  /** How long a request waits for a worker to take its visit and make it, at most. Default: 2 minutes. */
  waitMs: z
    .number()
    .int()
    .positive()
    .max(2 ** 31 - 1)
    .default(120_000),
})

export type QueueOptions = z.input<typeof queueOptionsSchema>
export type ParsedQueueOptions = z.output<typeof queueOptionsSchema>

/** The one queue there is. */
export const QUEUE_NAME = 'visits'

/** What its keys begin with: the braces keep all of them on one node of a cluster. */
export function queuePrefix({ keyPrefix }: Pick<ParsedQueueOptions, 'keyPrefix'>): string {
  return `{${keyPrefix}:queue}`
}
