import { Ajv2020 } from 'ajv/dist/2020.js'

interface Described {
  readonly method: string
  readonly path: string
  readonly operation: {
    readonly operationId: string
    readonly parameters?: readonly {
      readonly name: string
      readonly in: string
      readonly required: boolean
    }[]
    readonly responses: Readonly<
      Record<string, { readonly content?: Readonly<Record<string, { schema: object }>> }>
    >
  }
}

/** What a call takes, by name: parts of the path and the query are found where the description says. */
export interface CallOptions {
  readonly with?: Readonly<Record<string, string>>
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/**
 * A client that knows nothing but what `openapi.json` says, and holds each answer to it: its status, its content type, its
 * schema, and no member that is not described.
 */
export class OpenApiClient {
  readonly called = new Set<string>()
  readonly operations: ReadonlyMap<string, Described>
  readonly #url: string
  readonly #ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false })
  readonly #components: unknown

  private constructor(url: string, document: { readonly paths: object; readonly components: object }) {
    this.#url = url
    this.#components = closed(document.components)
    const all = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods as object).map(
        ([method, operation]): Described => ({ method, path, operation }),
      ),
    )
    this.operations = new Map(all.map((each) => [each.operation.operationId, each]))
  }

  static async open(url: string): Promise<OpenApiClient> {
    const response = await fetch(`${url}/openapi.json`)
    return new OpenApiClient(url, (await response.json()) as { paths: object; components: object })
  }

  /** @throws Error for an answer that is not as it is described */
  async call(id: string, options: CallOptions = {}) {
    const { response, described } = await this.send(id, options)
    const { status } = response
    const text = await response.text()
    const type = response.headers.get('content-type')?.split(';')[0]
    const where = described.operation.responses[status] ?? described.operation.responses['default']
    if (status < 400 && where === described.operation.responses['default'])
      throw new Error(`${id}: ${status} is not described`)
    const json: ReturnType<typeof JSON.parse> = type?.endsWith('json') ? JSON.parse(text) : undefined
    if (status >= 400 || text !== '') {
      const described = status >= 400 ? PROBLEM : where?.content?.[type ?? '']
      const fits = status < 400 || type === 'application/problem+json'
      this.#hold(`${id} ${status}`, fits ? described?.schema : undefined, json ?? text)
    } else if (where?.content !== undefined) throw new Error(`${id} ${status}: no body, and one is described`)
    this.called.add(id)
    return { status, json, text }
  }

  /** The bare request. */
  async send(id: string, { with: given = {}, body, headers }: CallOptions, signal?: AbortSignal) {
    const described = this.operations.get(id)
    if (described === undefined) throw new Error(`There is no operation ${id}`)
    let { path } = described
    const query = new URLSearchParams()
    for (const [name, value] of Object.entries(given)) {
      const parameter = described.operation.parameters?.find((each) => each.name === name)
      if (parameter === undefined) throw new Error(`${id} has no parameter ${name}`)
      if (parameter.in === 'path') path = path.replace(`{${name}}`, encodeURIComponent(value))
      else query.set(name, value)
    }
    const search = query.size > 0 ? `?${query}` : ''
    const response = await fetch(this.#url + path + search, {
      method: described.method.toUpperCase(),
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    })
    return { response, described }
  }

  #hold(what: string, schema: object | undefined, value: unknown): void {
    if (schema === undefined) throw new Error(`${what}: the content type is not described`)
    const validate = this.#ajv.compile({ allOf: [closed(schema)], components: this.#components })
    if (!validate(value)) throw new Error(`${what}: ${this.#ajv.errorsText(validate.errors)}`)
  }
}

const PROBLEM = { schema: { $ref: '#/components/schemas/Problem' } }

/** The description with every object closed that says which members it has: what is not described is found then. */
function closed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closed)
  if (typeof value !== 'object' || value === null) return value
  const copy = Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, closed(inner)]))
  const isOpen = copy['type'] === 'object' && 'properties' in copy && !('additionalProperties' in copy)
  return isOpen ? { ...copy, additionalProperties: false } : copy
}
