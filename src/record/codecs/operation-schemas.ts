import { z } from 'zod'
import {
  type DeadLetter,
  type Halt,
  type IdempotentRequest,
  type KeptHeaders,
  type LoginLife,
  MAX_KEPT_BODY_BYTES,
  type Quarantine,
  type RateLimitPause,
} from '../operation-entries.ts'
import { headerName, headerValue, instant, isHttpUrl } from './schema-parts.ts'

const MAX_URL_CHARS = 65_536
const MAX_ORIGIN_CHARS = 2048
const MAX_HEADERS = 256
const MAX_ALL_HEADERS_CHARS = 64 * 1024
const MAX_REASON_CHARS = 1024
const BASE64 = /^(?:[A-Za-z\d+/]{4})*(?:[A-Za-z\d+/]{2}==|[A-Za-z\d+/]{3}=)?$/

/** Headers that identify or authenticate a user: a dead letter leaves them out, so that it can be shown and sent again by any session. */
const CREDENTIALS = new Set(['authorization', 'cookie', 'proxy-authorization', 'set-cookie'])

const keptHeaders = z
  .array(z.tuple([headerName, headerValue]))
  .max(MAX_HEADERS)
  .refine(
    (headers) =>
      headers.reduce((sum, [name, value]) => sum + name.length + value.length, 0) <= MAX_ALL_HEADERS_CHARS,
    'headers that are too large',
  ) satisfies z.ZodType<KeptHeaders>

const bodyBase64 = z
  .string()
  .max(4 * Math.ceil(MAX_KEPT_BODY_BYTES / 3))
  .regex(BASE64, 'not base64')
  .nullable()

const httpUrl = z.string().max(MAX_URL_CHARS).refine(isHttpUrl, 'not an http or https URL')

export const deadLetterSchema = z.strictObject({
  at: instant,
  expiresAt: instant,
  method: z.string().regex(/^[A-Z-]{1,32}$/, 'not a method'),
  url: httpUrl.refine((text) => !/[?#]/.test(text), 'a URL with a query'),
  tier: z.enum(['recoverable', 'non-recoverable', 'compliance-blocked']),
  code: z.string().regex(/^ONEJAR_[A-Z_]{1,64}$/, 'not an error code'),
  status: z.number().int().min(100).max(999).nullable().optional(),
  attempts: z.number().int().min(0).max(1000),
  request: z.strictObject({
    search: z
      .string()
      .max(MAX_URL_CHARS)
      .regex(/^(?:\?[^\s#]*)?$/, 'not a query'),
    headers: keptHeaders.refine(
      (headers) => headers.every(([name]) => !CREDENTIALS.has(name)),
      'credentials',
    ),
    bodyBase64,
    isWhole: z.boolean(),
  }),
}) satisfies z.ZodType<DeadLetter>

export const idempotentRequestSchema = z
  .strictObject({
    state: z.enum(['running', 'done']),
    fingerprint: z.string().regex(/^[\w-]{16,128}$/, 'not a hash'),
    startedAt: instant,
    expiresAt: instant,
    response: z
      .strictObject({
        status: z.number().int().min(100).max(599),
        url: httpUrl,
        headers: keptHeaders,
        bodyBase64,
      })
      .nullable(),
  })
  .refine(({ state, response }) => (state === 'done') === (response !== null), {
    message: 'a request that is done has a response',
  }) satisfies z.ZodType<IdempotentRequest>

export const quarantineSchema = z.strictObject({
  at: instant,
  until: instant,
  reason: z.string().max(MAX_REASON_CHARS),
  from: z.string().max(MAX_ORIGIN_CHARS).optional(),
}) satisfies z.ZodType<Quarantine>

export const loginSchema = z.strictObject({
  at: instant,
  endsAt: instant,
}) satisfies z.ZodType<LoginLife>

export const rateLimitPauseSchema = z.strictObject({
  at: instant,
  until: instant,
}) satisfies z.ZodType<RateLimitPause>

export const blockSchema = z.strictObject({
  at: instant,
  verdict: z.enum(['captcha', 'block']),
  vendor: z.string().max(64).nullable(),
  reason: z.string().max(MAX_REASON_CHARS),
}) satisfies z.ZodType<Halt>
