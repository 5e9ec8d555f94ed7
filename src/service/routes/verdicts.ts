import { z } from 'zod'
import { classify, explain } from '../../challenge/index.ts'
import { proxy, sessionParams, sessionQuerySchema, url, verdictSchema } from './forms.ts'
import { operation, proxyOf, tenantOf } from './operation.ts'
import { traced } from './requests.ts'

const classifySchema = z
  .strictObject({
    url: url.describe('What answered, after redirects.'),
    method: z.string().min(1).max(32).optional().describe('The method of the request. Default: GET.'),
    status: z.number().int().min(100).max(999),
    headers: z
      .array(z.tuple([z.string(), z.string()]))
      .max(1_000)
      .optional()
      .describe('Names and values, in pairs, as an answer of `fetch` has them.'),
    text: z.string().optional().describe('The body, decoded.'),
    base64: z.base64().optional().describe('The body, as base64: not together with `text`.'),
  })
  .refine(({ text, base64 }) => text === undefined || base64 === undefined, {
    path: ['base64'],
    error: 'cannot be given together with text: send one of them',
  })

const solveSchema = z.strictObject({ url, proxy })

export const verdictOperations = [
  operation({
    id: 'classify',
    method: 'POST',
    path: '/v1/classify',
    tag: 'verdicts',
    summary: 'Says what a recorded response is, how sure that is, and why. Nothing is fetched.',
    body: classifySchema,
    answers: {
      200: {
        description: 'The verdict.',
        schema: z.object({
          verdict: verdictSchema,
          explanation: z.string().describe('The same for people, in lines.'),
        }),
      },
    },
    handle: ({ body: { text, base64, ...head } }) => {
      const body = base64 === undefined ? (text ?? '') : Buffer.from(base64, 'base64')
      const { url: answered, status, method = 'GET', headers = [] } = head
      const verdict = classify({ url: answered, status, method, headers, body })
      return { verdict, explanation: explain(verdict) }
    },
  }),
  operation({
    id: 'solve',
    method: 'POST',
    path: '/v1/sessions/{id}/solve',
    tag: 'requests',
    summary: 'Has the browser pass the challenge before a URL, so that later requests do not meet it.',
    params: sessionParams,
    query: sessionQuerySchema,
    body: solveSchema,
    answers: { 204: { description: 'It is passed; the session has the cookies.' } },
    problems: [403, 409, 429, 502, 503, 504],
    handle: (call) => {
      const { params, query, body, caller, parts } = call
      return parts.sessions.use(
        params.id,
        tenantOf(caller, query.tenant),
        (session) =>
          traced(call, async () => {
            await session.solveChallenge(body.url)
            await session.flush()
          }),
        proxyOf(parts, body.proxy),
      )
    },
  }),
]
