import { domainToASCII } from 'node:url'
import { getDomain } from 'tldts'
import { lowerAscii } from './parse-set-cookie.ts'

const REMEMBERED_HOSTS = 4096
/** Registrable domains of hosts seen; bounded, the oldest goes first. */
const remembered = new Map<string, string>()

/** Whether a URL's host is an IP address: the URL parser leaves v6 in brackets and v4 as four decimal numbers. */
export function isIpHost(host: string): boolean {
  return host.startsWith('[') || /^\d+\.\d+\.\d+\.\d+$/.test(host)
}

/**
 * The registrable domain of a host (its public suffix and one label more, private suffixes included), or '' for an IP
 * address, a host of one label, and a host that is a public suffix itself. One trailing dot stays, and sets apart.
 */
export function registrableDomain(host: string): string {
  const known = remembered.get(host)
  if (known !== undefined) return known
  const found = lookUp(host)
  if (remembered.size >= REMEMBERED_HOSTS) remembered.delete(remembered.keys().next().value as string)
  remembered.set(host, found)
  return found
}

function lookUp(host: string): string {
  if (host.endsWith('..') || isIpHost(host)) return ''
  const dot = host.endsWith('.') ? '.' : ''
  const bare = (dot ? host.slice(0, -1) : host).replace(/^\.+/, '')
  if (bare === '' || /(^|\.)\d+$/.test(bare)) return ''
  const found = getDomain(bare, {
    allowPrivateDomains: true,
    extractHostname: false,
    validateHostname: false,
  })
  return found ? found + dot : ''
}

/** What cookies of a host are filed under: its registrable domain, or the host itself when it has none. */
export function siteOfHost(host: string): string {
  return registrableDomain(host) || host
}

/** The domain a cookie is for: `hostOnly` when no subdomain gets it. */
export interface CookieDomain {
  readonly domain: string
  readonly hostOnly: boolean
}

/**
 * The domain of a cookie that `host` sets with this Domain attribute (RFC 6265bis 5.7, steps 8 to 10), or null when
 * it may not. As Chromium has it: an IP address may name itself, a public suffix (or a host of one label) may name
 * itself and gets a host-only cookie, and a name that is not ASCII is read as UTF-8 and turned into its `xn--` form.
 */
export function cookieDomain(attribute: string | undefined, host: string): CookieDomain | null {
  if (host === '' || host.endsWith('..')) return null
  if (attribute === undefined || attribute === '') return { domain: host, hostOnly: true }
  const name = canonicalName(attribute)
  const wanted = name.startsWith('.') ? name.slice(1) : name
  if (wanted === '') return null
  const site = registrableDomain(host)
  if (site === '') return wanted === host ? { domain: host, hostOnly: true } : null
  if (registrableDomain(wanted) !== site || !domainMatches(host, wanted)) return null
  return { domain: wanted, hostOnly: false }
}

/** A name as the URL parser writes it, or '' when it cannot be one. */
function canonicalName(text: string): string {
  if (/[\x00-\x20%\x7f]/.test(text)) return ''
  if (!/[\x80-\xff]/.test(text)) return lowerAscii(text)
  return domainToASCII(Buffer.from(text, 'latin1').toString('utf8'))
}

/** Whether a host is this domain or below it (RFC 6265bis 5.1.3). */
export function domainMatches(host: string, domain: string): boolean {
  if (host.length === domain.length) return host === domain
  return (
    host.length > domain.length &&
    host.charCodeAt(host.length - domain.length - 1) === 0x2e &&
    host.endsWith(domain)
  )
}
