import { z } from 'zod'
import { packageVersion } from '../core/index.ts'
import type { Operation } from './routes/operation.ts'

type Json = Record<string, unknown>

const TAGS: Readonly<Record<string, string>> = {
  requests: 'Requests to sites in a session.',
  sessions: 'Sessions: users’ states, by tenant and id.',
  cookies: 'The cookies of a session.',
  storage: 'The localStorage of a session.',
  files: 'Sessions from and to files of other tools.',
  tokens: 'Headers that take their value from a cookie or a storage item.',
  blocks: 'Where a session is not used, and why.',
  letters: 'Requests that failed for good.',
  events: 'What happens, as it happens.',
  verdicts: 'What a response is.',
  about: 'The service itself.',
}

const problemSchema = z
  .object({
    type: z.string().describe('Where the code is explained, on this service.'),
    title: z.string().describe('What the code means.'),
    status: z.number().int(),
    detail: z.string().describe('What was wrong this time; it holds no secret.'),
    code: z.string().describe('What programs go by. Codes stay; sentences may change.'),
    advice: z.string(),
    tier: z.enum(['recoverable', 'non-recoverable', 'compliance-blocked']).optional(),
    retry: z.enum(['never', 'same-session', 'new-session', 'after']).optional(),
    retryAfterMs: z.number().optional(),
    error: z
      .object({
        code: z.string(),
        message: z.string(),
        retry: z.string().optional(),
        retryAfterMs: z.number().optional(),
      })
      .describe('The form of earlier versions.')
      .meta({ deprecated: true }),
  })
  .describe('What went wrong, as RFC 9457 has it.')

/** The description of the interface, as OpenAPI 3.1, made from the operations' own schemas. */
export function openApiDocument(operations: readonly Operation[]): Json {
  const schemas = schemasOf(operations)
  const paths: Record<string, Json> = {}
  for (const operation of operations) {
    paths[operation.path] ??= {}
    ;(paths[operation.path] as Json)[operation.method.toLowerCase()] = describe(operation)
  }
  const used = new Set(operations.map(({ tag }) => tag))
  return {
    openapi: '3.1.0',
    info: {
      title: 'Onejar',
      version: packageVersion(),
      description:
        'Sessions over HTTP: requests and pages of a user on one record of cookies, web storage and tokens. JSON in, JSON out; what goes wrong is `application/problem+json`.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    security: [{ token: [] }],
    tags: Object.entries(TAGS)
      .filter(([name]) => used.has(name))
      .map(([name, description]) => ({ name, description })),
    paths,
    components: {
      securitySchemes: {
        token: {
          type: 'http',
          scheme: 'bearer',
          description: 'The token of the service, or of one tenant. Not asked where the service has none.',
        },
      },
      responses: {
        Problem: {
          description: 'What went wrong.',
          content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
        },
      },
      schemas,
    },
  }
}

function describe(operation: Operation): Json {
  const { id, tag, summary, description, access = 'caller', params, query, body, answers } = operation
  const parameters = [...parametersOf(params, 'path'), ...parametersOf(query, 'query')]
  const problems = new Set(operation.problems)
  if (parameters.length > 0 || body) problems.add(400)
  if (access !== 'anybody') problems.add(401).add(403)
  if (body) problems.add(413).add(415)
  const responses: Json = {}
  for (const [status, { description: what, schema, type = 'application/json' }] of Object.entries(answers)) {
    const content =
      schema === undefined ? {} : { content: { [type]: { schema: refOr(schema, `${capital(id)}Answer`) } } }
    responses[status] = { description: what, ...content }
  }
  for (const status of [...problems].sort()) responses[status] = { $ref: '#/components/responses/Problem' }
  responses['default'] = { $ref: '#/components/responses/Problem' }
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(description === undefined ? {} : { description }),
    ...(access === 'anybody' ? { security: [] } : {}),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: { 'application/json': { schema: refOr(body, `${capital(id)}Request`) } },
          },
        }),
    responses,
  }
}

function parametersOf(schema: z.ZodType | undefined, where: 'path' | 'query'): Json[] {
  if (schema === undefined) return []
  const { properties = {}, required = [] } = z.toJSONSchema(schema, { io: 'input' })
  return Object.entries(properties).map(([name, given]) => {
    const { description, ...rest } = given as Json
    return {
      name,
      in: where,
      required: where === 'path' || required.includes(name),
      ...(description === undefined ? {} : { description }),
      schema: rest,
    }
  })
}

/** A schema by its own name, or by that of the operation which alone has it. */
function refOr(schema: z.ZodType, name: string): Json {
  return { $ref: `#/components/schemas/${nameOf(schema) ?? name}` }
}

/** What is sent as the callers may write it, what is answered as it comes, each under a name that clients can use. */
function schemasOf(operations: readonly Operation[]): Json {
  const sent = new Map<string, z.ZodType>()
  const answered = new Map<string, z.ZodType>([['Problem', problemSchema]])
  for (const { id, body, answers } of operations) {
    if (body !== undefined) sent.set(nameOf(body) ?? `${capital(id)}Request`, body)
    for (const { schema } of Object.values(answers)) {
      if (schema !== undefined) answered.set(nameOf(schema) ?? `${capital(id)}Answer`, schema)
    }
  }
  return Object.fromEntries(
    Object.entries({ ...toJson(sent, 'input'), ...toJson(answered, 'output') }).sort(([a], [b]) =>
      a < b ? -1 : 1,
    ),
  )
}

function toJson(named: ReadonlyMap<string, z.ZodType>, io: 'input' | 'output'): Json {
  const found: Json = {}
  for (const [name, schema] of named) {
    const {
      $schema,
      $defs = {},
      id,
      ...rest
    } = z.toJSONSchema(schema, {
      io,
      override: ({ jsonSchema }) => {
        // A later version may answer more: clients are not to refuse that.
        if (io === 'output' && jsonSchema.additionalProperties === false)
          delete jsonSchema.additionalProperties
      },
    })
    // A schema with a name of its own is among its own definitions.
    Object.assign(found, relocated({ [name]: rest, ...$defs }))
  }
  return found
}

/** References to definitions beside a schema, as references to the document's; and without the names they came under. */
function relocated(schemas: Json): Json {
  const text = JSON.stringify(schemas, (key, value) =>
    key === '$ref' && typeof value === 'string' ? value.replace('#/$defs/', '#/components/schemas/') : value,
  )
  const moved = JSON.parse(text) as Record<string, Json>
  for (const schema of Object.values(moved)) delete schema['id']
  return moved
}

function nameOf(schema: z.ZodType): string | undefined {
  return z.globalRegistry.get(schema)?.id
}

function capital(id: string): string {
  return id.charAt(0).toUpperCase() + id.slice(1)
}
