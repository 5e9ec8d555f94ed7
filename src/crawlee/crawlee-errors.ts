import { NonRetryableError, SessionError } from '@crawlee/core'
import { ERRORS, isOnejarError } from '../core/index.ts'

/**
 * An error in the form by which Crawlee decides: a CAPTCHA, and what no attempt can mend, is not retried; what another
 * session may mend is retried with one, where there is one; the rest is as it was.
 */
export function toCrawleeError(error: unknown, anotherIsFree: () => boolean): unknown {
  if (!isOnejarError(error)) return error
  const { retry } = ERRORS[error.code]
  const isLost = retry === 'never' || (retry === 'new-session' && !anotherIsFree())
  if (!isLost && retry !== 'new-session') return error
  const Kind = isLost ? NonRetryableError : SessionError
  const wrapped = new Kind(error.message)
  wrapped.cause = error
  return Object.assign(wrapped, { code: error.code })
}
