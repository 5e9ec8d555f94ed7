import { z } from 'zod'
import { sessionParams, sessionQuerySchema, tenant } from './forms.ts'
import { operation, tenantFilter, tenantOf } from './operation.ts'

const streamOf = {
  200: {
    description:
      'A stream of server-sent events, without end: `event` is the type, `data` the event as JSON, with `at` in epoch milliseconds, `session` and `pseudonym`. A line that begins with a colon says that the stream lives; the first one, that nothing from now on is missed. `lost` says how many events were dropped because the reader was too slow.',
    schema: z.string(),
    type: 'text/event-stream',
  },
}

export const eventOperations = [
  operation({
    id: 'sessionEvents',
    method: 'GET',
    path: '/v1/sessions/{id}/events',
    tag: 'events',
    summary:
      'What happens in a session from now on, and why. It is not opened for it, and may be released meanwhile.',
    params: sessionParams,
    query: sessionQuerySchema,
    answers: streamOf,
    problems: [429],
    hijacks: true,
    handle: ({ params: { id }, query, caller, parts, reply }) => {
      const named = tenantOf(caller, query.tenant)
      parts.streams.assertRoom()
      reply.hijack()
      parts.streams.open({ tenant: named, id }, reply.raw)
    },
  }),
  operation({
    id: 'events',
    method: 'GET',
    path: '/v1/events',
    tag: 'events',
    summary: 'What happens in all sessions that the token may see.',
    description:
      'For who sees all tenants, with `tenant` left out, also what concerns no session, as the store.',
    query: z.strictObject({ tenant }),
    answers: streamOf,
    problems: [429],
    hijacks: true,
    handle: ({ query, caller, parts, reply }) => {
      const named = tenantFilter(caller, query.tenant) ?? null
      parts.streams.assertRoom()
      reply.hijack()
      parts.streams.open({ tenant: named }, reply.raw)
    },
  }),
]
