import { z } from 'zod'
import { brokerInternalsOf } from '../../client/index.ts'
import type { Cookie } from '../../record/index.ts'
import { epochMs, reveal, sessionParams, sessionQuerySchema, tenant, url } from './forms.ts'
import { operation, tenantOf } from './operation.ts'

/** Query of `GET /v1/sessions/{id}/cookies`. */
export const cookiesQuerySchema = z.strictObject({
  tenant,
  url: url.optional().describe('Only those that a request there would carry, in the order of the header.'),
  reveal,
})

/** Body of `PUT /v1/sessions/{id}/cookies`. */
export const setCookiesSchema = z.strictObject({
  url: url.describe('Whose cookies they are.'),
  lines: z
    .array(z.string().max(16 * 1024))
    .min(1)
    .max(1_000)
    .describe('`Set-Cookie` lines, as a response from `url` would bring them.'),
})

const clearQuery = z.strictObject({
  tenant,
  name: z.string().max(4096).optional(),
  domain: z.string().max(1024).optional().describe('The exact domain: subdomains are not meant.'),
  path: z.string().max(4096).optional(),
})

const cookieSchema = z
  .object({
    name: z.string(),
    value: z.string().optional().describe('With `reveal=1`.'),
    valueBytes: z.number().int().optional().describe('The length of the value, without `reveal=1`.'),
    domain: z.string(),
    hostOnly: z.boolean(),
    path: z.string(),
    secure: z.boolean(),
    httpOnly: z.boolean(),
    sameSite: z.enum(['strict', 'lax', 'none', 'unspecified']),
    priority: z.enum(['low', 'medium', 'high']),
    partitionKey: z.object({ topLevelSite: z.string(), hasCrossSiteAncestor: z.boolean() }).nullable(),
    expiresAt: epochMs.nullable().describe('Epoch milliseconds; null for a session cookie.'),
    sourceScheme: z.enum(['secure', 'non-secure', 'unset']),
    sourcePort: z.number().int(),
    created: z.number().describe('Grows with the order of creation.'),
  })
  .meta({ id: 'Cookie' })

const resultSchema = z
  .object({
    accepted: z.boolean(),
    reason: z.string().optional().describe('The rule that refused it, as a word.'),
    detail: z.string().optional().describe('The same in a sentence.'),
  })
  .meta({ id: 'SetCookieResult' })

export const cookieOperations = [
  operation({
    id: 'getCookies',
    method: 'GET',
    path: '/v1/sessions/{id}/cookies',
    tag: 'cookies',
    summary:
      'Gives the cookies of a session, without their values unless they are asked for, and opens none for it.',
    params: sessionParams,
    query: cookiesQuerySchema,
    answers: { 200: { description: 'The cookies.', schema: z.object({ cookies: z.array(cookieSchema) }) } },
    problems: [503],
    handle: async ({ params: { id }, query, caller, parts }) => {
      const internals = brokerInternalsOf(parts.broker)
      const tenant = tenantOf(caller, query.tenant)
      const view = await internals.view(id, tenant)
      const cookies = query.url === undefined ? view.cookies.all() : view.cookies.matching(query.url)
      if (query.reveal !== '1') return { cookies: cookies.map(masked) }
      internals.revealed(id, tenant, 'cookies')
      return { cookies }
    },
  }),
  operation({
    id: 'setCookies',
    method: 'PUT',
    path: '/v1/sessions/{id}/cookies',
    tag: 'cookies',
    summary: 'Sets cookies, as a response from a URL would.',
    params: sessionParams,
    query: sessionQuerySchema,
    body: setCookiesSchema,
    answers: {
      200: {
        description: 'What the cookie rules made of each line.',
        schema: z.object({ results: z.array(resultSchema) }),
      },
    },
    problems: [503, 504],
    handle: ({ params: { id }, query, body: { url, lines }, caller, parts }) =>
      parts.sessions.use(id, tenantOf(caller, query.tenant), async (session) => {
        const results = await Promise.all(lines.map((line) => session.cookies.set(line, url)))
        await session.flush()
        return { results }
      }),
  }),
  operation({
    id: 'clearCookies',
    method: 'DELETE',
    path: '/v1/sessions/{id}/cookies',
    tag: 'cookies',
    summary: 'Deletes the cookies that match, or all of them.',
    params: sessionParams,
    query: clearQuery,
    answers: { 204: { description: 'They are gone, in open pages and the store too.' } },
    problems: [503, 504],
    handle: ({ params: { id }, query: { tenant: named, ...filter }, caller, parts }) =>
      parts.sessions.use(id, tenantOf(caller, named), async (session) => {
        const given = Object.entries(filter).filter(([, value]) => value !== undefined)
        await session.cookies.clear(Object.fromEntries(given))
        await session.flush()
      }),
  }),
]

function masked({ value, ...cookie }: Cookie) {
  return { ...cookie, valueBytes: value.length }
}
