import { isUtf8 } from 'node:buffer'
import type { Cookie, PartitionKey, Priority, SameSite, SourceScheme } from '../cookie.ts'
import { cdpReadObstacle } from './cdp-cookie.ts'
import { type CookieDraft, expiryFromSeconds } from './cookie-intake.ts'
import { fileHost } from './file-host.ts'
import { textToBytes } from './text-bytes.ts'

/** The result of reading one cookie of a JSON file. */
export type JsonCookie =
  | {
      readonly draft: CookieDraft
      /** Attributes that were taken in another form than written; never a value. */
      readonly remarks: readonly string[]
    }
  /** Why it cannot be taken; never a value. */
  | { readonly problem: string }

/**
 * The names that tools have for the same thing, in lower case and without separators; of several the first counts.
 * `expirationDate`, `hostOnly`, `storeId`: `chrome.cookies` and the extensions on top of it; `expiry`: WebDriver; `… raw`:
 * Cookie Quick Manager; `key`, `maxAge`, `creation`: tough-cookie; `host`, `isSecure`, `originAttributes`: Firefox's own table.
 */
const NAMES = {
  name: ['name', 'nameraw', 'key'],
  value: ['value', 'contentraw', 'content'],
  domain: ['domain', 'hostraw', 'host'],
  path: ['path', 'pathraw'],
  url: ['url'],
  expiry: ['expirationdate', 'expiry', 'expiresraw'],
  expires: ['expires'],
  maxAge: ['maxage'],
  creation: ['creation'],
  session: ['session', 'issession'],
  secure: ['secure', 'issecure', 'sendforraw'],
  httpOnly: ['httponly', 'ishttponly', 'httponlyraw'],
  hostOnly: ['hostonly', 'thisdomainonlyraw'],
  sameSite: ['samesite', 'samesiteraw'],
  priority: ['priority'],
  sourceScheme: ['sourcescheme'],
  sourcePort: ['sourceport'],
  size: ['size'],
  partitionKey: ['partitionkey'],
  partitionKeyOpaque: ['partitionkeyopaque'],
  crossSiteAncestor: ['crhascrosssiteancestor'],
  firstPartyDomain: ['firstpartydomain'],
  originAttributes: ['originattributes'],
} as const
type Field = keyof typeof NAMES

const SAME_SITE: Readonly<Record<string, SameSite>> = {
  strict: 'strict',
  lax: 'lax',
  none: 'none',
  norestriction: 'none',
  unspecified: 'unspecified',
  unset: 'unspecified',
  default: 'unspecified',
  '': 'unspecified',
  // The tables of Firefox and of Chromium.
  '0': 'none',
  '1': 'lax',
  '2': 'strict',
  '256': 'unspecified',
}
const SCHEMES: ReadonlyMap<string, SourceScheme> = new Map([
  ['secure', 'secure'],
  ['nonsecure', 'non-secure'],
])
/** In seconds the year 33,658, in milliseconds 2001. */
const LEAST_MS = 1e12

class Unfit extends Error {}

/**
 * One cookie as JSON files have it: of a browser extension, of Selenium, Puppeteer, Playwright or Chromium's debugging
 * protocol. What a member means follows from its name, so that no form has to be known beforehand; flags and numbers may
 * be quoted. Without `hostOnly` a leading dot makes a domain cookie.
 *
 * @param site - the host that the list as a whole is about, for a cookie that names none
 */
export function readJsonCookie(candidate: unknown, site: string | null = null): JsonCookie {
  try {
    const members = membersOf(candidate)
    return members === null ? { problem: 'Invalid input: expected object' } : read(members, site)
  } catch (error) {
    if (error instanceof Unfit) return { problem: error.message }
    // A hostile object can throw whatever it likes.
    return { problem: 'it cannot be read' }
  }
}

/** Its members by their names in lower case, without separators; null when it is not an object. */
export function membersOf(candidate: unknown): ReadonlyMap<string, unknown> | null {
  if (typeof candidate !== 'object' || candidate === null || Array.isArray(candidate)) return null
  return new Map(Object.entries(candidate).map(([key, value]) => [plainName(key), value]))
}

/** `HTTP only raw` and `http_only_raw` are the same name. */
function plainName(name: string): string {
  return name.toLowerCase().replace(/[\s_-]+/g, '')
}

function read(members: ReadonlyMap<string, unknown>, site: string | null): JsonCookie {
  const remarks: string[] = []
  const get = (field: Field): unknown => {
    for (const name of NAMES[field]) {
      const value = members.get(name)
      if (value !== undefined && value !== null) return value
    }
    return undefined
  }
  const name = textOf(get('name'), 'name')
  const value = textOf(plainValue(get('value')), 'value')
  const place = placeOf(get('domain'), get('url'), site)
  const size = Number(get('size') ?? Buffer.byteLength(name) + Buffer.byteLength(value))
  const obstacle = cdpReadObstacle({
    name,
    value,
    size,
    partitionKeyOpaque: flagOf(get('partitionKeyOpaque'), 'partitionKeyOpaque', false),
  })
  if (obstacle !== null) return { problem: obstacle }
  const isolated = get('firstPartyDomain')
  const attributes = get('originAttributes')
  const isApart = typeof attributes === 'string' && /[\^&](?:partitionKey|firstPartyDomain)=/.test(attributes)
  if (isApart || (typeof isolated === 'string' && isolated !== ''))
    return {
      problem: 'it belongs to a first-party context (first-party isolation), which Onejar does not support',
    }
  const isSession = flagOf(get('session'), 'session', false)
  const draft: CookieDraft = {
    name: textToBytes(name),
    value: textToBytes(value),
    domain: place.domain,
    hostOnly: flagOf(get('hostOnly'), 'hostOnly', place.hostOnly),
    path: textToBytes(textOf(get('path') ?? '/', 'path') || '/'),
    secure: flagOf(get('secure'), 'secure', place.secure),
    httpOnly: flagOf(get('httpOnly'), 'httpOnly', false),
    sameSite: sameSiteOf(get('sameSite'), remarks),
    priority: priorityOf(get('priority'), remarks),
    partitionKey: partitionOf(get('partitionKey'), flagOf(get('crossSiteAncestor'), 'partitionKey', true)),
    expiresAt: isSession
      ? null
      : (ageOf(get('maxAge'), get('creation'), remarks) ?? expiryOf(get('expiry'), get('expires'), remarks)),
    sourceScheme: SCHEMES.get(wordOf(get('sourceScheme'))) ?? 'unset',
    sourcePort: portOf(get('sourcePort')),
  }
  return { draft, remarks }
}

