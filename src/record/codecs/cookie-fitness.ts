import type { Cookie } from '../cookie.ts'
import { registrableDomain } from '../cookies/domain.ts'

/** The longer one first: `__Host-Http-` begins with `__Host-`. */
const PREFIX = /^__(host-http|host|http|secure)-/i

/**
 * Why no browser could hold such a cookie, in a sentence without its value; null when one could. These are the rules
 * that do not depend on the response that set it (RFC 6265bis 5.7), as Chromium applies them when it loads a cookie.
 */
export function unfitness(cookie: Cookie): string | null {
  if (cookie.name === '' && cookie.value === '') return 'it has neither name nor value'
  if (cookie.name === '' && (cookie.value.includes('=') || PREFIX.test(cookie.value))) {
    return 'it has no name, and its value would pass for a name when it is sent'
  }
  if (isPadded(cookie.name) || isPadded(cookie.value)) return 'its name or value begins or ends with a space'
  if (cookie.sameSite === 'none' && !cookie.secure) return 'SameSite=None needs Secure'
  if (cookie.partitionKey !== null && !cookie.secure) return 'Partitioned needs Secure'
  if (!cookie.hostOnly && registrableDomain(cookie.domain) === '') {
    return 'its domain is a public suffix, a single label or an IP address, which no subdomain can share'
  }
  return brokenPrefix(cookie)
}

function brokenPrefix(cookie: Cookie): string | null {
  const prefix = PREFIX.exec(cookie.name)?.[1]?.toLowerCase()
  if (prefix === undefined) return null
  if (!cookie.secure) return 'the prefix of its name needs Secure'
  if (prefix.endsWith('http') && !cookie.httpOnly) return 'the prefix of its name needs HttpOnly'
  if (prefix.startsWith('host') && !(cookie.hostOnly && cookie.path === '/')) {
    return 'the prefix of its name needs a single host and the path /'
  }
  return null
}

function isPadded(bytes: string): boolean {
  return bytes.startsWith(' ') || bytes.endsWith(' ')
}
