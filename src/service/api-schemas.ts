import { z } from 'zod'

/** The most characters that a session's id may have. */
export const MAX_ID_LENGTH = 1024

const id = z.string().min(1).max(MAX_ID_LENGTH)
const tenant = z.string().min(1).max(256).default('default')
const url = z
  .string()
  .min(1)
  .max(64 * 1024)

const expectation = z.union([
  z.strictObject({ selector: z.string().max(4096) }),
  z.strictObject({ text: z.string().max(4096) }),
  z.strictObject({ jsonPath: z.string().max(4096) }),
])

/** What the site's body may have at most, in bytes. */
const maxResponseBytes = z.number().int().positive().optional()

/** Body of `POST /v1/fetch`. */
export const fetchSchema = z
  .strictObject({
    session: id,
    tenant,
    url,
    method: z.string().max(32).optional(),
    headers: z.record(z.string(), z.string()).optional(),
    /** The body, as text. */
    body: z.string().optional(),
    /** The body, as base64: not together with `body`. */
    bodyBase64: z.base64().optional(),
    timeoutMs: z.number().int().positive().optional(),
    redirect: z.enum(['follow', 'manual', 'error']).optional(),
    render: z.boolean().optional(),
    escalate: z.boolean().optional(),
    expect: expectation.optional(),
    maxResponseBytes,
  })
  .refine(({ body, bodyBase64 }) => body === undefined || bodyBase64 === undefined, {
    path: ['bodyBase64'],
    error: 'cannot be given together with body: send one of them',
  })

/** Body of `POST /v1/render`. */
export const renderSchema = z.strictObject({
  session: id,
  tenant,
  url,
  timeoutMs: z.number().int().positive().optional(),
  expect: expectation.optional(),
  maxResponseBytes,
})

/** Body of `POST /v1/sessions/:id/unblock`. */
export const unblockSchema = z.strictObject({
  /** Where the session goes on; a URL counts for its origin. */
  origin: url,
})

/** Query of what concerns a session. */
export const sessionQuerySchema = z.strictObject({ tenant })

/** Query of `GET /v1/sessions`. */
export const listQuerySchema = z.strictObject({ tenant: z.string().min(1).max(256).optional() })

/** Query of `GET /v1/sessions/:id/cookies`. */
export const cookiesQuerySchema = z.strictObject({
  tenant,
  /** Only those that a request there would carry. */
  url: url.optional(),
  /** Show the values too. Default: no. */
  reveal: z.enum(['0', '1']).default('0'),
})

/** Body of `PUT /v1/sessions/:id/cookies`. */
export const setCookiesSchema = z.strictObject({
  url,
  /** `Set-Cookie` lines, as a response from `url` would bring them. */
  lines: z
    .array(z.string().max(16 * 1024))
    .min(1)
    .max(1_000),
})
