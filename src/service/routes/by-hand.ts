import { z } from 'zod'
import { internalsOf } from '../../client/index.ts'
import { OnejarError, parseHttpUrl } from '../../core/index.ts'
import { ServiceError } from '../service-error.ts'
import { epochMs, sessionParams, sessionQuerySchema, url as urlSchema } from './forms.ts'
import { operation, tenantOf } from './operation.ts'

const handOverSchema = z.strictObject({
  url: urlSchema.describe(
    'What the person is shown: a page of the origin that blocks the session, or the origin.',
  ),
})

const linkSchema = z.object({
  url: z.string().describe('For one browser, once. A secret: give it to the person alone.'),
  origin: z.string(),
  expiresAt: epochMs,
})

export const byHandOperations = [
  operation({
    id: 'handOver',
    method: 'POST',
    path: '/v1/sessions/{id}/by-hand',
    tag: 'blocks',
    summary:
      'Makes a one-time link by which a person sees the page that blocks a session, and can act in it.',
    description:
      'The link is for the first browser that opens it, and ends when the person is done, or after ten minutes. Then the session goes on at the origin, and requests that waited are sent. Another link takes the place of the one before.',
    params: sessionParams,
    query: sessionQuerySchema,
    body: handOverSchema,
    answers: { 201: { description: 'The link.', schema: linkSchema } },
    problems: [404, 409, 503, 504],
    handle: ({ params: { id }, query, body, caller, parts, request }) => {
      const tenant = tenantOf(caller, query.tenant)
      const url = parseHttpUrl(body.url)
      const { origin } = url
      const key = { tenant, id, origin }
      const { waiting, sessions, publicUrl } = parts
      return sessions.use(id, tenant, async (session) => {
        if (!waiting.has(key)) {
          const run = internalsOf(session).handOver(url, ({ page, signal, passed }) =>
            // The session stays open for it, whoever asked for the link.
            sessions.use(id, tenant, () => waiting.show(key, { page, signal, passed, endsWithLink: true })),
          )
          if (run === undefined)
            throw new ServiceError('NOT_FOUND', 'The session is not blocked at this origin')
          const failed = run.then(() => {
            throw new OnejarError(
              'ONEJAR_BROWSER_FAILED',
              'The page could not be shown: see the events of the session',
            )
          })
          failed.catch(() => {})
          await Promise.race([waiting.appears(key), failed])
        }
        const made = waiting.makeLink(key)
        if (made === null)
          throw new ServiceError('NOT_FOUND', 'The session is not blocked at this origin any more')
        const base =
          publicUrl?.href.replace(/\/$/, '') ?? `http://${request.headers.host ?? request.hostname}`
        return { url: base + made.path, origin, expiresAt: made.expiresAt }
      })
    },
  }),
]
