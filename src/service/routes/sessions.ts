import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { brokerInternalsOf } from '../../client/index.ts'
import { ServiceError } from '../service-error.ts'
import { blockedSchema, epochMs, sessionId, sessionParams, sessionQuerySchema, tenant } from './forms.ts'
import { operation, tenantFilter, tenantOf } from './operation.ts'

/** Query of `GET /v1/sessions`. */
export const listQuerySchema = z.strictObject({
  tenant: tenant.describe('Only the sessions of this tenant. Default: all that the token may see.'),
})

const storedSchema = z
  .object({
    tenant: z.string(),
    id: z.string(),
    createdAt: epochMs,
    writtenAt: epochMs,
    expiresAt: epochMs,
    entries: z.number().int().describe('Cookies, items and others, deletions included.'),
    sizeBytes: z.number().int(),
  })
  .meta({ id: 'StoredSession' })

const sessionSchema = z
  .object({
    tenant: z.string(),
    id: z.string(),
    pseudonym: z.string().describe('What logs, traces and the audit trail call the session.'),
    stored: z.boolean().describe('Whether the store has it, or had it when it was opened.'),
    open: z.boolean().describe('Whether it is open here.'),
    cookies: z.number().int().describe('How many cookies it has.'),
    origins: z.array(z.string()).describe('The origins with items in localStorage.'),
    blocked: z.array(blockedSchema),
    deadLetters: z.number().int(),
  })
  .meta({ id: 'Session' })

const createSchema = z.strictObject({
  id: sessionId.optional().describe('Default: a random UUID.'),
  tenant,
})

export const sessionOperations = [
  operation({
    id: 'listSessions',
    method: 'GET',
    path: '/v1/sessions',
    tag: 'sessions',
    summary: 'Lists the sessions that the store keeps, in no order.',
    query: listQuerySchema,
    answers: { 200: { description: 'The sessions.', schema: z.object({ sessions: z.array(storedSchema) }) } },
    problems: [503],
    handle: async ({ query, caller, parts }) => {
      const named = tenantFilter(caller, query.tenant)
      const sessions: unknown[] = []
      for await (const { session, ...info } of parts.broker.list(
        named === undefined ? {} : { tenant: named },
      ))
        sessions.push({ ...session, ...info })
      return { sessions }
    },
  }),
  operation({
    id: 'createSession',
    method: 'POST',
    path: '/v1/sessions',
    tag: 'sessions',
    summary: 'Opens a session, so that its id is known.',
    description:
      'Not needed: the first request with an id opens the session as well. One that holds nothing is not kept in the store, and is gone when it is released.',
    body: createSchema,
    answers: {
      201: { description: 'It is open. `stored` says whether the store had it.', schema: sessionSchema },
    },
    problems: [503, 504],
    handle: async ({ body, caller, parts }) => {
      const { id = randomUUID() } = body
      const named = tenantOf(caller, body.tenant)
      return parts.sessions.use(id, named, () => describeSession(parts.broker, id, named))
    },
  }),
  operation({
    id: 'getSession',
    method: 'GET',
    path: '/v1/sessions/{id}',
    tag: 'sessions',
    summary: 'Says what a session holds, in numbers, and opens none for it.',
    params: sessionParams,
    query: sessionQuerySchema,
    answers: { 200: { description: 'The session.', schema: sessionSchema } },
    problems: [404, 503],
    handle: async ({ params: { id }, query, caller, parts }) => {
      const found = await describeSession(parts.broker, id, tenantOf(caller, query.tenant))
      if (!found.stored && !found.open) throw noSession()
      return found
    },
  }),
  operation({
    id: 'removeSession',
    method: 'DELETE',
    path: '/v1/sessions/{id}',
    tag: 'sessions',
    summary: 'Forgets a session, here and in the store.',
    params: sessionParams,
    query: sessionQuerySchema,
    answers: { 204: { description: 'It is gone.' } },
    problems: [404, 503],
    handle: async ({ params: { id }, query, caller, parts }) => {
      const named = tenantOf(caller, query.tenant)
      const { open } = await brokerInternalsOf(parts.broker).view(id, named)
      const removed = await parts.broker.remove(id, { tenant: named })
      if (!removed && !open) throw noSession()
    },
  }),
  operation({
    id: 'releaseSession',
    method: 'POST',
    path: '/v1/sessions/{id}/release',
    tag: 'sessions',
    summary: 'Releases a session: its browser context is closed, its record is in the store.',
    description: 'Not needed: a session that is unused for a while is released anyway.',
    params: sessionParams,
    query: sessionQuerySchema,
    answers: { 204: { description: 'It is not open here any more.' } },
    problems: [503],
    handle: ({ params: { id }, query, caller, parts }) =>
      brokerInternalsOf(parts.broker).release(id, tenantOf(caller, query.tenant)),
  }),
]

async function describeSession(
  broker: Parameters<typeof brokerInternalsOf>[0] & object,
  id: string,
  named: string,
) {
  const view = await brokerInternalsOf(broker).view(id, named)
  const { pseudonym, stored, open } = view
  return {
    ...{ tenant: named, id, pseudonym, stored, open },
    cookies: view.cookies.all().length,
    origins: view.localOrigins(),
    blocked: view.blockedOrigins(),
    deadLetters: view.deadLetters().length,
  }
}

function noSession(): ServiceError {
  return new ServiceError('NOT_FOUND', 'There is no such session')
}
