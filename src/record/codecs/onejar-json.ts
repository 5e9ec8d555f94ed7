import { z } from 'zod'
import { OnejarError } from '../../core/index.ts'
import { checkForm } from './check-form.ts'
import { CookieIntake, type ImportOptions } from './cookie-intake.ts'
import { OriginIntake } from './origin-intake.ts'
import { describeIssue, MAX_FILE_COOKIES, MAX_FILE_ORIGINS, readJson } from './read-json.ts'
import { cookieSchema } from './schemas.ts'
import type { Imported, SessionState } from './state.ts'

const FORMAT = 'onejar'
const VERSION = 1

const headSchema = z.object({ format: z.literal(FORMAT), version: z.number().int().min(1) })
const fileSchema = z.strictObject({
  format: z.literal(FORMAT),
  version: z.literal(VERSION),
  cookies: z.array(z.unknown()).max(MAX_FILE_COOKIES),
  origins: z.array(z.unknown()).max(MAX_FILE_ORIGINS),
})
const fileOriginSchema = z.strictObject({
  origin: z.string(),
  localStorage: z.array(z.unknown()),
  sessionStorage: z.array(z.unknown()),
  indexedDB: z.unknown().optional(),
})

/**
 * A state as Onejar's own file, which loses nothing: cookies with every attribute and their creation times, local and
 * session storage, IndexedDB. Names, values and paths of cookies are byte strings: one char is one byte.
 */
export function toOnejarJson(state: SessionState): string {
  const { cookies, origins } = state
  return `${JSON.stringify({ format: FORMAT, version: VERSION, cookies, origins }, null, 2)}\n`
}

/**
 * Onejar's own file, as text or parsed. A creation time in the future becomes the present.
 *
 * @throws OnejarError ONEJAR_BAD_INPUT when the file as a whole is not of this form, or of a newer version; single
 *   entries become problems
 */
export function fromOnejarJson(input: unknown, options: ImportOptions): Imported {
  const parsed = readJson(z.unknown(), input, 'Onejar file')
  const head = readJson(headSchema, parsed, 'Onejar file')
  if (head.version > VERSION) {
    throw new OnejarError(
      'ONEJAR_BAD_INPUT',
      `The Onejar file has version ${head.version}; this Onejar reads up to ${VERSION}`,
    )
  }
  const file = readJson(fileSchema, parsed, 'Onejar file')
  const intake = new CookieIntake(options)
  const origins = new OriginIntake(intake)
  for (const [index, candidate] of file.cookies.entries()) {
    const at = `cookies[${index}]`
    const cookie = checkForm(cookieSchema, candidate)
    if (cookie.success)
      intake.admit({ ...cookie.data, created: Math.min(cookie.data.created, options.tick()) }, at)
    else intake.leave(at, describeIssue(cookie.error.issues[0]))
  }
  for (const [index, candidate] of file.origins.entries()) {
    const at = `origins[${index}]`
    const origin = checkForm(fileOriginSchema, candidate)
    if (origin.success) origins.take(origin.data, at)
    else intake.leave(at, describeIssue(origin.error.issues[0]))
  }
  return intake.result(origins.origins)
}
