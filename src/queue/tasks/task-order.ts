import { z } from 'zod'
import { addressesSchema } from '../../compliance/index.ts'
import { contextOptionsOrderSchema, type Envelope, proxySchema } from '../solve-job.ts'

/** The name of a mailbox, of a task and of one run of it: random, and the same for everybody who reads it. */
export const nameSchema = z.string().regex(/^[\w-]{16,64}$/)

/** Something that a worker's browser is to do for a session. It travels sealed. */
export const taskOrderSchema = z.strictObject({
  tenant: z.string().min(1).max(1024),
  id: z.string().min(1).max(1024),
  proxy: proxySchema.nullable(),
  /** What the session may reach; absent for anything. */
  addresses: addressesSchema.optional(),
  /** What another address was given is shown through this proxy too; absent for no. */
  keepClearance: z.boolean().optional(),
  contextOptions: contextOptionsOrderSchema.optional(),
  /** What the session is called where workers say which of them has it. */
  affinity: nameSchema,
  /** Where its caller reads. */
  replyTo: nameSchema,
  /** What both ends seal with what they say to each other: 32 bytes. */
  key: z.string().regex(/^[\w-]{43}$/),
  /** Epoch milliseconds; nobody begins it afterwards. */
  until: z.number().int().min(0),
  /** What is to be done: checked by who does it. */
  task: z.json(),
})

export type TaskOrder = z.output<typeof taskOrderSchema>

/** What is readable of a task that waits. */
export const sealedTaskSchema = z.strictObject({
  sealed: z.string().max(2 * 1024 * 1024),
  /** W3C trace context of the caller; null outside of a trace. */
  traceparent: z.string().max(64).nullable(),
})

export type SealedTask = z.output<typeof sealedTaskSchema>

const purpose = (taskId: string) => `task order ${taskId}`

/** @param taskId - the order is good for that task alone */
export function sealTask(order: TaskOrder, taskId: string, envelope: Envelope): string {
  return envelope.sealText(purpose(taskId), JSON.stringify(order))
}

/** Null when nobody with the store's keys has made it for this task. Whether it is too old is not asked. */
export async function openTask(
  sealed: string,
  taskId: string,
  envelope: Envelope,
): Promise<TaskOrder | null> {
  const text = await envelope.openText(purpose(taskId), sealed)
  if (text === null) return null
  try {
    return taskOrderSchema.safeParse(JSON.parse(text)).data ?? null
  } catch {
    return null
  }
}
