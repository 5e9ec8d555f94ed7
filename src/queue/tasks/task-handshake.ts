import { z } from 'zod'
import { nameSchema } from './task-order.ts'

/** What a worker says first of a task. */
export const answerSchema = z.strictObject({
  said: z.discriminatedUnion('kind', [
    /** It waits for the word to go: an order that was put into the queue again gets none. */
    z.strictObject({ kind: z.literal('begun'), worker: nameSchema }),
    /** It does not do it: another worker has the session; null where it takes nothing now. */
    z.strictObject({ kind: z.literal('elsewhere'), worker: nameSchema.nullable() }),
  ]),
})

/** The word to go. */
export const goSchema = z.strictObject({
  go: z.literal(true),
  /** What has gone of the caller's time, in milliseconds. */
  waitedMs: z.number().min(0),
})
