import type { z } from 'zod'
import { OnejarError } from './errors.ts'

/**
 * The one door for options: validates against a strict schema and reports all issues at once with their paths.
 *
 * @param what - what is being parsed, as the caller knows it: `openBroker()`, `session.fetch()`
 * @throws OnejarError ONEJAR_BAD_OPTIONS
 */
export function parseOptions<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  what: string,
): z.output<Schema> {
  const result = schema.safeParse(value ?? {})
  if (result.success) return result.data
  const issues = result.error.issues.flatMap(withinUnion).map((issue) => {
    const path = issue.path.map(String).join('.')
    return path ? `${path}: ${issue.message}` : issue.message
  })
  throw new OnejarError('ONEJAR_BAD_OPTIONS', `${what}: ${issues.join('; ')}`, { details: { issues } })
}

/**
 * Where one of several forms is allowed, the issues of the form that was meant: the one in which something deeper is wrong
 * than the form itself. Where none is, the issue as it stands.
 */
function withinUnion(issue: z.core.$ZodIssue): z.core.$ZodIssue[] {
  if (issue.code !== 'invalid_union') return [issue]
  const meant = issue.errors.find((issues) =>
    issues.some(({ code, path }) => path.length > 0 || code === 'unrecognized_keys' || code === 'custom'),
  )
  if (meant === undefined) return [issue]
  return meant.flatMap((inner) => withinUnion({ ...inner, path: [...issue.path, ...inner.path] }))
}
