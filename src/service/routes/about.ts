import { z } from 'zod'
import { ERRORS, type ErrorCode } from '../../core/index.ts'
import { statusOf } from '../error-reply.ts'
import { SERVICE_ERRORS, ServiceError, type ServiceErrorCode } from '../service-error.ts'
import { operation } from './operation.ts'

const aboutSchema = z.object({
  name: z.string(),
  description: z.string(),
  openapi: z.string().describe('Where the description of the interface is.'),
  health: z.string(),
})

const healthSchema = z
  .object({
    status: z.enum(['ok', 'degraded']),
    store: z.enum(['up', 'away']),
    pendingEntries: z.number().int().optional().describe('Entries that wait to be written.'),
    sessions: z.number().int().optional().describe('Sessions that are open here.'),
  })
  .describe(
    'The counts are left out for who sees one tenant only, and for those without a token where tenants have some.',
  )
  .meta({ id: 'Health' })

const codeSchema = z.object({
  code: z.string(),
  status: z.number().int(),
  meaning: z.string(),
  advice: z.string(),
  retry: z.enum(['never', 'same-session', 'new-session', 'after']).optional(),
  tier: z.enum(['recoverable', 'non-recoverable', 'compliance-blocked']).optional(),
})

export const aboutOperations = [
  operation({
    id: 'about',
    method: 'GET',
    path: '/',
    tag: 'about',
    summary: 'Says what this is.',
    access: 'anybody',
    answers: { 200: { description: 'What this is.', schema: aboutSchema } },
    handle: () => ({
      name: 'onejar',
      description:
        'Sessions over HTTP: requests and pages of a user on one record of cookies, web storage and tokens.',
      openapi: '/openapi.json',
      health: '/health',
    }),
  }),
  operation({
    id: 'health',
    method: 'GET',
    path: '/health',
    tag: 'about',
    summary: 'Whether the service works.',
    access: 'anybody',
    answers: {
      200: { description: 'It does.', schema: healthSchema },
      503: { description: 'Its store is away; it goes on in memory.', schema: healthSchema },
    },
    handle: ({ parts, caller, reply }) => {
      const { state, pendingEntries } = parts.broker.storeHealth
      const up = state === 'up'
      reply.code(up ? 200 : 503)
      const counts = caller.counts ? { pendingEntries, sessions: parts.broker.openSessions } : {}
      return { status: up ? 'ok' : 'degraded', store: state, ...counts }
    },
  }),
  operation({
    id: 'metrics',
    method: 'GET',
    path: '/metrics',
    tag: 'about',
    summary: 'What is measured, for Prometheus: of all tenants together.',
    access: 'all-tenants',
    answers: { 200: { description: 'The metrics.', schema: z.string(), type: 'text/plain' } },
    hijacks: true,
    handle: ({ parts, request, reply }) => {
      reply.hijack()
      parts.metrics.handle(request.raw, reply.raw)
    },
  }),
  operation({
    id: 'explainProblem',
    method: 'GET',
    path: '/problems/{code}',
    tag: 'about',
    summary: 'Says what the code of a problem means, and what to do about it.',
    access: 'anybody',
    params: z.strictObject({ code: z.string().max(100) }),
    answers: { 200: { description: 'The code.', schema: codeSchema } },
    problems: [404],
    handle: ({ params: { code } }) => {
      if (Object.hasOwn(ERRORS, code))
        return { code, status: statusOf(code as ErrorCode), ...ERRORS[code as ErrorCode] }
      if (Object.hasOwn(SERVICE_ERRORS, code)) return { code, ...SERVICE_ERRORS[code as ServiceErrorCode] }
      throw new ServiceError('NOT_FOUND', 'There is no such code')
    },
  }),
]
