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
  const issues = result.error.issues.map((issue) => {
    const path = issue.path.map(String).join('.')
    return path ? `${path}: ${issue.message}` : issue.message
  })
  throw new OnejarError('ONEJAR_BAD_OPTIONS', `${what}: ${issues.join('; ')}`, { details: { issues } })
}
