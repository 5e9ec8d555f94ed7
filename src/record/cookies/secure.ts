import { isTrustworthy } from '../../core/index.ts'
import type { Cookie, SourceScheme } from '../cookie.ts'
import { domainMatches } from './domain.ts'
import { pathMatches } from './path.ts'

/** The parts of a URL that the rules look at. A `URL` is one. */
export interface CookieUrl {
  readonly protocol: string
  readonly hostname: string
  readonly port: string
  readonly pathname: string
}

/** Whether a URL may set and get Secure cookies: over TLS, or in clear to this machine itself, as Chromium allows. */
export function isSecureAccess(url: CookieUrl): boolean {
  return isTrustworthy(url)
}

function isTls(protocol: string): boolean {
  return protocol === 'https:' || protocol === 'wss:'
}

/**
 * Where a cookie came from. A Secure cookie that a response of this machine brought in clear counts as from TLS, on its
 * port; one that a script set there does not (Chromium).
 */
export function sourceOf(
  url: CookieUrl,
  secure: boolean,
  via: 'http' | 'document.cookie' = 'http',
): { scheme: SourceScheme; port: number } {
  const tls = isTls(url.protocol)
  const port = url.port === '' ? (tls ? 443 : 80) : Number(url.port)
  if (tls || !secure || via !== 'http') return { scheme: tls ? 'secure' : 'non-secure', port }
  return { scheme: 'secure', port: port === 80 ? 443 : port }
}

/**
 * Whether a cookie from a plain connection would overwrite or shadow a Secure one and has to be refused
 * (RFC 6265bis 5.7, step 16): same name and partition, domains that match either way, and a path at or below the
 * Secure cookie's.
 */
export function shadowsSecure(cookie: Cookie, secure: Cookie): boolean {
  return (
    cookie.name === secure.name &&
    (domainMatches(cookie.domain, secure.domain) || domainMatches(secure.domain, cookie.domain)) &&
    pathMatches(cookie.path, secure.path)
  )
}
