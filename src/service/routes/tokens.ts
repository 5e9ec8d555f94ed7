import { z } from 'zod'
import type { TokenBindingInput } from '../../client/index.ts'
import { ServiceError } from '../service-error.ts'
import { origin, sessionParams, sessionQuerySchema, tenant, url } from './forms.ts'
import { operation, tenantOf } from './operation.ts'

const path = z.array(z.string().max(1024)).max(64).optional().describe('Leads to a member of the JSON in it.')
const name = z.string().max(4096)
const header = z
  .string()
  .max(256)
  .regex(/^[!#$%&'*+\-.^_`|~\w]+$/, 'expected a header name')

const addSchema = z.strictObject({
  origin: origin.describe('The only origin that the header is sent to.'),
  header,
  template: z
    .string()
    .max(1024)
    .optional()
    .describe('The header’s value, with `{}` where the token goes: `Bearer {}`. Default: `{}`.'),
  transform: z
    .enum(['raw', 'decoded'])
    .optional()
    .describe('Whether the token is percent-decoded. Default: raw.'),
  source: z
    .union([
      z.strictObject({ cookie: name, path }),
      z.strictObject({ local: name, origin: url.optional(), path }),
      z.strictObject({ session: name, origin: url.optional(), path }),
      z.strictObject({ meta: name, origin: url.optional() }),
    ])
    .describe('A cookie, an item of localStorage or sessionStorage, or a meta element.'),
  page: url.optional().describe('The page that is opened to renew the token. Default: the root of `origin`.'),
})

const bindingSchema = z
  .object({
    origin: z.string(),
    header: z.string(),
    template: z.string(),
    transform: z.enum(['raw', 'decoded']),
    page: z.string(),
    source: z.object({
      kind: z.enum(['cookie', 'local', 'session', 'meta', 'memory']),
      name: z.string().optional(),
      key: z.string().optional(),
      origin: z.string().optional(),
      path: z.array(z.string()).optional(),
      kept: z
        .object({
          origin: z.string(),
          database: z.string(),
          store: z.string(),
          key: z.union([z.string(), z.number(), z.null()]),
          path: z.array(z.string()),
        })
        .optional()
        .describe('Where in IndexedDB a token of `memory` stood, too, when the session was released.'),
    }),
    learned: z.boolean().describe('Whether pages taught it; else it was declared.'),
  })
  .describe(
    'A header that takes its value from a cookie, a storage item, or what a page sent last. It holds no value.',
  )
  .meta({ id: 'TokenBinding' })

export const tokenOperations = [
  operation({
    id: 'listTokenBindings',
    method: 'GET',
    path: '/v1/sessions/{id}/token-bindings',
    tag: 'tokens',
    summary: 'Lists the token bindings of a session.',
    params: sessionParams,
    query: sessionQuerySchema,
    answers: {
      200: { description: 'In no order.', schema: z.object({ bindings: z.array(bindingSchema) }) },
    },
    problems: [503, 504],
    handle: ({ params: { id }, query, caller, parts }) =>
      parts.sessions.use(id, tenantOf(caller, query.tenant), async (session) => ({
        bindings: session.tokenBindings.list(),
      })),
  }),
  operation({
    id: 'addTokenBinding',
    method: 'PUT',
    path: '/v1/sessions/{id}/token-bindings',
    tag: 'tokens',
    summary: 'Declares a token binding. It replaces the one for its origin and header.',
    params: sessionParams,
    query: sessionQuerySchema,
    body: addSchema,
    answers: { 200: { description: 'The binding.', schema: bindingSchema } },
    problems: [503, 504],
    handle: ({ params: { id }, query, body, caller, parts }) =>
      parts.sessions.use(id, tenantOf(caller, query.tenant), async (session) => {
        const binding = session.tokenBindings.add(withoutUndefined(body))
        await session.flush()
        return binding
      }),
  }),
  operation({
    id: 'removeTokenBinding',
    method: 'DELETE',
    path: '/v1/sessions/{id}/token-bindings',
    tag: 'tokens',
    summary: 'Removes the token binding of an origin and header.',
    params: sessionParams,
    query: z.strictObject({ tenant, origin, header }),
    answers: { 204: { description: 'It is gone.' } },
    problems: [404, 503, 504],
    handle: ({ params: { id }, query: { tenant: named, origin, header: from }, caller, parts }) =>
      parts.sessions.use(id, tenantOf(caller, named), async (session) => {
        if (!session.tokenBindings.remove(origin, from))
          throw new ServiceError('NOT_FOUND', 'There is no such token binding')
        await session.flush()
      }),
  }),
]

/** JSON has no undefined: this changes the type alone. */
function withoutUndefined(body: z.output<typeof addSchema>): TokenBindingInput {
  return body as TokenBindingInput
}
