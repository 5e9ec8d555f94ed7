import { z } from 'zod'

/** Where escalations wait for a worker. */
export const queueOptionsSchema = z.strictObject({
  url: z.string().regex(/^rediss?:\/\//, 'expected a redis:// or rediss:// URL'),
  keyPrefix: z
    .string()
    .regex(/^[\w:.-]{1,64}$/)
    .default('onejar'),
  waitMs: z
    .number()
    .int()
    .positive()
    .max(2 ** 31 - 1)
    .default(120_000),
  noWorkerMs: z
    .number()
    .int()
    .positive()
    .max(2 ** 31 - 1)
    .default(1_000),
})

/** Where solves wait for a worker. */
export interface QueueOptions {
  /** `redis://…` or `rediss://…`: the server of the store, as a rule. */
  url: string
  /** What the names of all keys begin with: 1 to 64 of `A-Z a-z 0-9 _ : . -`. Default: `onejar`. */
  keyPrefix?: string | undefined
  /** How long a request waits for a worker to take its solve and make it, at most, in milliseconds. Default: 120,000. */
  waitMs?: number | undefined
  /**
   * How long a request waits while no worker is connected to the queue, and none was since this process began, in milliseconds.
   * Raise it where workers are started on demand. Default: 1,000.
   */
  noWorkerMs?: number | undefined
}
export type ParsedQueueOptions = z.output<typeof queueOptionsSchema>

/** The one queue there is. */
export const QUEUE_NAME = 'visits'

/** What its keys begin with: the braces keep all of them on one node of a cluster. */
export function queuePrefix({ keyPrefix }: Pick<ParsedQueueOptions, 'keyPrefix'>): string {
  return `{${keyPrefix}:queue}`
}
