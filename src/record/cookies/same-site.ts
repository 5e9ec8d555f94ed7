import type { Cookie, RequestContext } from '../cookie.ts'
import { timeToMs } from '../stamp.ts'
import { siteOfHost } from './domain.ts'
import type { CookieUrl } from './secure.ts'

/** A cookie without SameSite goes along with cross-site top-level POSTs for this long after its creation (Chromium). */
export const LAX_ALLOW_UNSAFE_MS = 2 * 60_000

/**
 * How near the requester is to the URL, from nearest to farthest: `strict` same-site; `lax` a cross-site top-level
 * navigation with a safe method; `lax-unsafe` the same with an unsafe one; `cross` the rest.
 */
export type SameSiteLevel = 'strict' | 'lax' | 'lax-unsafe' | 'cross'

const REMEMBERED_SITES = 1024
const remembered = new Map<string, string | null>()

/** The schemeful site of a URL: `https://example.com`; ws counts as http. */
export function schemefulSite(url: CookieUrl): string {
  const protocol = url.protocol === 'wss:' ? 'https:' : url.protocol === 'ws:' ? 'http:' : url.protocol
  return `${protocol}//${siteOfHost(url.hostname)}`
}

/** The schemeful site of a URL or origin given as text; null when it is opaque (`null`, `data:`) or not readable. */
export function siteOfText(text: string): string | null {
  const known = remembered.get(text)
  if (known !== undefined) return known
  let site: string | null = null
  try {
    const url = new URL(text)
    if (/^(https?|wss?):$/.test(url.protocol)) site = schemefulSite(url)
  } catch {
    // Not readable: as good as opaque, and so never the same site.
  }
  if (remembered.size >= REMEMBERED_SITES) remembered.delete(remembered.keys().next().value as string)
  remembered.set(text, site)
  return site
}

/** Whether the request makes the document in the address bar. */
export function isTopLevel(context: RequestContext): boolean {
  const kind = context.kind ?? 'navigate'
  return kind === 'navigate' || kind === 'link' || kind === 'form' || kind === 'window-open'
}

/** Whether the context is the default one: a top-level navigation that no page started, seen as a server sees it. */
export function isTypedIn(context: RequestContext): boolean {
  return context.initiator == null && context.via !== 'document.cookie' && isTopLevel(context)
}

/**
 * Whether the URL is first-party to the page it is for ("site for cookies", RFC 6265bis 5.2.1): always for the
 * document in the address bar; else when the top-level page and the asking frame are of the URL's schemeful site.
 */
export function isFirstParty(url: CookieUrl, context: RequestContext): boolean {
  if (isTopLevel(context)) return true
  const site = schemefulSite(url)
  const top = context.topLevelUrl ?? context.initiator
  const requester = context.initiator ?? context.topLevelUrl
  return (top == null || siteOfText(top) === site) && (requester == null || siteOfText(requester) === site)
}

/**
 * The same-site level of a request (RFC 6265bis 5.2, Chromium's ComputeSameSiteContext, schemefully). Redirect hops do
 * not count. A script's own access is same-site when its document is first-party.
 */
export function sameSiteLevel(
  url: CookieUrl,
  context: RequestContext,
  firstParty = isFirstParty(url, context),
): SameSiteLevel {
  if (!isTopLevel(context)) return firstParty ? 'strict' : 'cross'
  if (context.initiator == null || context.via === 'document.cookie') return 'strict'
  if (siteOfText(context.initiator) === schemefulSite(url)) return 'strict'
  return isSafe(context.method) ? 'lax' : 'lax-unsafe'
}

/** Whether a cookie's SameSite lets it go along with a request of this level (RFC 6265bis 5.8.3, Chromium's Lax). */
export function sameSiteSends(cookie: Cookie, level: SameSiteLevel, now: number): boolean {
  if (level === 'strict') return true
  switch (cookie.sameSite) {
    case 'strict':
      return false
    case 'lax':
      return level === 'lax'
    case 'none':
      return true
    case 'unspecified':
      return (
        level === 'lax' || (level === 'lax-unsafe' && now - timeToMs(cookie.created) <= LAX_ALLOW_UNSAFE_MS)
      )
  }
}

function isSafe(method: string | undefined): boolean {
  switch ((method ?? 'GET').toUpperCase()) {
    case 'GET':
    case 'HEAD':
    case 'OPTIONS':
    case 'TRACE':
      return true
    default:
      return false
  }
}
