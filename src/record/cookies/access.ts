import type { Cookie, PartitionKey, RequestContext } from '../cookie.ts'
import { timeToMs } from '../stamp.ts'
import { isExpired } from './eviction.ts'
import { partitionOf, samePartition } from './partition.ts'
import { pathMatches } from './path.ts'
import {
  isFirstParty,
  LAX_ALLOW_UNSAFE_MS,
  type SameSiteLevel,
  sameSiteLevel,
  sameSiteSends,
} from './same-site.ts'
import { type CookieUrl, isSecureAccess } from './secure.ts'

/** What a request may have, apart from its host and path: all that decides which of a host's cookies go along. */
export interface Access {
  readonly secure: boolean
  readonly script: boolean
  readonly level: SameSiteLevel
  /** False when third-party cookies are blocked and this is a third party: only partitioned cookies go along. */
  readonly unpartitioned: boolean
  readonly partition: PartitionKey | null
}

/** The access that a request's context gives it. */
export function accessOf(url: CookieUrl, context: RequestContext, thirdParty: 'blocked' | 'allowed'): Access {
  const firstParty = isFirstParty(url, context)
  return {
    secure: isSecureAccess(url),
    script: context.via === 'document.cookie',
    level: sameSiteLevel(url, context, firstParty),
    unpartitioned: thirdParty === 'allowed' || firstParty,
    partition: partitionOf(url, context, firstParty),
  }
}

/** Whether a cookie of the request's host goes along with it (RFC 6265bis 5.8.3). */
export function isSent(cookie: Cookie, path: string, access: Access, now: number): boolean {
  return (
    !isExpired(cookie, now) &&
    (access.secure || !cookie.secure) &&
    !(access.script && cookie.httpOnly) &&
    (cookie.partitionKey === null
      ? access.unpartitioned
      : samePartition(cookie.partitionKey, access.partition)) &&
    // Such a cookie can only have come from outside; Chromium keeps it and never sends it.
    !(cookie.sameSite === 'none' && !cookie.secure) &&
    sameSiteSends(cookie, access.level, now) &&
    pathMatches(path, cookie.path)
  )
}

/** The next instant at which what `isSent` says of this cookie can change, in epoch milliseconds. */
export function nextChange(cookie: Cookie, level: SameSiteLevel, now: number): number {
  const end =
    cookie.expiresAt !== null && cookie.expiresAt > now ? cookie.expiresAt : Number.POSITIVE_INFINITY
  if (level !== 'lax-unsafe' || cookie.sameSite !== 'unspecified') return end
  const strictFrom = timeToMs(cookie.created) + LAX_ALLOW_UNSAFE_MS + 1
  return strictFrom > now ? Math.min(end, strictFrom) : end
}
