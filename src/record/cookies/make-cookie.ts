import type { Cookie, RequestContext } from '../cookie.ts'
import type { RejectReason } from './cookie-change.ts'
import { cookieDomain } from './domain.ts'
import { expiresAt } from './lifetime.ts'
import { parseSetCookie } from './parse-set-cookie.ts'
import { partitionOf } from './partition.ts'
import { cookiePath } from './path.ts'
import { breaksPrefix } from './prefix.ts'
import { isFirstParty } from './same-site.ts'
import { type CookieUrl, isSecureAccess, sourceOf } from './secure.ts'

/** Where a Set-Cookie line came from. */
export interface CookieSource {
  readonly url: CookieUrl
  readonly context: RequestContext
  /** Epoch milliseconds. */
  readonly receivedAt: number
  readonly dateHeader: string | null
  readonly thirdParty: 'blocked' | 'allowed'
}

/**
 * The cookie that a Set-Cookie line makes, before the jar's own cookies are looked at (RFC 6265bis 5.7; Chromium's
 * CanonicalCookie::Create and IsSetPermittedInContext), or the rule that refuses it. `created` is left at 0.
 */
export function makeCookie(line: string, source: CookieSource): Cookie | RejectReason {
  const { url, context } = source
  const parsed = parseSetCookie(line)
  if (typeof parsed === 'string') return parsed
  const place = cookieDomain(parsed.domain, url.hostname)
  if (place === null) return 'domain'
  const via = context.via ?? 'http'
  if (breaksPrefix(parsed, url, via)) return 'prefix'
  const secureAccess = isSecureAccess(url)
  if (parsed.partitioned && !(parsed.secure && secureAccess)) return 'partitioned-not-secure'
  if (parsed.secure && !secureAccess) return 'secure-from-plain'
  if (parsed.httpOnly && via === 'document.cookie') return 'http-only-from-script'
  if (parsed.sameSite === 'none' && !parsed.secure) return 'same-site-none-not-secure'
  const partitionKey = parsed.partitioned ? partitionOf(url, context) : null
  // The answer to a top-level navigation is first-party: it may set any cookie, wherever the navigation came from.
  if (!isFirstParty(url, context)) {
    if (parsed.sameSite !== 'none') return 'same-site'
    if (partitionKey === null && source.thirdParty === 'blocked') return 'third-party'
  }
  const { scheme, port } = sourceOf(url, parsed.secure, via)
  return {
    name: parsed.name,
    value: parsed.value,
    domain: place.domain,
    hostOnly: place.hostOnly,
    path: cookiePath(parsed.path, url.pathname),
    secure: parsed.secure,
    httpOnly: parsed.httpOnly,
    sameSite: parsed.sameSite,
    priority: parsed.priority,
    partitionKey,
    expiresAt: expiresAt(parsed, source.receivedAt, source.dateHeader),
    sourceScheme: scheme,
    sourcePort: port,
    created: 0,
  }
}
