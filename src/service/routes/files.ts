import { z } from 'zod'
import { IMPORT_FORMATS, SESSION_FORMATS } from '../../client/index.ts'
import { sessionParams, sessionQuerySchema, tenant, url } from './forms.ts'
import { operation, tenantOf } from './operation.ts'

const exportQuery = z.strictObject({
  tenant,
  format: z.enum(SESSION_FORMATS).describe('Only `json` loses nothing.'),
})

const importSchema = z.strictObject({
  text: z.string().describe('The content of the file.'),
  format: z
    .enum(['auto', ...IMPORT_FORMATS])
    .optional()
    .describe('Default: auto, by what the file holds.'),
  url: url.optional().describe('The site that response headers are from. Needed for `headers` only.'),
})

const exportedSchema = z
  .object({
    format: z.enum(SESSION_FORMATS),
    text: z.string().describe('The content of the file. It holds the session’s secrets.'),
    losses: z.array(
      z.object({
        what: z.string(),
        count: z.number().int(),
        names: z.array(z.string()),
        why: z.string(),
      }),
    ),
  })
  .meta({ id: 'ExportedSession' })

const reportSchema = z
  .object({
    format: z.enum(IMPORT_FORMATS).describe('What the file was taken for.'),
    cookies: z.number().int(),
    origins: z.number().int(),
    problems: z
      .array(z.object({ at: z.string(), why: z.string() }))
      .describe('Places that were not taken, or not as they are written; never a value.'),
    leftOut: z.number().int(),
  })
  .meta({ id: 'ImportReport' })

export const fileOperations = [
  operation({
    id: 'exportSession',
    method: 'GET',
    path: '/v1/sessions/{id}/export',
    tag: 'files',
    summary: 'Gives a session in the file form of another tool, secrets included.',
    params: sessionParams,
    query: exportQuery,
    answers: { 200: { description: 'The file.', schema: exportedSchema } },
    problems: [503, 504],
    handle: ({ params: { id }, query, caller, parts }) =>
      parts.sessions.use(id, tenantOf(caller, query.tenant), async (session) => {
        const { format, text, losses } = await session.export(query.format)
        return { format, text, losses }
      }),
  }),
  operation({
    id: 'importSession',
    method: 'POST',
    path: '/v1/sessions/{id}/import',
    tag: 'files',
    summary: 'Takes a file’s cookies and storage into a session, beside what it holds; the file wins.',
    params: sessionParams,
    query: sessionQuerySchema,
    body: importSchema,
    answers: { 200: { description: 'What was taken.', schema: reportSchema } },
    problems: [503, 504],
    handle: ({ params: { id }, query, body: { text, format, url: site }, caller, parts }) =>
      parts.sessions.use(id, tenantOf(caller, query.tenant), async (session) => {
        const report = await session.import(text, {
          ...(format === undefined ? {} : { format }),
          ...(site === undefined ? {} : { url: site }),
        })
        await session.flush()
        return report
      }),
  }),
]
