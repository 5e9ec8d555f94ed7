import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { addressesSchema } from '../compliance/index.ts'

export const proxySchema = z.union([
  z.string().max(4096),
  z.strictObject({
    server: z.string().max(4096),
    username: z.string().max(1024).optional(),
    password: z.string().max(4096).optional(),
  }),
])

/** How a session's contexts are made: checked where the session is opened. */
export const contextOptionsOrderSchema = z.record(z.string(), z.json())

/** A solve that somebody else's browser is to make. It travels sealed: it names a session, and a proxy with its password. */
export const solveOrderSchema = z.strictObject({
  tenant: z.string().min(1).max(1024),
  id: z.string().min(1).max(1024),
  /** What met the challenge. */
  url: z.url({ protocol: /^https?$/ }).max(16 * 1024),
  proxy: proxySchema.nullable(),
  /** What the session may reach; absent for anything. */
  addresses: addressesSchema.optional(),
  /** What another address was given is shown through this proxy too; absent for no. */
  keepClearance: z.boolean().optional(),
  contextOptions: contextOptionsOrderSchema.optional(),
  /** How long the clearance before was seen to last; null or absent when that is not known. */
  observedLifeMs: z.number().min(0).nullable().optional(),
  /**
   * The clearance is to be renewed that a solve left which ended then (epoch milliseconds): in the background, and only
   * while it is the session's last one. Absent where a challenge is to be passed.
   */
  renews: z.number().int().min(0).optional(),
  /** What the session is called where workers say which of them has it; absent where that does not matter. */
  affinity: z
    .string()
    .regex(/^[\w-]{16,64}$/)
    .optional(),
})

export type SolveOrder = z.output<typeof solveOrderSchema>

/** What is readable in the queue. */
export const solveJobSchema = z.strictObject({
  sealed: z.string().max(256 * 1024),
  /** W3C trace context of the caller; null outside of a trace. */
  traceparent: z.string().max(64).nullable(),
})

export type SolveJob = z.output<typeof solveJobSchema>

/** The result. What the browser brought is in the session's record, in the store. */
export type SolveReport =
  | { readonly outcome: 'passed' }
  /** Why it failed, sealed: it may name the site. */
  | { readonly outcome: 'failed'; readonly sealed: string }

export const solveReportSchema = z.union([
  z.strictObject({ outcome: z.literal('passed') }),
  z.strictObject({ outcome: z.literal('failed'), sealed: z.string().max(64 * 1024) }),
])

const solveFailureSchema = z.strictObject({
  /** Of the error it ended with. */
  code: z.string().max(64),
  /** In a sentence without secrets. */
  reason: z.string().max(4096),
  retryAfterMs: z.number().min(0).nullable(),
})

export type SolveFailure = z.output<typeof solveFailureSchema>

/** The code of a failure that is none: another worker, which the reason names, has the session. */
export const ELSEWHERE = 'elsewhere'

/** Seals texts for those who share the store's keys. A `Store` has it. */
export interface Envelope {
  sealText(purpose: string, text: string): string
  /** Null when it was changed, or sealed with other keys or for another purpose. */
  openText(purpose: string, sealed: string): Promise<string | null>
}

const PURPOSE = 'visit'

/** Why a job fails that a worker cannot open. The caller compares the whole text. */
export const OTHER_KEYS = 'not a solve of this store'

/** What makes an order good for one solve: it is sealed for its job, has a number of its own, and an end. */
const onceSchema = z.strictObject({
  nonce: z.string().min(16).max(64),
  /** Epoch milliseconds; nobody makes the solve afterwards. */
  until: z.number().int().min(0),
  order: solveOrderSchema,
})

export type OrderOnce = z.output<typeof onceSchema>

/**
 * @param jobId - the order is good for that job only
 * @param until - epoch milliseconds; nobody makes the solve afterwards
 */
export function sealOrder(order: SolveOrder, jobId: string, until: number, envelope: Envelope): string {
  const once: OrderOnce = { nonce: randomUUID(), until, order }
  return envelope.sealText(`${PURPOSE} order ${jobId}`, JSON.stringify(once))
}

/** Null when nobody with the store's keys has made it for this job. Whether it is too old, or was made, is not asked. */
export async function openOrder(job: unknown, jobId: string, envelope: Envelope): Promise<OrderOnce | null> {
  const parsed = solveJobSchema.safeParse(job)
  return parsed.success
    ? open(onceSchema, await envelope.openText(`${PURPOSE} order ${jobId}`, parsed.data.sealed))
    : null
}

/** @param jobId - a report is good for its own job only */
export function sealFailure(failure: SolveFailure, jobId: string, envelope: Envelope): string {
  return envelope.sealText(`${PURPOSE} report ${jobId}`, JSON.stringify(failure))
}

/** Null when nobody with the store's keys has made it for this job. */
export async function openFailure(
  sealed: string,
  jobId: string,
  envelope: Envelope,
): Promise<SolveFailure | null> {
  return open(solveFailureSchema, await envelope.openText(`${PURPOSE} report ${jobId}`, sealed))
}

function open<T>(schema: z.ZodType<T>, text: string | null): T | null {
  if (text === null) return null
  try {
    return schema.safeParse(JSON.parse(text)).data ?? null
  } catch {
    return null
  }
}
