import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { parseOptions } from '../core/index.ts'
import { errorClass } from '../telemetry/index.ts'
import type { Access, Caller } from './access.ts'
import { addPersonRoutes } from './by-hand/person-routes.ts'
import { errorReply, PROBLEM_TYPE } from './error-reply.ts'
import { endMalformed } from './malformed-request.ts'
import { openApiDocument } from './openapi.ts'
import { OPERATIONS } from './operations.ts'
import type { Parts } from './parts.ts'
import { descriptionOperation } from './routes/description.ts'
import type { Operation } from './routes/operation.ts'
import { ServiceError } from './service-error.ts'

export interface ApiOptions {
  readonly parts: Parts
  readonly access: Access
  /** A request's body at most. */
  readonly maxBodyBytes: number
  /** How many requests are under way: kept by the interface. */
  readonly underway: { count: number }
}

/** More than a head can hold: what an id may have is for the schemas to say. */
const MAX_PATH_PART = 64 * 1024

/** The HTTP interface to a broker: JSON in, JSON out. It does not listen yet. */
export function createApi({ parts, access, maxBodyBytes, underway }: ApiOptions): FastifyInstance {
  const { log } = parts
  const refuse = (error: unknown, request: FastifyRequest, reply: FastifyReply) => {
    const { status, headers, body } = errorReply(error)
    const fields = { method: request.method, status, error_class: errorClass(error) }
    if (status >= 500) log.error(fields, 'request to the service failed')
    else log.info(fields, 'request to the service refused')
    return reply.code(status).headers(headers).type(PROBLEM_TYPE).send(body)
  }
  const app = Fastify({
    logger: false,
    bodyLimit: maxBodyBytes,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: MAX_PATH_PART },
    frameworkErrors: refuse,
    clientErrorHandler: (error, socket) => endMalformed(error, socket),
  })
  // Otherwise a text that is no JSON would be a body like any other.
  app.removeContentTypeParser('text/plain')

  const operations = [...OPERATIONS, descriptionOperation(() => description)]
  const description = openApiDocument(operations)
  const byRoute = new Map(operations.map((each) => [`${each.method} ${routeOf(each)}`, each]))
  const callers = new WeakMap<FastifyRequest, Caller>()

  app.addHook('onRequest', async (_request, reply) => {
    underway.count++
    reply.raw.once('close', () => {
      underway.count--
    })
  })
  app.addHook('onRequest', async (request, reply) => {
    if (request.routeOptions.config.forPerson) return
    reply.header('cache-control', 'no-store')
    const method = request.method === 'HEAD' ? 'GET' : request.method
    const needs = byRoute.get(`${method} ${request.routeOptions.url ?? ''}`)?.access
    const caller = needs === 'anybody' ? access.strangerOf(request.headers) : access.callerOf(request.headers)
    if ('status' in caller) {
      const { code, message } = caller
      throw new ServiceError(code, message, code === 'UNAUTHORISED' ? { 'www-authenticate': 'Bearer' } : {})
    }
    if (needs === 'all-tenants' && caller.tenant !== null)
      throw new ServiceError('FORBIDDEN', 'This is for a token that sees all tenants')
    callers.set(request, caller)
  })
  app.setErrorHandler(refuse)
  app.setNotFoundHandler((request, reply) => refuse(notFound(request, operations), request, reply))

  app.addHook('preClose', async () => parts.streams.close())

  for (const operation of operations) {
    app.route({
      method: operation.method,
      url: routeOf(operation),
      exposeHeadRoute: operation.method === 'GET' && operation.hijacks !== true,
      handler: (request, reply) => run(operation, request, reply, callers.get(request) as Caller, parts),
    })
  }
  addPersonRoutes(app, parts)
  return app
}

async function run(
  operation: Operation,
  request: FastifyRequest,
  reply: FastifyReply,
  caller: Caller,
  parts: Parts,
): Promise<unknown> {
  const hungUp = new AbortController()
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) hungUp.abort()
  })
  const call = {
    params: operation.params && parseOptions(operation.params, request.params, 'the path'),
    query: operation.query && parseOptions(operation.query, request.query, 'the query'),
    body: operation.body && parseOptions(operation.body, request.body, 'the body'),
    ...{ caller, parts, request, reply, signal: hungUp.signal },
  }
  if (operation.hijacks) {
    operation.handle(call)
    return reply
  }
  reply.code(Number(Object.keys(operation.answers)[0]))
  const body = await operation.handle(call)
  if (body === undefined) return reply.send()
  // Texts are JSON here as everything else is.
  return reply.type('application/json; charset=utf-8').send(JSON.stringify(body))
}

/** Whether it is the path that is not there, or only the method. */
function notFound(request: FastifyRequest, operations: readonly Operation[]): ServiceError {
  const [path = ''] = request.url.split('?')
  const methods = operations
    .filter((each) => patternOf(each).test(path))
    .flatMap(({ method, hijacks }) => (method === 'GET' && !hijacks ? ['GET', 'HEAD'] : [method]))
  if (methods.length === 0)
    return new ServiceError('NOT_FOUND', 'There is no such endpoint; openapi.json has those that there are')
  const allow = [...new Set(methods)].join(', ')
  return new ServiceError('METHOD_NOT_ALLOWED', `This endpoint has ${allow}`, { allow })
}

/** As the router writes it. */
function routeOf({ path }: Operation): string {
  return path.replaceAll(/\{(\w+)\}/g, ':$1')
}

function patternOf({ path }: Operation): RegExp {
  const parts = path.split(/\{\w+\}/).map((part) => part.replaceAll('.', '\\.'))
  return new RegExp(`^${parts.join('[^/]+')}$`)
}
