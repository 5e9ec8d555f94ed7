import { z } from 'zod'
import type { LoadTask } from '../browser-port.ts'
import { expectationIssue } from '../expectation.ts'

/** What Node's timers can wait for. */
const MAX_MS = 2 ** 31 - 1
const ms = z.number().min(0).max(MAX_MS)
const bytes = z.number().int().min(0)
const url = z.url({ protocol: /^https?$/ }).max(64 * 1024)
const text = z.string().max(1024 * 1024)

/** What is expected as data; `ask`: the caller has a function that decides. */
const expectSchema = z.union([
  z.literal('ask'),
  z
    .union([z.strictObject({ selector: text }), z.strictObject({ text }), z.strictObject({ jsonPath: text })])
    .refine((given) => expectationIssue(given) === undefined),
])

/** A task of the browser port, as it travels to a worker. Everything of it is hostile until it has passed here. */
export const taskDataSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('solve'), url, observedLifeMs: z.number().min(0).nullable() }),
  z.strictObject({ kind: z.literal('renew'), url, endedAt: z.number().int().min(0) }),
  z.strictObject({
    kind: z.literal('load'),
    url,
    solveTimeoutMs: ms,
    deadlineMs: ms,
    timeoutMs: ms,
    render: z.boolean(),
    expect: expectSchema.nullable(),
    maxBytes: bytes,
    screenshot: z.boolean(),
    record: z
      .strictObject({ maxExchanges: bytes.max(10_000), maxBodyBytes: bytes, maxBytes: bytes })
      .nullable(),
  }),
  z.strictObject({ kind: z.literal('picture'), url, timeoutMs: ms }),
  z.strictObject({ kind: z.literal('run'), url, timeoutMs: ms, graceMs: ms, lookEveryMs: ms }),
  z.strictObject({
    kind: z.literal('open-page'),
    document: url,
    /** The page that is open, if there is one, is not used any more. */
    fresh: z.boolean(),
  }),
  z.strictObject({
    kind: z.literal('fetch'),
    document: url,
    fresh: z.boolean(),
    url,
    method: z.string().regex(/^[!#$%&'*+.^_`|~\w-]{1,64}$/),
    /** Names and values in turn. */
    headers: z.array(text).max(20_000),
    /** Size of the body, which follows; null for none. */
    body: bytes.nullable(),
    redirect: z.enum(['follow', 'error', 'manual']),
    /** Whether the caller is asked before a redirect is followed. */
    asksHops: z.boolean(),
  }),
])

export type TaskData = z.output<typeof taskDataSchema>

/** The part of a load task that is data. */
export function loadData({ url: at, expect, record, ...task }: LoadTask, deadlineMs: number): TaskData {
  const { solveTimeoutMs, timeoutMs, render, maxBytes, screenshot } = task
  return {
    kind: 'load',
    url: at.href,
    solveTimeoutMs,
    deadlineMs: Math.max(0, deadlineMs),
    timeoutMs,
    render,
    expect: typeof expect === 'function' ? 'ask' : (expect ?? null),
    maxBytes,
    screenshot,
    record: record ?? null,
  }
}
