import type { z } from 'zod'

/**
 * What a schema makes of a value from outside. A message says what was wanted and leaves out what was there: zod would
 * ask the value for the name of its class, and a hostile object answers that with whatever it likes, or not at all.
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
