import type { Cookie, PartitionKey, Priority, SameSite, SourceScheme } from '../cookie.ts'
import { registrableDomain } from '../cookies/domain.ts'
import { MAX_LIFETIME_MS } from '../cookies/lifetime.ts'
import { siteOfText } from '../cookies/same-site.ts'
import { type LogicalTime, timeToMs } from '../stamp.ts'
import { unfitness } from './cookie-fitness.ts'
import { msToSeconds, secondsToMs } from './seconds.ts'
import { bytesToText, isUtf8, textToBytes } from './text-bytes.ts'

const SAME_SITE = { strict: 'Strict', lax: 'Lax', none: 'None', unspecified: undefined } as const
const PRIORITY = { low: 'Low', medium: 'Medium', high: 'High' } as const
const SOURCE_SCHEME = { secure: 'Secure', 'non-secure': 'NonSecure', unset: 'Unset' } as const

type CdpSameSite = 'Strict' | 'Lax' | 'None'
type CdpPriority = 'Low' | 'Medium' | 'High'
type CdpSourceScheme = 'Secure' | 'NonSecure' | 'Unset'

/** What goes into `Storage.setCookies` and `Network.setCookies`. Seconds; Unicode text. */
export interface CdpCookieParam {
  readonly name: string
  readonly value: string
  /** With a leading dot for a domain cookie; without one Chromium makes it host-only. */
  readonly domain: string
  readonly path: string
  readonly secure: boolean
  readonly httpOnly: boolean
  readonly sameSite?: CdpSameSite
  /** Epoch seconds; absent for a session cookie. */
  readonly expires?: number
  readonly priority: CdpPriority
  readonly sourceScheme: CdpSourceScheme
  readonly sourcePort: number
  readonly partitionKey?: PartitionKey
}

/** What comes from `Storage.getCookies` and `Network.getCookies`. */
export interface CdpCookie extends Omit<CdpCookieParam, 'expires'> {
  /** Epoch seconds with microseconds; -1 for a session cookie; null when it is infinite. */
  readonly expires: number | null
  /** Bytes of name and value in Chromium's jar: the one sign that the text shown for them is lossy. */
  readonly size: number
  readonly session: boolean
  readonly partitionKeyOpaque?: boolean
}

