import type { z } from 'zod'
import { OnejarError } from '../../core/index.ts'
import { checkForm } from './check-form.ts'

/** The limits of a file: far above any real session, far below what would exhaust memory. */
export const MAX_FILE_CHARS = 256 * 1024 * 1024
export const MAX_FILE_COOKIES = 100_000
export const MAX_FILE_ORIGINS = 10_000

/**
 * Text, or what was parsed from it, as the outer form of a file. The message names places and forms, no contents.
 *
 * @param what - what is read, for the message: `Playwright storage state`
 * @throws OnejarError ONEJAR_BAD_INPUT
 */
export function readJson<Schema extends z.ZodType>(
  schema: Schema,
  input: unknown,
  what: string,
): z.output<Schema> {
  const value = typeof input === 'string' ? parseJsonText(input, what) : input
  const result = checkForm(schema, value)
  if (result.success) return result.data
  const issue = result.error.issues[0]
  throw new OnejarError(
    'ONEJAR_BAD_INPUT',
    `The ${what} does not have the expected form: ${describeIssue(issue)}`,
  )
}

/**
 * Parses a text as JSON.
 *
 * @throws OnejarError ONEJAR_BAD_INPUT
 */
export function parseJsonText(text: string, what: string): unknown {
  if (text.length > MAX_FILE_CHARS) throw new OnejarError('ONEJAR_BAD_INPUT', `The ${what} is too large`)
  try {
    return JSON.parse(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text)
  } catch {
    throw new OnejarError('ONEJAR_BAD_INPUT', `The ${what} is not JSON`)
  }
}

/** The first issue of a zod error: path and message, of which neither holds a value or a name that the file chose. */
export function describeIssue(issue: z.core.$ZodIssue | undefined): string {
  if (issue === undefined) return 'it is not valid'
  const path = issue.path.map(String).join('.')
  const message = issue.code === 'unrecognized_keys' ? 'it has an unknown member' : issue.message
  return path ? `${path}: ${message}` : message
}
