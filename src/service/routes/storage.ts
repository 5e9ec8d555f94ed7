import { z } from 'zod'
import { brokerInternalsOf } from '../../client/index.ts'
import { origin, reveal, sessionParams, sessionQuerySchema, tenant } from './forms.ts'
import { operation, tenantOf } from './operation.ts'

/** What a browser keeps of one item at most. */
const MAX_ITEM_CHARS = 5 * 1024 * 1024

const readQuery = z.strictObject({ tenant, origin, reveal })

const writeSchema = z.strictObject({
  origin,
  items: z
    .array(z.strictObject({ key: z.string().max(MAX_ITEM_CHARS), value: z.string().max(MAX_ITEM_CHARS) }))
    .min(1)
    .max(10_000),
})

const deleteQuery = z.strictObject({
  tenant,
  origin,
  key: z.string().max(MAX_ITEM_CHARS).optional().describe('Default: every item of the origin.'),
})

const itemsSchema = z.object({
  origin: z.string(),
  items: z.array(
    z
      .object({
        key: z.string(),
        value: z.string().optional().describe('With `reveal=1`.'),
        valueChars: z.number().int().optional().describe('The length of the value, without `reveal=1`.'),
      })
      .meta({ id: 'StorageItem' }),
  ),
})

export const storageOperations = [
  operation({
    id: 'getLocalStorage',
    method: 'GET',
    path: '/v1/sessions/{id}/local-storage',
    tag: 'storage',
    summary:
      'Gives the localStorage of an origin, without values unless they are asked for, and opens no session for it.',
    description: '`getSession` names the origins that have items.',
    params: sessionParams,
    query: readQuery,
    answers: { 200: { description: 'The items, in no order.', schema: itemsSchema } },
    problems: [503],
    handle: async ({ params: { id }, query, caller, parts }) => {
      const internals = brokerInternalsOf(parts.broker)
      const tenant = tenantOf(caller, query.tenant)
      const view = await internals.view(id, tenant)
      const shown = query.reveal === '1'
      if (shown) internals.revealed(id, tenant, `local-storage of ${new URL(query.origin).origin}`)
      const items = [...view.localItems(query.origin)].map(([key, value]) =>
        shown ? { key, value } : { key, valueChars: value.length },
      )
      return { origin: new URL(query.origin).origin, items }
    },
  }),
  operation({
    id: 'setLocalStorage',
    method: 'PUT',
    path: '/v1/sessions/{id}/local-storage',
    tag: 'storage',
    summary: 'Sets items of localStorage; others of the origin stay.',
    params: sessionParams,
    query: sessionQuerySchema,
    body: writeSchema,
    answers: { 204: { description: 'Open pages and the store have them.' } },
    problems: [503, 504],
    handle: ({ params: { id }, query, body: { origin, items }, caller, parts }) =>
      parts.sessions.use(id, tenantOf(caller, query.tenant), async (session) => {
        const storage = session.localStorage(origin)
        await Promise.all(items.map(({ key, value }) => storage.set(key, value)))
        await session.flush()
      }),
  }),
  operation({
    id: 'deleteLocalStorage',
    method: 'DELETE',
    path: '/v1/sessions/{id}/local-storage',
    tag: 'storage',
    summary: 'Deletes an item of localStorage, or all of an origin.',
    params: sessionParams,
    query: deleteQuery,
    answers: { 204: { description: 'It is gone.' } },
    problems: [503, 504],
    handle: ({ params: { id }, query: { tenant: named, origin, key }, caller, parts }) =>
      parts.sessions.use(id, tenantOf(caller, named), async (session) => {
        const storage = session.localStorage(origin)
        await (key === undefined ? storage.clear() : storage.delete(key))
        await session.flush()
      }),
  }),
]
