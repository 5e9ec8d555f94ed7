import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { type Broker, brokerInternalsOf, type FetchOptions, type Session } from '../client/index.ts'
import { parseOptions } from '../core/index.ts'
import type { OnejarResponse } from '../http/index.ts'
import type { Cookie } from '../record/index.ts'
import { errorClass, type Log, type Spans } from '../telemetry/index.ts'
import { refusalOf } from './access.ts'
import {
  cookiesQuerySchema,
  fetchSchema,
  listQuerySchema,
  MAX_ID_LENGTH,
  renderSchema,
  sessionQuerySchema,
  setCookiesSchema,
  unblockSchema,
} from './api-schemas.ts'
import { errorReply } from './error-reply.ts'
import { endMalformed } from './malformed-request.ts'
import type { MetricsEndpoint } from './metrics-endpoint.ts'
import type { OpenSessions } from './open-sessions.ts'

export interface ApiOptions {
  readonly broker: Broker
  readonly sessions: OpenSessions
  readonly metrics: MetricsEndpoint
  /** Null: only what comes from this machine and from no web page is let in. */
  readonly token: string | null
  readonly log: Log
  readonly spans: Spans | null
  /** A request's body at most. */
  readonly maxBodyBytes: number
  readonly responses: ResponseLimits
  /** How many requests are under way: kept by the interface. */
  readonly underway: { count: number }
}

/** What a site's body may have, in bytes. */
export interface ResponseLimits {
  /** Where a request does not say. */
  readonly usual: number
  /** Whatever a request says. */
  readonly most: number
}

/** What anybody may ask. */
const OPEN_PATHS = new Set(['/health'])

/** The HTTP interface to a broker: JSON in, JSON out. It does not listen yet. */
export function createApi(options: ApiOptions): FastifyInstance {
  const { broker, metrics, token, log, maxBodyBytes, responses, underway, sessions } = options
  const refuse = (error: unknown, request: FastifyRequest, reply: FastifyReply) => {
    const { status, body } = errorReply(error)
    const fields = { method: request.method, status, error_class: errorClass(error) }
    if (status >= 500) log.error(fields, 'request to the service failed')
    else log.info(fields, 'request to the service refused')
    return reply.code(status).send(body)
  }
  const app = Fastify({
    logger: false,
    bodyLimit: maxBodyBytes,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: MAX_ID_LENGTH },
    frameworkErrors: refuse,
    clientErrorHandler: (error, socket) => endMalformed(error, socket),
  })

  app.addHook('onRequest', async (_request, reply) => {
    underway.count++
    reply.raw.once('close', () => {
      underway.count--
    })
  })
  app.addHook('onRequest', async (request, reply) => {
    const refusal = token !== null && isOpen(request) ? null : refusalOf(request.headers, token)
    if (refusal === null) return
    const { status, code, message } = refusal
    await reply.code(status).send({ error: { code, message } })
  })
  app.setErrorHandler(refuse)
  app.setNotFoundHandler((_request, reply) =>
    reply.code(404).send({ error: { code: 'NOT_FOUND', message: 'There is no such endpoint' } }),
  )

  app.get('/health', async (_request, reply) => {
    const { state, pendingEntries } = broker.storeHealth
    const up = state === 'up'
    const body = { store: state, pendingEntries, sessions: broker.openSessions }
    return reply.code(up ? 200 : 503).send({ status: up ? 'ok' : 'degraded', ...body })
  })
  app.get('/metrics', (request, reply) => {
    reply.hijack()
    metrics.handle(request.raw, reply.raw)
  })

  app.get('/v1/sessions', async (request) => {
    const { tenant } = parseOptions(listQuerySchema, request.query, 'the query')
    const sessions: unknown[] = []
    for await (const { session, ...info } of broker.list(tenant === undefined ? {} : { tenant }))
      sessions.push({ ...session, ...info })
    return { sessions }
  })
  app.delete('/v1/sessions/:id', async (request, reply) => {
    const { tenant } = parseOptions(sessionQuerySchema, request.query, 'the query')
    const removed = await broker.remove(idOf(request), { tenant })
    return reply.code(removed ? 204 : 404).send()
  })
  app.get('/v1/sessions/:id/cookies', async (request) => {
    const { tenant, url, reveal } = parseOptions(cookiesQuerySchema, request.query, 'the query')
    const { cookies: held } = await brokerInternalsOf(broker).view(idOf(request), tenant)
    const cookies = url === undefined ? held.all() : held.matching(url)
    return { cookies: reveal === '1' ? cookies : cookies.map(masked) }
  })
  app.put('/v1/sessions/:id/cookies', async (request) => {
    const { tenant } = parseOptions(sessionQuerySchema, request.query, 'the query')
    const { url, lines } = parseOptions(setCookiesSchema, request.body, 'the body')
    return sessions.use(idOf(request), tenant, async (session) => {
      const results = await Promise.all(lines.map((line) => session.cookies.set(line, url)))
      await session.flush()
      return { results }
    })
  })
  app.get('/v1/sessions/:id/blocked', async (request) => {
    const { tenant } = parseOptions(sessionQuerySchema, request.query, 'the query')
    return { blocked: (await brokerInternalsOf(broker).view(idOf(request), tenant)).blockedOrigins() }
  })
  app.post('/v1/sessions/:id/unblock', async (request) => {
    const { tenant } = parseOptions(sessionQuerySchema, request.query, 'the query')
    const { origin } = parseOptions(unblockSchema, request.body, 'the body')
    return sessions.use(idOf(request), tenant, async (session) => {
      session.unblock(origin)
      await session.flush()
      return { blocked: session.blockedOrigins() }
    })
  })
  app.post('/v1/fetch', async (request) => {
    const { session: id, tenant, url, ...rest } = parseOptions(fetchSchema, request.body, 'the body')
    const given = fetchOptions(limited(rest, responses))
    return sessions.use(id, tenant, (session) => traced(options, request, () => answer(session, url, given)))
  })
  app.post('/v1/render', async (request) => {
    const { session: id, tenant, url, ...rest } = parseOptions(renderSchema, request.body, 'the body')
    const given = fetchOptions({ ...limited(rest, responses), render: true })
    return sessions.use(id, tenant, (session) => traced(options, request, () => answer(session, url, given)))
  })
  return app
}

