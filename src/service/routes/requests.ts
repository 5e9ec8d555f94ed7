import { z } from 'zod'
import type { FetchOptions, Session } from '../../client/index.ts'
import { PURPOSES } from '../../compliance/index.ts'
import type { OnejarResponse } from '../../http/index.ts'
import type { ResponseLimits } from '../parts.ts'
import { proxy, sessionId, tenant, timeoutMs, url, verdictSchema } from './forms.ts'
import { type Call, operation, proxyOf, tenantOf } from './operation.ts'

const expectation = z
  .union([
    z.strictObject({ selector: z.string().max(4096) }),
    z.strictObject({ text: z.string().max(4096) }),
    z.strictObject({ jsonPath: z.string().max(4096) }),
  ])
  .describe('What a good response holds. Where HTTP does not give it, the page has to.')
  .meta({ id: 'Expectation' })

const extraction = z
  .record(
    z.string(),
    z.union([
      z.string().max(4096),
      z.strictObject({
        selector: z.string().max(4096),
        attr: z.string().max(1024).optional(),
        all: z.boolean().optional(),
      }),
    ]),
  )
  .describe('Fields by CSS selectors; the body of the answer is then these fields as JSON, and nothing else.')
  .meta({ id: 'Extraction' })

const retry = z
  .union([
    z.literal(false),
    z.strictObject({
      attempts: z.number().int().min(1).max(10).optional(),
      firstDelayMs: z.number().int().min(1).max(60_000).optional(),
      maxDelayMs: z.number().int().min(1).max(3_600_000).optional(),
    }),
  ])
  .describe('How often it is sent again when it fails; false for never. Default: three attempts in all.')

const context = z
  .strictObject({
    kind: z.enum(['navigate', 'link', 'form', 'window-open', 'fetch', 'img', 'iframe']).optional(),
    method: z.string().max(32).optional(),
    initiator: url.nullable().optional(),
    topLevelUrl: url.nullable().optional(),
    via: z.enum(['http', 'document.cookie']).optional(),
  })
  .describe('How the request came to be: decides SameSite, partitions and the identity’s headers.')

/** What the site's body may have at most, in bytes. */
const maxResponseBytes = z
  .number()
  .int()
  .positive()
  .optional()
  .describe('What the site’s body may have at most, in bytes, decoded. Default: 16 MiB; at most 256 MiB.')

/** Options that every request to a site takes. */
const common = {
  session: sessionId,
  tenant,
  url,
  proxy,
  timeoutMs,
  expect: expectation.optional(),
  extract: extraction.optional(),
  retry: retry.optional(),
  robots: z
    .literal(false)
    .optional()
    .describe('False does without robots.txt for this request; it is audited.'),
  purpose: z
    .enum(PURPOSES)
    .optional()
    .describe(
      'What the content is fetched for: what the site forbids for that is refused. Default: nothing is declared.',
    ),
  deadLetter: z
    .union([z.boolean(), z.strictObject({ statuses: z.array(z.number().int().min(400).max(599)).max(200) })])
    .optional()
    .describe(
      'Keep the request as a dead letter when it fails for good; with `statuses` also when the last answer has one of them. Default: false.',
    ),
  maxResponseBytes,
}

/** Body of `POST /v1/fetch`. */
export const fetchSchema = z
  .strictObject({
    ...common,
    method: z.string().max(32).optional().describe('Default: GET.'),
    headers: z.record(z.string(), z.string()).optional(),
    omitHeaders: z
      .array(z.string().max(256))
      .max(100)
      .optional()
      .describe('Headers that are not sent, whoever would add them.'),
    body: z.string().optional().describe('The body, as text.'),
    bodyBase64: z.base64().optional().describe('The body, as base64: not together with `body`.'),
    redirect: z.enum(['follow', 'manual', 'error']).optional().describe('Default: follow.'),
    maxRedirects: z.number().int().min(0).max(100).optional().describe('Default: 20.'),
    context: context.optional(),
    render: z
      .boolean()
      .optional()
      .describe('The document as it stands after its scripts ran. Default: false.'),
    escalate: z
      .boolean()
      .optional()
      .describe('Go to the browser when the site answers with a challenge. Default: true.'),
    idempotencyKey: z
      .string()
      .min(1)
      .max(255)
      .regex(/^[\x21-\x7e]+$/, 'expected printable ASCII characters without spaces')
      .optional()
      .describe('Has the request reach the server once, however often it is made with this key.'),
  })
  .refine(({ body, bodyBase64 }) => body === undefined || bodyBase64 === undefined, {
    path: ['bodyBase64'],
    error: 'cannot be given together with body: send one of them',
  })

/** Body of `POST /v1/render`. */
export const renderSchema = z.strictObject(common)

const use = z.enum(['allowed', 'forbidden', 'unknown'])

