import { isIpHost } from './domain.ts'
import { lowerAscii, type ParsedSetCookie } from './parse-set-cookie.ts'
import { type CookieUrl, isSecureAccess } from './secure.ts'

/** The longer ones first: `__Host-Http-` begins with `__Host-`. */
const PREFIXES = ['__host-http-', '__host-', '__http-', '__secure-'] as const

/**
 * Whether a cookie breaks the promise that its name makes (RFC 6265bis 4.1.3 and 5.7, steps 20 to 23; Chromium also
 * has `__Http-` and `__Host-Http-`). Case does not matter. A cookie without a name may not have a value that would
 * pass for a prefixed name when it is sent back. Clear traffic to this machine itself counts as secure.
 */
export function breaksPrefix(
  parsed: ParsedSetCookie,
  url: CookieUrl,
  via: 'http' | 'document.cookie',
): boolean {
  const prefix = prefixOf(parsed.name === '' ? parsed.value : parsed.name)
  if (prefix === undefined) return false
  if (parsed.name === '') return true
  if (!parsed.secure || !isSecureAccess(url)) return true
  if (prefix.endsWith('http-') && (!parsed.httpOnly || via !== 'http')) return true
  return prefix.startsWith('__host-') && !isForOneHost(parsed, url)
}

function prefixOf(text: string): (typeof PREFIXES)[number] | undefined {
  const head = lowerAscii(text.slice(0, 12))
  return PREFIXES.find((prefix) => head.startsWith(prefix))
}

/** Path=/ spelt out and no Domain; an IP address may name itself. */
function isForOneHost(parsed: ParsedSetCookie, url: CookieUrl): boolean {
  if (parsed.path !== '/') return false
  return !parsed.domain || (isIpHost(url.hostname) && parsed.domain === url.hostname)
}
