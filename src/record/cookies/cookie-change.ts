import type { Cookie } from '../cookie.ts'
import type { ParseFailure } from './parse-set-cookie.ts'

/** Which rule refused a Set-Cookie line. */
export type RejectReason =
  | ParseFailure
  | 'domain'
  | 'prefix'
  | 'partitioned-not-secure'
  | 'secure-from-plain'
  | 'shadows-secure'
  | 'same-site-none-not-secure'
  | 'same-site'
  | 'http-only-from-script'
  | 'third-party'
  | 'not-kept'

/** Each reason in a sentence, without anything of the cookie or the site in it. */
export const REJECT_DETAIL: Readonly<Record<RejectReason, string>> = {
  'control-character': 'There is a control character in the line, or a tab inside a name or a value',
  'too-large': 'Name and value together have more than 4,096 bytes',
  empty: 'The cookie has neither a name nor a value',
  'nameless-pair': 'The cookie has no name and an equals sign in its value',
  domain: 'The Domain attribute does not fit the host, or is a public suffix',
  prefix: 'The cookie lacks what the prefix of its name promises',
  'partitioned-not-secure': 'A Partitioned cookie has to be Secure',
  'secure-from-plain': 'A Secure cookie cannot be set over a plain connection',
  'shadows-secure': 'A plain connection may neither overwrite nor shadow a Secure cookie',
  'same-site-none-not-secure': 'SameSite=None requires Secure',
  'same-site': 'The context is cross-site, and the cookie is not SameSite=None',
  'http-only-from-script': 'A script may neither set nor overwrite an HttpOnly cookie',
  'third-party': 'Third-party cookies are blocked',
  'not-kept':
    'The record cannot hold the cookie: its host or path is too long, or its creation time is invalid',
}

/**
 * What a Set-Cookie line does to a jar. `put` is the cookie to keep, or null when the line deletes (or the cookie did
 * not survive eviction); `remove` are the cookies that go: the deleted one, and evicted ones. `unchanged` says
 * that an equal cookie is there already: nothing to write, though putting it still counts as its use. `id` is that of the
 * cookie that the line names, whether it exists or not.
 */
export type CookieChange =
  | {
      readonly accepted: true
      readonly id: string
      readonly put: Cookie | null
      readonly remove: readonly Cookie[]
      readonly unchanged: boolean
    }
  | { readonly accepted: false; readonly reason: RejectReason; readonly detail: string }

/** A refusal with its sentence. */
export function refuse(reason: RejectReason): CookieChange {
  return { accepted: false, reason, detail: REJECT_DETAIL[reason] }
}