const preferencesSchema = z
  .object({
    uses: z.object({
      search: use,
      'ai-train': use,
      'ai-input': use,
      archive: use,
      'text-mining': use,
    }),
    statements: z.array(
      z.object({
        from: z.string(),
        text: z.string(),
        purposes: z.array(z.enum(PURPOSES)),
        allowed: z.boolean(),
      }),
    ),
    licences: z.array(z.string()),
    tdmPolicy: z.string().nullable(),
  })
  .describe('What the site wishes to be done with the content.')
  .meta({ id: 'SitePreferences' })

/** What a site answered. */
export const siteResponseSchema = z
  .object({
    status: z.number().int().describe('The status that the site answered with.'),
    url: z.string().describe('What answered in the end, after redirects.'),
    redirected: z.boolean(),
    via: z.enum(['http', 'page-fetch', 'page']).describe('The transport that got it.'),
    solved: z.boolean().describe('Whether a challenge had to be solved for it.'),
    preferences: preferencesSchema,
    headers: z.array(z.tuple([z.string(), z.string()])).describe('Names and values, in pairs.'),
    verdict: verdictSchema
      .nullable()
      .describe('What the response was taken for; null where it was not looked at.'),
    text: z.string().optional().describe('The body, where it is UTF-8.'),
    base64: z.base64().optional().describe('The body, where it is not.'),
  })
  .meta({ id: 'SiteResponse' })

const SENDS = [402, 403, 409, 422, 429, 502, 503, 504]

export const requestOperations = [
  operation({
    id: 'fetch',
    method: 'POST',
    path: '/v1/fetch',
    tag: 'requests',
    summary: 'Sends a request in a session, by the cheapest transport that works.',
    description:
      'The options are those of `session.fetch()`. An answer of the site, whatever its status, comes with 200; what prevented one is a problem. The request ends when the caller hangs up.',
    body: fetchSchema,
    answers: { 200: { description: 'The site answered.', schema: siteResponseSchema } },
    problems: SENDS,
    handle: (call) => send(call, call.body),
  }),
  operation({
    id: 'render',
    method: 'POST',
    path: '/v1/render',
    tag: 'requests',
    summary: 'Gives the document at a URL as it stands after its scripts ran.',
    body: renderSchema,
    answers: { 200: { description: 'The document.', schema: siteResponseSchema } },
    problems: SENDS,
    handle: (call) => send(call, { ...call.body, render: true }),
  }),
]

type FetchBody = z.output<typeof fetchSchema>

function send<P, Q, B>(call: Call<P, Q, B>, { session: id, tenant, url, proxy, ...rest }: FetchBody) {
  const { parts, caller, signal } = call
  const options = { ...fetchOptions(limited(rest, parts.responses)), signal }
  return parts.sessions.use(
    id,
    tenantOf(caller, tenant),
    (session) => traced(call, () => answerOf(session, url, options)),
    proxyOf(parts, proxy),
  )
}

function fetchOptions({
  body,
  bodyBase64,
  ...rest
}: Omit<FetchBody, 'session' | 'tenant' | 'url' | 'proxy'>): FetchOptions {
  const bytes = bodyBase64 === undefined ? body : Buffer.from(bodyBase64, 'base64')
  const given = Object.entries({ ...rest, body: bytes }).filter(([, value]) => value !== undefined)
  return Object.fromEntries(given)
}

function limited<T extends { readonly maxResponseBytes?: number | undefined }>(
  rest: T,
  { usual, most }: ResponseLimits,
): T & { readonly maxResponseBytes: number } {
  return { ...rest, maxResponseBytes: Math.min(rest.maxResponseBytes ?? usual, most) }
}

async function answerOf(session: Session, url: string, options: FetchOptions) {
  return siteResponse(await session.fetch(url, options))
}

export type SiteResponse = Awaited<ReturnType<typeof siteResponse>>

/** A site's answer as JSON. */
export async function siteResponse(response: OnejarResponse) {
  const bytes = Buffer.from(await response.arrayBuffer())
  return {
    status: response.status,
    url: response.url,
    redirected: response.redirected,
    via: response.via,
    headers: [...response.headers],
    solved: response.solved,
    preferences: response.preferences,
    verdict: response.verdict,
    ...bodyOf(bytes),
  }
}

/** As text where it is UTF-8, else as base64. */
function bodyOf(bytes: Buffer): { readonly text: string } | { readonly base64: string } {
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) }
  } catch {
    return { base64: bytes.toString('base64') }
  }
}

/** As part of the caller's trace, where there is one. */
export function traced<T, P, Q, B>({ parts, request }: Call<P, Q, B>, work: () => Promise<T>): Promise<T> {
  const { spans } = parts
  if (spans === null) return work()
  const { traceparent } = request.headers
  const parent = typeof traceparent === 'string' ? traceparent : undefined
  return spans.run('onejar.service', { 'http.route': request.routeOptions.url ?? '' }, work, parent)
}
