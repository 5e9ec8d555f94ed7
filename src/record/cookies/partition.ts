import type { PartitionKey, RequestContext } from '../cookie.ts'
import { isFirstParty, isTopLevel, schemefulSite, siteOfText } from './same-site.ts'
import type { CookieUrl } from './secure.ts'

/**
 * The partition that a request works in (CHIPS): the site in the address bar, and whether a frame of another site
 * stands between it and the requester. Null when the page in the address bar is opaque: it has no partition to keep.
 */
export function partitionOf(
  url: CookieUrl,
  context: RequestContext,
  firstParty = isFirstParty(url, context),
): PartitionKey | null {
  const top = isTopLevel(context) ? null : (context.topLevelUrl ?? context.initiator)
  const site = top == null ? schemefulSite(url) : siteOfText(top)
  return site === null ? null : { topLevelSite: site, hasCrossSiteAncestor: !firstParty }
}

/** Whether two partitions (or none and none) are the same. */
export function samePartition(a: PartitionKey | null, b: PartitionKey | null): boolean {
  if (a === null || b === null) return a === b
  return a.topLevelSite === b.topLevelSite && a.hasCrossSiteAncestor === b.hasCrossSiteAncestor
}