/** Paths that Chromium takes over the protocol as they are; it percent-encodes the rest as a URL's path. */
const CANONICAL_PATH = /^\/[!$%&'()*+,\-./0-9:=@A-Z[\]_a-z~]*$/
/** A path that comes from a URL may be longer in the record; over the protocol Chromium treats it as an attribute. */
const MAX_PATH_BYTES = 1024
const DOT_SEGMENT = /\/(?:\.|%2e){1,2}(?:\/|$)/i

/**
 * A cookie as Chromium takes it. Ask `cdpObstacle` first: one cookie that Chromium refuses makes it refuse the whole
 * call. Pushing a cookie that has expired deletes it.
 *
 * `url` is never set: it would make cookies Secure.
 *
 * @param now - epoch milliseconds; when given, an expiry more than 400 days ahead is cut as Chromium would cut it
 */
export function toCdpCookieParam(cookie: Cookie, now = Number.POSITIVE_INFINITY): CdpCookieParam {
  const sameSite = SAME_SITE[cookie.sameSite]
  const spans = !cookie.hostOnly && registrableDomain(cookie.domain) !== ''
  return {
    name: bytesToText(cookie.name),
    value: bytesToText(cookie.value),
    domain: spans ? `.${cookie.domain}` : cookie.domain,
    path: bytesToText(cookie.path),
    secure: cookie.secure,
    httpOnly: cookie.httpOnly,
    ...(sameSite === undefined ? {} : { sameSite }),
    ...(cookie.expiresAt === null ? {} : { expires: expiresSeconds(cookie.expiresAt, now) }),
    priority: PRIORITY[cookie.priority],
    sourceScheme: sourceScheme(cookie.secure, SOURCE_SCHEME[cookie.sourceScheme]),
    sourcePort: cookie.sourcePort === 0 ? -1 : cookie.sourcePort,
    ...(cookie.partitionKey === null ? {} : { partitionKey: cookie.partitionKey }),
  }
}

/**
 * Why Chromium would refuse this cookie over the protocol, or keep another one in its place; null when it takes it as
 * it is. A path that is not written as in a URL matches no request that Chromium makes, so nothing is lost without it;
 * what was put in its place would match. A path with a semicolon (taken from a URL with `;jsessionid=`) does match:
 * such a cookie comes into Chromium by a response only.
 */
export function cdpObstacle(cookie: Cookie): string | null {
  if (!isUtf8(cookie.name) || !isUtf8(cookie.value)) return 'its name or value is not UTF-8'
  if (cookie.path.includes(';')) return 'its path has a semicolon'
  if (!CANONICAL_PATH.test(cookie.path) || DOT_SEGMENT.test(cookie.path)) return 'its path is not as in a URL'
  if (cookie.path.length > MAX_PATH_BYTES) return 'its path is longer than 1,024 bytes'
  const site = cookie.partitionKey?.topLevelSite
  if (site !== undefined && siteOfText(site) !== site) return 'its partition is no site'
  return unfitness(cookie)
}

/**
 * Why Chromium does not show all of this cookie; null when it does. Otherwise its value must not be used, unless
 * the record knows the cookie already (see `fromCdpCookie`).
 */
export function cdpReadObstacle(
  cdp: Pick<CdpCookie, 'name' | 'value' | 'size' | 'partitionKeyOpaque'>,
): string | null {
  if (cdp.partitionKeyOpaque === true) return 'its partition is opaque'
  const wellFormed = cdp.name.isWellFormed() && cdp.value.isWellFormed()
  if (wellFormed && textBytes(cdp) === cdp.size) return null
  return 'its name or value is not UTF-8, and Chromium does not show the bytes'
}

/**
 * A cookie as Chromium holds it. Chromium shows neither the creation time nor bytes that are not UTF-8.
 *
 * @param options.created - creation time of the cookie if it is new: the read's own time, in the order of the read
 * @param options.known - what the record holds under the same id; it is returned itself when Chromium's is the same,
 *   and what Chromium cannot show is taken from it. A cookie whose value did not change keeps its creation time
 */
export function fromCdpCookie(
  cdp: CdpCookie,
  options: { readonly created: LogicalTime; readonly known?: Cookie | undefined },
): Cookie {
  const { known } = options
  if (known !== undefined && cdpFingerprint(known) === cdpFingerprint(cdp)) return known
  const sameBytes = known !== undefined && showsAs(known, cdp)
  const created = sameBytes ? known.created : options.created
  const expiresAt = expiryMs(cdp, created)
  const hostOnly = !cdp.domain.startsWith('.')
  return {
    name: sameBytes ? known.name : textToBytes(cdp.name),
    value: sameBytes ? known.value : textToBytes(cdp.value),
    domain: hostOnly ? cdp.domain : cdp.domain.slice(1),
    hostOnly,
    path: known !== undefined && bytesToText(known.path) === cdp.path ? known.path : textToBytes(cdp.path),
    secure: cdp.secure,
    httpOnly: cdp.httpOnly,
    sameSite: (cdp.sameSite?.toLowerCase() ?? 'unspecified') as SameSite,
    priority: cdp.priority.toLowerCase() as Priority,
    partitionKey: cdp.partitionKey
      ? {
          topLevelSite: cdp.partitionKey.topLevelSite,
          hasCrossSiteAncestor: cdp.partitionKey.hasCrossSiteAncestor,
        }
      : null,
    expiresAt,
    sourceScheme: fromSourceScheme(cdp.sourceScheme),
    sourcePort: cdp.sourcePort,
    created,
  }
}

/**
 * Everything Chromium can show of a cookie as one comparable text: the fingerprint of what was pushed equals that of
 * what is read back. It normalises what Chromium normalises: one source scheme for a Secure cookie whether it came over TLS or
 * in clear to this machine, host-only for a domain that no subdomain can share, the lossy text of bytes that are not
 * UTF-8. An expiry beyond 400 days is not normalised: compare what was pushed (`toCdpCookieParam` with `now`). It holds
 * the value, so it must never be logged or stored.
 */
export function cdpFingerprint(cookie: Cookie | CdpCookieParam | CdpCookie): string {
  if ('hostOnly' in cookie)
    return fingerprint(toCdpCookieParam(cookie), cookie.name.length + cookie.value.length)
  return fingerprint(cookie, 'size' in cookie ? cookie.size : textBytes(cookie))
}

function fingerprint(cdp: CdpCookieParam | CdpCookie, size: number): string {
  const { partitionKey: partition } = cdp
  const expires = cdp.expires === undefined || (cdp.expires !== null && cdp.expires < 0) ? -1 : cdp.expires
  const flags = `${cdp.secure ? 'S' : ''}${cdp.httpOnly ? 'H' : ''}`
  const scheme = sourceScheme(cdp.secure, cdp.sourceScheme)
  return (
    `${cdp.domain}\n${cdp.path}\n${cdp.name}\n${cdp.value}\n${size}\n` +
    `${partition ? `${partition.topLevelSite} ${partition.hasCrossSiteAncestor}` : ''}\n` +
    `${expires === null || expires === -1 ? expires : Math.round(expires * 1e6)}\n` +
    `${flags} ${cdp.sameSite ?? ''} ${cdp.priority} ${scheme} ${cdp.sourcePort}`
  )
}

/** Chromium shows NonSecure for a Secure cookie that a script set in clear on this machine, and refuses to take it. */
function sourceScheme(secure: boolean, scheme: CdpSourceScheme): CdpSourceScheme {
  return secure && scheme === 'NonSecure' ? 'Secure' : scheme
}

function fromSourceScheme(scheme: CdpSourceScheme): SourceScheme {
  if (scheme === 'Unset') return 'unset'
  return scheme === 'Secure' ? 'secure' : 'non-secure'
}

/** At least 0: Chromium takes a negative expiry for a session cookie. */
function expiresSeconds(expiresAt: number, now: number): number {
  return msToSeconds(Math.max(0, Math.min(expiresAt, now + MAX_LIFETIME_MS)))
}

function expiryMs(cdp: CdpCookie, created: LogicalTime): number | null {
  if (cdp.expires === null) return cdp.session ? null : timeToMs(created) + MAX_LIFETIME_MS
  return cdp.expires < 0 ? null : secondsToMs(cdp.expires)
}

function showsAs(known: Cookie, cdp: CdpCookie): boolean {
  return (
    known.name.length + known.value.length === cdp.size &&
    bytesToText(known.name) === cdp.name &&
    bytesToText(known.value) === cdp.value
  )
}

function textBytes(cdp: { readonly name: string; readonly value: string }): number {
  return Buffer.byteLength(cdp.name) + Buffer.byteLength(cdp.value)
}
