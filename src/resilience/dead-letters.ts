import type { ErrorCode, ErrorTier } from '../core/index.ts'

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
