import { z } from 'zod'
import { brokerInternalsOf } from '../../client/index.ts'
import { blockedSchema, epochMs, origin, sessionParams, sessionQuerySchema } from './forms.ts'
import { operation, tenantOf } from './operation.ts'

/** Body of `POST /v1/sessions/{id}/unblock`. */
export const unblockSchema = z.strictObject({
  origin: origin.describe('Where the session goes on; a URL counts for its origin.'),
})

const quarantineSchema = z.strictObject({
  reason: z.string().min(1).max(1024).describe('A sentence without secrets.'),
  origin: origin.optional().describe('Default: everywhere.'),
  forMs: z
    .number()
    .int()
    .positive()
    .max(10 * 365 * 24 * 3_600_000)
    .optional()
    .describe('For how long, in milliseconds. Default: 10 minutes.'),
})

const originQuery = z.strictObject({
  ...sessionQuerySchema.shape,
  origin: origin.optional().describe('Default: the quarantine of the whole session.'),
})

const quarantinedSchema = z.object({
  quarantine: z
    .object({ until: epochMs, remainingMs: z.number(), reason: z.string() })
    .nullable()
    .describe('Null when the session may be used there.'),
})

const blockedAnswer = z.object({ blocked: z.array(blockedSchema) })

export const blockOperations = [
  operation({
    id: 'listBlocked',
    method: 'GET',
    path: '/v1/sessions/{id}/blocked',
    tag: 'blocks',
    summary: 'Says where a CAPTCHA or a refusal stopped a session, and opens none for it.',
    params: sessionParams,
    query: sessionQuerySchema,
    answers: { 200: { description: 'The oldest first.', schema: blockedAnswer } },
    problems: [503],
    handle: async ({ params: { id }, query, caller, parts }) => ({
      blocked: (
        await brokerInternalsOf(parts.broker).view(id, tenantOf(caller, query.tenant))
      ).blockedOrigins(),
    }),
  }),
  operation({
    id: 'unblock',
    method: 'POST',
    path: '/v1/sessions/{id}/unblock',
    tag: 'blocks',
    summary:
      'Lets a session go on at an origin that a CAPTCHA, a block, a quarantine or a pause had stopped.',
    params: sessionParams,
    query: sessionQuerySchema,
    body: unblockSchema,
    answers: { 200: { description: 'The origins that are left.', schema: blockedAnswer } },
    problems: [503, 504],
    handle: ({ params: { id }, query, body, caller, parts }) =>
      parts.sessions.use(id, tenantOf(caller, query.tenant), async (session) => {
        session.unblock(body.origin)
        await session.flush()
        return { blocked: session.blockedOrigins() }
      }),
  }),
  operation({
    id: 'getQuarantine',
    method: 'GET',
    path: '/v1/sessions/{id}/quarantine',
    tag: 'blocks',
    summary: 'Says until when and why a session is not to be used.',
    params: sessionParams,
    query: originQuery,
    answers: { 200: { description: 'The quarantine.', schema: quarantinedSchema } },
    problems: [503, 504],
    handle: ({ params: { id }, query, caller, parts }) =>
      parts.sessions.use(id, tenantOf(caller, query.tenant), async (session) => ({
        quarantine: session.quarantined(query.origin),
      })),
  }),
  operation({
    id: 'setQuarantine',
    method: 'PUT',
    path: '/v1/sessions/{id}/quarantine',
    tag: 'blocks',
    summary: 'Keeps a session from being used for a while, in every process that has it.',
    params: sessionParams,
    query: sessionQuerySchema,
    body: quarantineSchema,
    answers: { 200: { description: 'The quarantine.', schema: quarantinedSchema } },
    problems: [503, 504],
    handle: ({ params: { id }, query, body, caller, parts }) =>
      parts.sessions.use(id, tenantOf(caller, query.tenant), async (session) => {
        const { reason, origin, forMs } = body
        session.quarantine(reason, {
          ...(origin === undefined ? {} : { origin }),
          ...(forMs === undefined ? {} : { forMs }),
        })
        await session.flush()
        return { quarantine: session.quarantined(origin) }
      }),
  }),
  operation({
    id: 'liftQuarantine',
    method: 'DELETE',
    path: '/v1/sessions/{id}/quarantine',
    tag: 'blocks',
    summary: 'Ends a quarantine before its time.',
    params: sessionParams,
    query: originQuery,
    answers: { 204: { description: 'There is none there.' } },
    problems: [503, 504],
    handle: ({ params: { id }, query, caller, parts }) =>
      parts.sessions.use(id, tenantOf(caller, query.tenant), async (session) => {
        session.liftQuarantine(query.origin)
        await session.flush()
      }),
  }),
]
