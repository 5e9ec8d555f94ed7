import { parse } from 'yaml'
import { z } from 'zod'

const name = z.string().regex(/^[a-z\d][\w.-]*$/)
const duration = z.string().regex(/^\d+(?:ms|s|m|h)$/)
const size = z.string().regex(/^\d+[kmg]b?$/)

const service = z.strictObject({
  image: z.string(),
  build: z.strictObject({ context: z.string(), dockerfile: z.string() }).optional(),
  profiles: z.array(name).default([]),
  user: z.string().optional(),
  command: z.array(z.string()).default([]),
  environment: z.record(z.string(), z.string()).default({}),
  secrets: z.array(name).default([]),
  depends_on: z.record(name, z.strictObject({ condition: z.literal('service_healthy') })).default({}),
  restart: z.enum(['unless-stopped', 'no']).default('no'),
  read_only: z.boolean().default(false),
  tmpfs: z.array(z.string().regex(/^\/[\w/.-]+(?::[\w=,]+)?$/)).default([]),
  volumes: z.array(z.string().regex(/^[\w./-]+:\/[\w/.-]+(?::ro)?$/)).default([]),
  ports: z.array(z.string().regex(/^127\.0\.0\.1:\d+:\d+$/, 'publish to 127.0.0.1 only')).default([]),
  cap_drop: z.array(z.literal('ALL')).default([]),
  security_opt: z
    .array(z.string().regex(/^(?:no-new-privileges:true|seccomp=[\w./-]+)$/, 'an unknown option'))
    .default([]),
  shm_size: size.optional(),
  stop_grace_period: duration.default('10s'),
  healthcheck: z
    .strictObject({
      test: z.tuple([z.literal('CMD-SHELL'), z.string()]),
      interval: duration,
      timeout: duration,
      retries: z.number().int().positive(),
    })
    .optional(),
  deploy: z
    .strictObject({
      replicas: z.number().int().positive().default(1),
      resources: z.strictObject({
        limits: z.strictObject({ memory: size.optional(), pids: z.number().int().positive().optional() }),
      }),
    })
    .optional(),
})

const composeFile = z
  .looseObject({
    services: z.record(name, service),
    volumes: z.record(name, z.null()).default({}),
    secrets: z.record(name, z.strictObject({ file: z.string() })).default({}),
  })
  .refine(
    (file) => Object.keys(file).every((key) => /^(?:services|volumes|secrets|x-.*)$/.test(key)),
    'an unknown key beside services, volumes and secrets',
  )

/** One service of a compose file, as far as this reader goes. */
export type ComposeService = z.output<typeof service>
/** What a compose file says. */
export type ComposeFile = Pick<z.output<typeof composeFile>, 'services' | 'volumes' | 'secrets'>

/**
 * Reads a compose file. It knows the keys that `docker/compose.yaml` has, and refuses each other one: what it would skip, nobody
 * would have run.
 *
 * @param env - for `${NAME}`, `${NAME:-default}` and `${NAME:?message}`
 * @throws Error that names what it does not know
 */
export function readCompose(text: string, env: Readonly<Record<string, string | undefined>>): ComposeFile {
  const parsed = composeFile.safeParse(interpolated(parse(text, { merge: true }), env))
  if (!parsed.success) throw new Error(`the compose file: ${z.prettifyError(parsed.error)}`)
  const { services, volumes, secrets } = parsed.data
  for (const [id, { secrets: used, volumes: mounted, depends_on: needed }] of Object.entries(services)) {
    const named = mounted.map((mount) => mount.split(':')[0] ?? '').filter((from) => !/^[./]/.test(from))
    for (const [kind, list, all] of [
      ['secret', used, secrets],
      ['volume', named, volumes],
      ['service', Object.keys(needed), services],
    ] as const) {
      const missing = list.find((one) => !Object.hasOwn(all, one))
      if (missing !== undefined)
        throw new Error(`the compose file: ${id} names the ${kind} ${missing}, and there is none`)
    }
  }
  return { services, volumes, secrets }
}

/** The services in an order in which each comes after those that it depends on; of profiles only those that are asked for. */
export function startOrder({ services }: ComposeFile, profiles: readonly string[]): string[] {
  const order: string[] = []
  const visit = (id: string, above: readonly string[]) => {
    if (above.includes(id)) throw new Error(`the compose file: ${id} depends on itself`)
    for (const needed of Object.keys(services[id]?.depends_on ?? {})) visit(needed, [...above, id])
    if (!order.includes(id)) order.push(id)
  }
  for (const [id, { profiles: own }] of Object.entries(services))
    if (own.length === 0 || own.some((one) => profiles.includes(one))) visit(id, [])
  return order
}

/** How many milliseconds `40s` are. */
export function milliseconds(text: string): number {
  const [, amount = '', unit = ''] = /^(\d+)(ms|s|m|h)$/.exec(text) ?? []
  return Number(amount) * ({ ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }[unit] ?? Number.NaN)
}

function interpolated(value: unknown, env: Readonly<Record<string, string | undefined>>): unknown {
  if (typeof value === 'string') return interpolate(value, env)
  if (Array.isArray(value)) return value.map((each) => interpolated(each, env))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, interpolated(each, env)]))
}

const VARIABLE = /\$(?:(\$)|\{([A-Z\d_]+)(?::([-?])([^}]*))?\}|(.?))/g

function interpolate(text: string, env: Readonly<Record<string, string | undefined>>): string {
  return text.replaceAll(VARIABLE, (_all, dollar, variable, kind, word) => {
    if (dollar !== undefined) return '$'
    if (variable === undefined)
      throw new Error(`the compose file: a $ that is neither $$ nor \${NAME}: ${text}`)
    const given = env[variable]
    if (given) return given
    if (kind === '-') return word
    throw new Error(`the compose file: ${variable} is not set${word ? `: ${word}` : ''}`)
  })
}