function placeOf(domain: unknown, url: unknown, site: string | null) {
  if (domain !== undefined) {
    const text = textOf(domain, 'domain')
    return { domain: text, hostOnly: fileHost(text)?.dotted !== true, secure: false }
  }
  if (typeof url === 'string' && URL.canParse(url)) {
    const { hostname, protocol } = new URL(url)
    return { domain: hostname, hostOnly: true, secure: protocol === 'https:' }
  }
  if (site !== null) return { domain: site, hostOnly: true, secure: false }
  throw new Unfit('domain: Invalid input: expected string')
}

function textOf(value: unknown, field: string): string {
  const text = typeof value === 'number' ? String(value) : value
  if (typeof text !== 'string') throw new Unfit(`${field}: Invalid input: expected string`)
  if (!text.isWellFormed()) throw new Unfit(`${field}: not Unicode text`)
  return text
}

/** WebDriver BiDi says how a value is written. */
function plainValue(value: unknown): unknown {
  const members = membersOf(value)
  if (members === null) return value ?? ''
  const text = members.get('value')
  if (members.get('type') !== 'base64' || typeof text !== 'string') return text
  const bytes = Buffer.from(text, 'base64')
  if (!isUtf8(bytes)) throw new Unfit('value: not Unicode text')
  return bytes.toString()
}

function wordOf(value: unknown): string {
  return typeof value === 'string' ? plainName(value) : ''
}

function flagOf(value: unknown, field: string, otherwise: boolean): boolean {
  if (value === undefined) return otherwise
  const flag = typeof value === 'string' ? plainName(value) : value
  if (flag === true || flag === 1 || flag === 'true' || flag === '1') return true
  if (flag === false || flag === 0 || flag === 'false' || flag === '0' || flag === '') return false
  throw new Unfit(`${field}: Invalid input: expected boolean`)
}

function sameSiteOf(value: unknown, remarks: string[]): SameSite {
  if (value === undefined || typeof value === 'boolean') return 'unspecified'
  const word = typeof value === 'number' ? String(value) : typeof value === 'string' ? plainName(value) : null
  if (word !== null && Object.hasOwn(SAME_SITE, word)) return SAME_SITE[word] as SameSite
  remarks.push('its SameSite is unknown; it is taken as not specified')
  return 'unspecified'
}

function priorityOf(value: unknown, remarks: string[]): Priority {
  const word = wordOf(value ?? 'medium')
  if (word === 'low' || word === 'medium' || word === 'high') return word
  remarks.push('its priority is unknown; it is taken as medium')
  return 'medium'
}

function portOf(value: unknown): number {
  const port = Number(value ?? -1)
  return Number.isInteger(port) && port > 0 && port <= 65_535 ? port : -1
}

/** Until 2024 the protocol had the site alone; an empty key is that of an unpartitioned cookie. */
function partitionOf(value: unknown, hasCrossSiteAncestor: boolean): PartitionKey | null {
  if (value === undefined || value === '') return null
  if (typeof value === 'string') return { topLevelSite: value, hasCrossSiteAncestor }
  const members = membersOf(value)
  if (members === null) throw new Unfit('partitionKey: Invalid input: expected string')
  const site = members.get('toplevelsite') ?? ''
  if (site === '') return null
  return {
    topLevelSite: textOf(site, 'partitionKey'),
    hasCrossSiteAncestor: flagOf(
      members.get('hascrosssiteancestor') ?? undefined,
      'partitionKey',
      hasCrossSiteAncestor,
    ),
  }
}

/** Max-Age takes precedence over an expiry, and counts from when the cookie was made. */
function ageOf(maxAge: unknown, creation: unknown, remarks: string[]): number | null {
  if (maxAge === undefined || maxAge === 'Infinity') return null
  const made = typeof creation === 'string' ? Date.parse(creation) : Number.NaN
  const seconds = maxAge === '-Infinity' ? 0 : Number(maxAge)
  if (Number.isFinite(made) && Number.isFinite(seconds)) return made + Math.max(0, seconds) * 1000
  remarks.push('its Max-Age cannot be counted, as the file does not say from when')
  return null
}

/** Epoch seconds as a number or in quotes, or a date; anything else adds a remark. */
function expiryOf(expiry: unknown, expires: unknown, remarks: string[]): Cookie['expiresAt'] {
  const value = expiry ?? expires
  if (value === undefined || value === '' || value === 'Infinity') return null
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  if (typeof number === 'number' && Number.isFinite(number)) {
    // Firefox's own table counts milliseconds of late, and some exports copy it.
    return expiry !== undefined && number >= LEAST_MS ? number : expiryFromSeconds(number)
  }
  const instant = typeof value === 'string' ? Date.parse(value) : Number.NaN
  if (Number.isFinite(instant)) return instant
  if (wordOf(value) !== 'session') remarks.push('its expiry is not a time; it is taken as a session cookie')
  return null
}
