import { z } from 'zod'
import type { Verdict } from '../../challenge/index.ts'
import { ERRORS, type ErrorCode, OnejarError } from '../../core/index.ts'

const text = z.string().max(4 * 1024 * 1024)
const url = z.url({ protocol: /^https?$/ }).max(4 * 1024 * 1024)
const status = z.number().int().min(0).max(999)
const size = z.number().int().min(0)
const headersSchema = z.record(text, z.union([text, z.array(text)]))
const share = z.number().min(0).max(1)

const verdictSchema = z.strictObject({
  kind: z.enum([
    'ok',
    'js-challenge',
    'captcha',
    'block',
    'waiting-room',
    'rate-limited',
    'unauthorised',
    'error',
  ]),
  confidence: share,
  vendor: text.nullable(),
  evidence: z.array(
    z.strictObject({
      signal: text,
      vendor: text.nullable(),
      where: text,
      verdict: text,
      weight: z.number(),
      note: text,
    }),
  ),
  vendorsPresent: z.array(text),
  retryAfterMs: z.number().min(0).optional(),
  estimatedWaitMs: z.number().min(0).optional(),
  askAgainMs: z.number().min(0).optional(),
})

const errorSchema = z.strictObject({
  code: z.string().max(64),
  /** What happened, without the advice of the code. */
  reason: z.string().max(4096),
  retryAfterMs: z.number().min(0).nullable(),
  details: z.record(z.string().max(256), z.union([z.string().max(4096), z.number(), z.boolean(), z.null()])),
})

const replySchema = z.discriminatedUnion('kind', [
  /** A task whose outcome is in the record, or that has none. */
  z.strictObject({ kind: z.literal('done') }),
  z.strictObject({ kind: z.literal('ran'), renewed: z.boolean() }),
  /** A picture follows where its size is not null. */
  z.strictObject({ kind: z.literal('picture'), picture: size.nullable() }),
  z.strictObject({
    kind: z.literal('failed'),
    why: z.enum(['stopped', 'loop', 'time', 'answer']),
    verdict: verdictSchema.nullable(),
    at: url.nullable(),
    picture: size.nullable(),
  }),
  /** The document follows, and then what was recorded, as JSON. */
  z.strictObject({
    kind: z.literal('document'),
    url,
    statusCode: status,
    statusText: text,
    headers: headersSchema,
    verdict: verdictSchema,
    afterChallenge: z.boolean(),
    sentCookie: text,
    isFile: z.boolean(),
    mistaken: verdictSchema.nullable(),
    body: size,
    recording: size.nullable(),
  }),
  /** The body follows in chunks. */
  z.strictObject({
    kind: z.literal('response'),
    url,
    statusCode: status,
    statusText: text,
    headers: z.record(text, text),
    redirected: z.boolean(),
    opaqueRedirect: z.boolean(),
  }),
])

/** What a worker says of a task. */
export const workerMessageSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('room'), url, verdict: verdictSchema }),
  /** A function of the caller's is asked; the document that it is about follows. */
  z.strictObject({
    type: z.literal('ask'),
    id: size,
    about: z.discriminatedUnion('what', [
      z.strictObject({ what: z.literal('hop'), to: url, from: url }),
      z.strictObject({
        what: z.literal('document'),
        url,
        statusCode: status,
        statusText: text,
        headers: headersSchema,
        body: size,
      }),
    ]),
  }),
  z.strictObject({ type: z.literal('reply'), reply: replySchema }),
  /** Bytes of what was said to follow. */
  z.strictObject({ type: z.literal('part') }),
  /** Nothing more follows, and the store has what the pages wrote. */
  z.strictObject({ type: z.literal('end') }),
  z.strictObject({ type: z.literal('error'), error: errorSchema }),
  /** The worker ends, or has the session no more: another one is to do it. */
  z.strictObject({ type: z.literal('gone') }),
])

export type WorkerMessage = z.output<typeof workerMessageSchema>
export type WorkerReply = z.output<typeof replySchema>

/** What a caller says of a task that was begun. */
export const callerMessageSchema = z.union([
  z.strictObject({ type: z.literal('answer'), id: size, value: z.boolean() }),
  /** A part of the request's body. */
  z.strictObject({ type: z.literal('part') }),
  /** What a page was to renew is there: it may come to rest. */
  z.strictObject({ type: z.literal('finish') }),
  /** The last thing that a caller says, from the queue: it wants nothing more of the task. */
  z.strictObject({ over: z.literal(true) }),
])

export type WireVerdict = z.output<typeof verdictSchema>
export type WireError = z.output<typeof errorSchema>

/** A verdict as it travelled. The classifier made it: places and signals are named in its own table. */
export function verdictOf(wire: WireVerdict): Verdict {
  return wire as Verdict
}

/** An error as it travels: its code, and what in it is plain. */
export function wireError(error: unknown): WireError {
  const known =
    error instanceof OnejarError
      ? error
      : new OnejarError('ONEJAR_BROWSER_FAILED', 'The worker failed in a way that it should not')
  const { code, message, retryAfterMs, details } = known
  const plain = Object.entries(details).flatMap(
    ([name, value]): [string, string | number | boolean | null][] => {
      const isPlain = value === null || ['string', 'number', 'boolean'].includes(typeof value)
      return isPlain
        ? [[name.slice(0, 256), typeof value === 'string' ? value.slice(0, 4096) : (value as number)]]
        : []
    },
  )
  return {
    code,
    // The caller's error has the advice of its code again.
    reason: message.replace(`. ${ERRORS[code].advice}`, '').slice(0, 4_096),
    retryAfterMs: retryAfterMs ?? null,
    details: Object.fromEntries(plain),
  }
}

export function errorOf({ code, reason, retryAfterMs, details }: WireError): OnejarError {
  const known = Object.hasOwn(ERRORS, code) ? (code as ErrorCode) : 'ONEJAR_BROWSER_FAILED'
  return new OnejarError(known, reason, { details, ...(retryAfterMs === null ? {} : { retryAfterMs }) })
}
