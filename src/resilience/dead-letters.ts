import { z } from 'zod'
import type { ErrorCode, ErrorTier } from '../core/index.ts'
import type { Attempt } from './attempt.ts'

/** Which requests are kept when they fail for good; false for none. */
export type DeadLetterPlan =
  | false
  | {
      /** Answers with these statuses count as failures, beside those that time may mend (429, 5xx). */
      statuses: number[]
    }

export const deadLetterSchema = z
  .union([
    z.boolean(),
    z.strictObject({ statuses: z.array(z.number().int().min(400).max(599)).max(200).default([]) }),
  ])
  .transform((given): DeadLetterPlan => (given === true ? { statuses: [] } : given))

export type DeadLetterOption = z.input<typeof deadLetterSchema>

/** An answer that refuses the session is no failure, whatever its status. */
const REFUSALS: ReadonlySet<string | undefined> = new Set([
  'js-challenge',
  'captcha',
  'block',
  'waiting-room',
])

/** Whether an answer counts as a failure because its status was named. */
export function isNamedFailure(
  attempt: Attempt,
  { statuses }: { readonly statuses: readonly number[] },
): boolean {
  return attempt.kind === 'response' && statuses.includes(attempt.status) && !REFUSALS.has(attempt.verdict)
}

/** Failures of the caller's own making, or asked for: nobody would want to send the same thing again. */
const NO_LETTER: ReadonlySet<ErrorCode> = new Set([
  'ONEJAR_BAD_OPTIONS',
  'ONEJAR_BAD_URL',
  'ONEJAR_BAD_INPUT',
  'ONEJAR_ABORTED',
  'ONEJAR_CLOSED',
])

/** Whether a request that ended like this is kept. What a site or a rule forbids is not: it is not to be sent again. */
export function becomesDeadLetter(code: ErrorCode, tier: ErrorTier): boolean {
  return tier !== 'compliance-blocked' && !NO_LETTER.has(code)
}

/** Names under which credentials travel, in headers, queries, forms and JSON. */
const CREDENTIAL_NAME =
  /pass(word|wd|phrase|code)?$|^pwd$|secret|token|api[-_]?key|^key$|credential|signature|^sig$|^otp$|^pin$|^cvv|auth(?!or(?!i))|session|csrf|xsrf|jwt|cookie/i

export function isCredentialName(name: string): boolean {
  return CREDENTIAL_NAME.test(name)
}

/** A query without the members that look like credentials, as they were written; `?` included, or empty. */
export function withoutCredentials(search: string): { readonly search: string; readonly isWhole: boolean } {
  if (search.length < 2) return { search, isWhole: true }
  const parts = search.slice(1).split('&')
  const kept = parts.filter((part) => !isCredentialName(decoded(part.split('=', 1)[0] ?? '')))
  return { search: kept.length === 0 ? '' : `?${kept.join('&')}`, isWhole: kept.length === parts.length }
}

/** Whether a body holds a member that looks like a credential; of what is neither form nor JSON nothing is known. */
export function holdsCredentials(contentType: string, body: string): boolean {
  if (/json/i.test(contentType)) {
    for (const [, name = ''] of body.matchAll(/"((?:[^"\\]|\\.){1,256})"\s*:/g))
      if (isCredentialName(name)) return true
    return false
  }
  if (!/urlencoded/i.test(contentType)) return /multipart/i.test(contentType)
  return !withoutCredentials(`?${body}`).isWhole
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return text
  }
}