type FetchBody = Omit<ReturnType<typeof fetchSchema.parse>, 'session' | 'tenant' | 'url'>

function fetchOptions({ body, bodyBase64, ...rest }: Partial<FetchBody>): FetchOptions {
  const bytes = bodyBase64 === undefined ? body : Buffer.from(bodyBase64, 'base64')
  const given = Object.entries({ ...rest, body: bytes }).filter(([, value]) => value !== undefined)
  return Object.fromEntries(given)
}

function limited<T extends { readonly maxResponseBytes?: number | undefined }>(
  rest: T,
  { usual, most }: ResponseLimits,
): T & { readonly maxResponseBytes: number } {
  return { ...rest, maxResponseBytes: Math.min(rest.maxResponseBytes ?? usual, most) }
}

async function answer(session: Session, url: string, options: FetchOptions) {
  const response = await session.fetch(url, options)
  return { ...head(response), ...bodyOf(Buffer.from(await response.arrayBuffer())) }
}

function head(response: OnejarResponse) {
  return {
    status: response.status,
    url: response.url,
    redirected: response.redirected,
    via: response.via,
    headers: [...response.headers],
  }
}

/** As text where it is UTF-8, else as base64. */
function bodyOf(bytes: Buffer): { readonly text: string } | { readonly base64: string } {
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) }
  } catch {
    return { base64: bytes.toString('base64') }
  }
}

function masked({ value, ...cookie }: Cookie) {
  return { ...cookie, valueBytes: value.length }
}

function idOf(request: FastifyRequest): string {
  return (request.params as { readonly id: string }).id
}

function isOpen(request: FastifyRequest): boolean {
  return request.method === 'GET' && OPEN_PATHS.has(request.routeOptions.url ?? '')
}

/** As part of the caller's trace, where there is one. */
function traced<T>({ spans }: ApiOptions, request: FastifyRequest, work: () => Promise<T>): Promise<T> {
  if (spans === null) return work()
  const { traceparent } = request.headers
  const parent = typeof traceparent === 'string' ? traceparent : undefined
  return spans.run('onejar.service', { 'http.route': request.routeOptions.url ?? '' }, work, parent)
}
