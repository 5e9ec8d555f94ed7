import type { z } from 'zod'
import { OnejarError } from './errors.ts'
import { nearest } from './nearest.ts'

/**
 * Parses options: validates them against a strict schema and reports all issues at once, with their paths.
 *
 * @param what - what is being parsed, as the caller knows it: `openBroker()`, `session.fetch()`
 * @throws OnejarError ONEJAR_BAD_OPTIONS
 */
export function parseOptions<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  what: string,
): z.output<Schema> {
  const { data, error } = parsed(schema, value ?? {}, what)
  if (error === null) return data
  const issues = error.issues.flatMap(withinUnion).map((issue) => {
    const path = issue.path.map(String).join('.')
    if (issue.code === 'unrecognized_keys') {
      const known = keysAt(schema, issue.path)
      return issue.keys.map((key) => unknownKey(key, known, path)).join('; ')
    }
    return path ? `${path}: ${issue.message}` : issue.message
  })
  throw new OnejarError('ONEJAR_BAD_OPTIONS', `${what}: ${issues.join('; ')}`, { details: { issues } })
}

/** A getter or a proxy among them can throw, also where its kind is described. @throws OnejarError ONEJAR_BAD_OPTIONS */
function parsed<Schema extends z.ZodType>(schema: Schema, value: unknown, what: string) {
  try {
    const { data, error = null } = schema.safeParse(value)
    return { data: data as z.output<Schema>, error: error && { issues: error.issues } }
  } catch (cause) {
    throw new OnejarError('ONEJAR_BAD_OPTIONS', `${what}: the options cannot be read`, { cause })
  }
}

/**
 * For an option that takes one of several forms: the issues of the form that the caller meant, which is the one whose
 * issues lie deeper than the form itself. When there is no such form, the issue itself.
 */
function withinUnion(issue: z.core.$ZodIssue): z.core.$ZodIssue[] {
  if (issue.code !== 'invalid_union') return [issue]
  const meant =
    issue.errors.find((issues) =>
      issues.some(({ code, path }) => path.length > 0 || code === 'unrecognized_keys'),
    ) ?? issue.errors.find((issues) => issues.some(({ code }) => code === 'custom'))
  if (meant === undefined) return [issue]
  return meant.flatMap((inner) => withinUnion({ ...inner, path: [...issue.path, ...inner.path] }))
}

/** Options that had another name in earlier versions, with their name today. */
const RENAMED: ReadonlyMap<string, string> = new Map([
  ['visitTimeoutMs', 'solveTimeoutMs'],
  ['maxVisits', 'maxSolves'],
  ['answerFromVisits', 'answerFromSolve'],
  ['takeOverTimeoutMs', 'manualInterventionTimeoutMs'],
])

/** The message for an unknown key: it names the nearest known key. */
export function unknownKey(key: string, known: readonly string[], path = ''): string {
  const shown = key.slice(0, 64).replace(/[^\x20-\x7e]/g, '?')
  const renamed = RENAMED.get(key)
  const near = renamed !== undefined && known.includes(renamed) ? renamed : nearest(key, known)
  const hint =
    near === undefined ? '' : near === renamed ? `; it is called ${near} now` : `; the nearest is ${near}`
  return path === '' ? `there is no option ${shown}${hint}` : `${path}: there is no ${shown} in it${hint}`
}

/** The keys that a schema knows at a path; for several forms, the keys of all of them. */
function keysAt(schema: unknown, path: readonly PropertyKey[]): string[] {
  const def = (schema as { readonly def?: Definition } | undefined)?.def
  if (def === undefined) return []
  if (def.innerType !== undefined) return keysAt(def.innerType, path)
  if (def.in !== undefined) return [...keysAt(def.in, path), ...keysAt(def.out, path)]
  if (def.options !== undefined) return def.options.flatMap((option) => keysAt(option, path))
  const [first, ...rest] = path
  if (def.shape !== undefined) {
    if (first === undefined) return Object.keys(def.shape)
    return Object.hasOwn(def.shape, first) ? keysAt(def.shape[String(first)], rest) : []
  }
  if (first === undefined) return []
  return keysAt(def.element ?? def.valueType, rest)
}

/** The part of a zod schema that describes its structure. */
interface Definition {
  readonly innerType?: unknown
  readonly in?: unknown
  readonly out?: unknown
  readonly options?: readonly unknown[]
  readonly shape?: Readonly<Record<string, unknown>>
  readonly element?: unknown
  readonly valueType?: unknown
}
