import { z } from 'zod'
import { proxySchema } from '../../services/index.ts'

/** The most characters that a session's id may have. */
export const MAX_ID_LENGTH = 1024

export const sessionId = z
  .string()
  .min(1)
  .max(MAX_ID_LENGTH)
  .refine((id) => id.isWellFormed(), 'expected Unicode text without lone surrogates')
  .describe('The id of a session: 1 to 1,024 characters, percent-encoded where it stands in a path.')

export const tenant = z
  .string()
  .min(1)
  .max(256)
  .refine((name) => name.isWellFormed(), 'expected Unicode text without lone surrogates')
  .optional()
  .describe('The tenant. Default: that of the token, else `default`.')

export const url = z
  .string()
  .min(1)
  .max(64 * 1024)

export const origin = url.describe('A URL of the site; it counts for its origin.')

export const epochMs = z.number().describe('Epoch milliseconds.')

export const timeoutMs = z
  .number()
  .int()
  .positive()
  .max(2 ** 31 - 1)
  .optional()
  .describe('For the whole request, in milliseconds. Default: 60,000.')

/** The path of what concerns a session. */
export const sessionParams = z.strictObject({ id: sessionId })

/** Query of what concerns a session. */
export const sessionQuerySchema = z.strictObject({ tenant })

/** Whether secrets are shown. */
export const reveal = z.enum(['0', '1']).default('0').describe('1 shows the values too. Default: 0.')

export const blockedSchema = z
  .object({
    origin: z.string(),
    at: epochMs,
    verdict: z.enum(['captcha', 'block']),
    vendor: z.string().nullable(),
    reason: z.string(),
  })
  .meta({ id: 'BlockedOrigin' })

export const verdictSchema = z
  .object({
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
    confidence: z.number().min(0).max(1),
    vendor: z.string().nullable(),
    evidence: z.array(
      z.object({
        signal: z.string(),
        vendor: z.string().nullable(),
        where: z.string(),
        verdict: z.string(),
        weight: z.number(),
        note: z.string(),
      }),
    ),
    vendorsPresent: z.array(z.string()),
    retryAfterMs: z.number().optional(),
    estimatedWaitMs: z.number().optional(),
    askAgainMs: z.number().optional(),
  })
  .describe('What a response was taken for, and on what evidence.')
  .meta({ id: 'Verdict' })

export const proxy = proxySchema
  .optional()
  .describe(
    'What the session’s requests go through from now on: an `http:`, `https:` or `socks5:` URL, or server and credentials apart. One that `--allow-proxy` of the service names. Default: what the service has for the session, whatever an earlier request said.',
  )
