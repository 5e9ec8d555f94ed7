import { findEmails } from './find-emails.ts'
import { findIps } from './find-ips.ts'
import type { PersonalKind } from './span.ts'

/** A header in which something was found that is about a person. */
export interface PersonalHeader {
  /** In lower case. */
  readonly name: string
  readonly kinds: readonly PersonalKind[]
}

/** Headers that say who runs the client, as RFC 9110 wants it, or that only the site itself gave values to. */
const MEANT = new Set(['from', 'user-agent', 'cookie', 'authorization'])

/** Written with a plus and its country: other digits in headers are mostly ids. */
const PHONE = /(?<![\w+])\+\d[\d ().-]{6,18}\d(?!\w)/

/**
 * The caller's headers that hold an e-mail address, a phone number with its country, or the IP address of somebody.
 *
 * @param list - names and values in turn
 */
export function personalHeaders(list: readonly string[]): readonly PersonalHeader[] {
  const found: PersonalHeader[] = []
  for (let at = 0; at < list.length; at += 2) {
    const name = (list[at] as string).toLowerCase()
    const value = (list[at + 1] as string).slice(0, 8192)
    if (MEANT.has(name)) continue
    const kinds: PersonalKind[] = []
    if (findEmails(value).length > 0) kinds.push('email')
    if (PHONE.test(value)) kinds.push('phone')
    if (findIps(value).length > 0) kinds.push('ip')
    if (kinds.length > 0) found.push({ name, kinds })
  }
  return found
}
