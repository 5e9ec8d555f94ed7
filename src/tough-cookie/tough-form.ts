import { Cookie as ToughCookie } from 'tough-cookie'
import { OnejarError } from '../core/index.ts'
import { type Cookie, timeToMs } from '../record/index.ts'

/** The cookie of the record that each of tough-cookie's was made from. It has attributes that tough-cookie has no member for. */
const origins = new WeakMap<object, Cookie>()

/** tough-cookie 4 has the same value, `none`, for SameSite=None and for a cookie without the attribute. */
const NONE_MAY_BE_UNSPECIFIED = new ToughCookie().sameSite === 'none'

/** The cookie rules shorten a longer life to this: 400 days. */
const FAR_SECONDS = 400 * 24 * 3_600
const MAX_DATE_MS = Date.UTC(9999, 11, 31)

/** A cookie of the record as a Cookie of tough-cookie. `originOf` gives the record's cookie again. */
export function toTough(cookie: Cookie): ToughCookie {
  const created = new Date(timeToMs(cookie.created))
  const tough = new ToughCookie({
    key: cookie.name,
    value: cookie.value,
    expires: cookie.expiresAt === null ? 'Infinity' : new Date(cookie.expiresAt),
    domain: cookie.domain,
    path: cookie.path,
    secure: cookie.secure,
    httpOnly: cookie.httpOnly,
    extensions: extensionsOf(cookie),
    creation: created,
    hostOnly: cookie.hostOnly,
    pathIsDefault: null,
    lastAccessed: created,
    sameSite: cookie.sameSite === 'unspecified' ? undefined : cookie.sameSite,
  })
  origins.set(tough, cookie)
  return tough
}

/** The cookie of the record that a Cookie of tough-cookie was made from; undefined for one that was made elsewhere. */
export function originOf(cookie: object): Cookie | undefined {
  return origins.get(cookie)
}

/** Attributes that tough-cookie keeps as text and does not interpret. */
function extensionsOf({ partitionKey, priority }: Cookie): string[] | null {
  const all = [
    ...(partitionKey === null ? [] : ['Partitioned']),
    ...(priority === 'medium' ? [] : [`Priority=${priority === 'high' ? 'High' : 'Low'}`]),
  ]
  return all.length === 0 ? null : all
}

/** The Set-Cookie line that makes a cookie of the record, with every attribute that a line can have. */
export function toLine(cookie: Cookie): string {
  return lineOf(toTough(cookie), cookie)
}

/**
 * The Set-Cookie line that makes a Cookie of tough-cookie 4, 5 or 6.
 *
 * @param before - the record's cookie that it was made from or replaces: attributes that tough-cookie lacks are taken from it
 * @param host - the host of the URL that sets it. Default: the cookie's own domain
 * @throws OnejarError ONEJAR_BAD_COOKIE when no line can hold the cookie
 */
export function lineOf(cookie: ToughCookie, before?: Cookie, host: string | null = cookie.domain): string {
  const parts = [`${textOf(cookie.key, 'key', /[=;\x00-\x1f\x7f]/)}=${textOf(cookie.value, 'value')}`]
  const { domain, path, hostOnly, extensions } = cookie
  // Without the attribute a cookie is for the host alone.
  if (domain != null && !(hostOnly === true && domain === host))
    parts.push(`Domain=${textOf(domain, 'domain')}`)
  if (path != null) parts.push(`Path=${textOf(path, 'path')}`)
  const expiry = expiryOf(cookie)
  if (expiry !== null) parts.push(expiry)
  if (cookie.secure) parts.push('Secure')
  if (cookie.httpOnly) parts.push('HttpOnly')
  const sameSite = sameSiteOf(cookie, before)
  if (sameSite !== undefined) parts.push(`SameSite=${sameSite}`)
  const extra = (Array.isArray(extensions) ? extensions : []).filter((text) =>
    /^(?:partitioned|priority=(?:low|medium|high))$/i.test(text),
  )
  parts.push(...extra)
  if (before && before.priority !== 'medium' && !extra.some((text) => /^priority/i.test(text)))
    parts.push(`Priority=${before.priority}`)
  return parts.join('; ')
}

function sameSiteOf({ sameSite }: ToughCookie, before: Cookie | undefined): string | undefined {
  const word = typeof sameSite === 'string' ? sameSite.toLowerCase() : undefined
  if (word === 'strict' || word === 'lax') return word
  if (word !== 'none') return undefined
  return NONE_MAY_BE_UNSPECIFIED && before?.sameSite !== 'none' ? undefined : 'None'
}

/** Max-Age counts from the time when the cookie was made, which may be long ago. */
function expiryOf({ maxAge, expires, creation }: ToughCookie): string | null {
  if (maxAge != null) {
    if (maxAge === 'Infinity' || maxAge === Number.POSITIVE_INFINITY) return null
    if (typeof maxAge !== 'number' || !(maxAge > 0)) return 'Max-Age=0'
    const since = creation instanceof Date ? creation.getTime() : Number.NaN
    return Number.isNaN(since) ? `Max-Age=${Math.trunc(maxAge)}` : dateOf(since + maxAge * 1_000)
  }
  return expires instanceof Date ? dateOf(expires.getTime()) : null
}

/** A line has whole seconds. Fractions are rounded up, so that a cookie that is written back never ends earlier than before. */
function dateOf(ms: number): string | null {
  if (Number.isNaN(ms)) return null
  if (ms > MAX_DATE_MS) return `Max-Age=${FAR_SECONDS}`
  return ms <= 0 ? 'Max-Age=0' : `Expires=${new Date(Math.ceil(ms / 1_000) * 1_000).toUTCString()}`
}

/** A semicolon in a member would begin another attribute, and a line break would begin another line. */
function textOf(value: unknown, member: string, unfit = /[;\x00-\x1f\x7f]/): string {
  if (typeof value === 'string' && !unfit.test(value)) return value
  throw new OnejarError(
    'ONEJAR_BAD_COOKIE',
    `The cookie’s ${member} is no text that a Set-Cookie line can hold`,
    {
      details: { reason: 'control-character' },
    },
  )
}
