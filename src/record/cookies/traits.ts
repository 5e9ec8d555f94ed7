import type { Cookie } from '../cookie.ts'
import { ownText } from '../texts.ts'

/** What the cookies of many sessions have in common, and which is therefore kept once. */
export type Traits = Omit<Cookie, 'name' | 'value' | 'expiresAt' | 'created'>

const SHARED = 4096
const traits = new Map<string, Traits>()

/** The traits of a cookie, as one object for all cookies that have them. Costs a look-up. */
export function sharedTraits(cookie: Cookie): Traits {
  const { partitionKey: partition } = cookie
  const key =
    `${cookie.domain}\n${cookie.path}\n${partition === null ? '' : `${partition.topLevelSite} ${partition.hasCrossSiteAncestor}`}\n` +
    `${cookie.hostOnly ? 1 : 0}${cookie.secure ? 1 : 0}${cookie.httpOnly ? 1 : 0} ` +
    `${cookie.sameSite} ${cookie.priority} ${cookie.sourceScheme} ${cookie.sourcePort}`
  const known = traits.get(key)
  if (known !== undefined) return known
  const made: Traits = {
    domain: ownText(cookie.domain),
    hostOnly: cookie.hostOnly,
    path: ownText(cookie.path),
    secure: cookie.secure,
    httpOnly: cookie.httpOnly,
    sameSite: cookie.sameSite,
    priority: cookie.priority,
    partitionKey: partition,
    sourceScheme: cookie.sourceScheme,
    sourcePort: cookie.sourcePort,
  }
  if (traits.size >= SHARED) traits.delete(traits.keys().next().value as string)
  traits.set(key, made)
  return made
}
