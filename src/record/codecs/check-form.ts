import type { z } from 'zod'

/**
 * Parses an external value with a schema. A message says what was expected and not what was found: zod would ask the value
 * for the name of its class, and a hostile object can throw, or return anything.
 */
export function checkForm<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
): z.ZodSafeParseResult<z.output<Schema>> {
  return schema.safeParse(value, { error: withoutTheValue })
}

function withoutTheValue(issue: z.core.$ZodRawIssue): string | undefined {
  return issue.code === 'invalid_type' ? `Invalid input: expected ${issue.expected}` : undefined
}
