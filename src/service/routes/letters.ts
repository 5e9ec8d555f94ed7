import { z } from 'zod'
import { brokerInternalsOf, type Session } from '../../client/index.ts'
import type { ProxySetting } from '../../services/index.ts'
import { ServiceError } from '../service-error.ts'
import { epochMs, proxy, sessionId, sessionParams, sessionQuerySchema, timeoutMs } from './forms.ts'
import { type Call, operation, proxyOf, tenantOf } from './operation.ts'
import { type SiteResponse, siteResponse, siteResponseSchema, traced } from './requests.ts'

const letterParams = z.strictObject({ id: sessionId, letter: z.string().min(1).max(256) })

const letterSchema = z
  .object({
    id: z.string(),
    at: epochMs.describe('When the request failed for good, in epoch milliseconds.'),
    expiresAt: epochMs.describe('When the letter is forgotten, in epoch milliseconds.'),
    method: z.string(),
    url: z.string().describe('Origin and path.'),
    code: z.string().describe('The code of the last error.'),
    tier: z.enum(['recoverable', 'non-recoverable', 'compliance-blocked']),
    status: z.number().int().nullable().describe('What the last answer had; null where there was none.'),
    attempts: z.number().int(),
    isWhole: z.boolean().describe('Whether all of the request was kept, so that it can be sent again.'),
  })
  .meta({ id: 'DeadLetter' })

export const letterOperations = [
  operation({
    id: 'listDeadLetters',
    method: 'GET',
    path: '/v1/sessions/{id}/dead-letters',
    tag: 'letters',
    summary:
      'Lists the requests of a session that failed for good and were kept, and opens no session for it.',
    params: sessionParams,
    query: sessionQuerySchema,
    answers: {
      200: { description: 'The newest first.', schema: z.object({ deadLetters: z.array(letterSchema) }) },
    },
    problems: [503],
    handle: async ({ params: { id }, query, caller, parts }) => ({
      deadLetters: (
        await brokerInternalsOf(parts.broker).view(id, tenantOf(caller, query.tenant))
      ).deadLetters(),
    }),
  }),
  operation({
    id: 'retryDeadLetter',
    method: 'POST',
    path: '/v1/sessions/{id}/dead-letters/{letter}/retry',
    tag: 'letters',
    summary: 'Sends a dead letter again, with the cookies and tokens of now.',
    description: 'It is removed unless the site answers with 429 or 5xx.',
    params: letterParams,
    query: sessionQuerySchema,
    body: z.strictObject({ timeoutMs, proxy }),
    answers: { 200: { description: 'The site answered.', schema: siteResponseSchema } },
    problems: [403, 404, 409, 422, 429, 502, 503, 504],
    handle: (call) => {
      const { query, caller, body, signal, parts } = call
      const through = proxyOf(parts, body.proxy)
      const work: Work<SiteResponse> = (session, letter) =>
        traced(call, async () => {
          const limit = body.timeoutMs === undefined ? {} : { timeoutMs: body.timeoutMs }
          const answer = await siteResponse(await session.deadLetters.retry(letter, { ...limit, signal }))
          await session.flush()
          return answer
        })
      return withLetter(call, tenantOf(caller, query.tenant), work, through)
    },
  }),
  operation({
    id: 'removeDeadLetter',
    method: 'DELETE',
    path: '/v1/sessions/{id}/dead-letters/{letter}',
    tag: 'letters',
    summary: 'Removes a dead letter.',
    params: letterParams,
    query: sessionQuerySchema,
    answers: { 204: { description: 'It is gone.' } },
    problems: [404, 503, 504],
    handle: (call) =>
      withLetter(call, tenantOf(call.caller, call.query.tenant), async (session, letter) => {
        session.deadLetters.remove(letter)
        await session.flush()
      }),
  }),
]

type Work<T> = (session: Session, letter: string) => Promise<T>

/** @throws ServiceError NOT_FOUND, before a session is opened for it */
async function withLetter<T, Q, B>(
  { params: { id, letter }, parts }: Call<z.output<typeof letterParams>, Q, B>,
  tenant: string,
  work: Work<T>,
  through?: ProxySetting | null,
): Promise<T> {
  const view = await brokerInternalsOf(parts.broker).view(id, tenant)
  if (!view.deadLetters().some((each) => each.id === letter))
    throw new ServiceError('NOT_FOUND', 'There is no such dead letter')
  return parts.sessions.use(id, tenant, (session) => work(session, letter), through)
}
