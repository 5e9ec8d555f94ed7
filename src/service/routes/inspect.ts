import { z } from 'zod'
import { brokerInternalsOf } from '../../client/index.ts'
import { INSPECT_DOCUMENT } from '../pages/inspect-document.ts'
import { INSPECT_SCRIPT } from '../pages/inspect-script.ts'
import { INSPECT_STYLE } from '../pages/inspect-style.ts'
import { replyPage } from '../pages/page-reply.ts'
import { epochMs, sessionParams, sessionQuerySchema } from './forms.ts'
import { operation, tenantFilter, tenantOf } from './operation.ts'
import { listQuerySchema } from './sessions.ts'

/** Of more sessions than that a person finds none by looking. */
const MAX_SESSIONS = 1_000

const entriesSchema = z.object({
  entries: z.array(
    z.object({
      kind: z.enum(['cookie', 'localStorage']),
      name: z.string(),
      where: z.string().describe('A cookie’s domain and path, or the origin.'),
      at: epochMs.describe('When it was written.'),
      writer: z.string().describe('Who wrote it: this process or another one.'),
      valueChars: z.number().int(),
    }),
  ),
})

const queueSchema = z.object({
  queue: z.boolean().describe('Whether solves go to workers.'),
  workers: z.number().int().nullable().optional(),
  waiting: z.number().int().optional(),
  active: z.number().int().optional(),
})

const openSchema = z.object({
  sessions: z.array(z.object({ tenant: z.string(), id: z.string(), open: z.boolean() })),
})

export const inspectOperations = [
  ...(
    [
      [
        'inspect',
        '/inspect',
        'text/html',
        INSPECT_DOCUMENT,
        'A page for people: what happens in sessions, and why.',
      ],
      ['inspectStyle', '/inspect/inspect.css', 'text/css', INSPECT_STYLE, 'The stylesheet of the inspector.'],
      [
        'inspectScript',
        '/inspect/inspect.js',
        'text/javascript',
        INSPECT_SCRIPT,
        'The script of the inspector.',
      ],
    ] as const
  ).map(([id, path, type, content, summary]) =>
    operation({
      id,
      method: 'GET',
      path,
      tag: 'inspect',
      summary,
      access: 'anybody',
      answers: { 200: { description: 'It holds no data.', schema: z.string(), type } },
      hijacks: true,
      handle: ({ reply }) => {
        reply.hijack()
        replyPage(reply.raw, type, content)
      },
    }),
  ),
  operation({
    id: 'listOpenSessions',
    method: 'GET',
    path: '/v1/open-sessions',
    tag: 'inspect',
    summary: 'Lists sessions by name: up to 1,000, and whether each is open here.',
    query: listQuerySchema,
    answers: { 200: { description: 'Those that are open first.', schema: openSchema } },
    problems: [503],
    handle: async ({ query, caller, parts }) => {
      const named = tenantFilter(caller, query.tenant)
      const isShown = ({ tenant }: { readonly tenant: string }) => named === undefined || tenant === named
      const open = brokerInternalsOf(parts.broker).open().filter(isShown)
      const known = new Set(open.map(({ tenant, id }) => JSON.stringify([tenant, id])))
      const sessions = open.slice(0, MAX_SESSIONS).map((key) => ({ ...key, open: true }))
      const filter = named === undefined ? {} : { tenant: named }
      for await (const { session } of parts.broker.list(filter)) {
        if (sessions.length >= MAX_SESSIONS) break
        if (!known.has(JSON.stringify([session.tenant, session.id])))
          sessions.push({ ...session, open: false })
      }
      return { sessions }
    },
  }),
  operation({
    id: 'getReport',
    method: 'GET',
    path: '/v1/sessions/{id}/report',
    tag: 'inspect',
    summary:
      'What happened in a session since it was opened here, the latest of it: requests with their transports and why, challenges, events, changes.',
    params: sessionParams,
    query: sessionQuerySchema,
    answers: {
      200: {
        description: 'As `session.report().data()`; null where the session is not open here.',
        schema: z.object({ report: z.record(z.string(), z.unknown()).nullable() }),
      },
    },
    handle: ({ params: { id }, query, caller, parts }) => ({
      report: parts.sessions.reports.of(id, tenantOf(caller, query.tenant))?.data() ?? null,
    }),
  }),
  operation({
    id: 'listEntries',
    method: 'GET',
    path: '/v1/sessions/{id}/entries',
    tag: 'inspect',
    summary:
      'Says which cookies and items a session holds, when each was written and by whom, without values.',
    params: sessionParams,
    query: sessionQuerySchema,
    answers: { 200: { description: 'The latest first, up to 1,000.', schema: entriesSchema } },
    problems: [503],
    handle: async ({ params: { id }, query, caller, parts }) => ({
      entries: (await brokerInternalsOf(parts.broker).view(id, tenantOf(caller, query.tenant))).written(),
    }),
  }),
  operation({
    id: 'getQueue',
    method: 'GET',
    path: '/v1/queue',
    tag: 'inspect',
    summary: 'How many workers are connected, and how many solves wait.',
    access: 'all-tenants',
    answers: { 200: { description: 'The queue.', schema: queueSchema } },
    problems: [503],
    handle: async ({ parts }) => {
      const state = await brokerInternalsOf(parts.broker).queue()
      return state === null ? { queue: false } : { queue: true, ...state }
    },
  }),
]
