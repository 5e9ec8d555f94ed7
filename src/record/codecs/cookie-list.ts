import { OnejarError } from '../../core/index.ts'
import { CookieIntake, type ImportOptions } from './cookie-intake.ts'
import { fileHost } from './file-host.ts'
import { membersOf, readJsonCookie } from './json-cookie.ts'
import { MAX_FILE_COOKIES, parseJsonText } from './read-json.ts'
import type { Imported } from './state.ts'

/** One cookie of a file, and where in it it stands. */
export interface Listed {
  readonly candidate: unknown
  readonly at: string
  /** The host that its list is about; null when unknown. */
  readonly site: string | null
}

/** Whose form a list of cookies has. */
export type ListDialect = 'cdp' | 'extension' | 'selenium'

/**
 * Cookies in JSON: an array, an object with one under `cookies` (also one level down, as answers of WebDriver and the
 * debugging protocol have it), several such objects, or one cookie. As text or parsed.
 *
 * @param what - for the message: `CDP cookie file`
 * @throws OnejarError ONEJAR_BAD_INPUT when there is no list of cookies in it; single entries become problems
 */
export function fromCookieList(input: unknown, options: ImportOptions, what: string): Imported {
  const value = typeof input === 'string' ? parseJsonText(input, what) : input
  const listed = cookiesIn(value)
  if (listed === null) {
    throw new OnejarError(
      'ONEJAR_BAD_INPUT',
      `The ${what} is not of the form expected: it has no list of cookies`,
    )
  }
  return takeListed(listed, new CookieIntake(options))
}

/** Takes cookies one by one. */
export function takeListed(listed: readonly Listed[], intake: CookieIntake): Imported {
  for (const { candidate, at, site } of listed) takeJsonCookie(candidate, at, intake, site)
  return intake.result([])
}

/** Takes one cookie of a JSON file, and notes what of it cannot be taken as it is written. */
export function takeJsonCookie(
  candidate: unknown,
  at: string,
  intake: CookieIntake,
  site: string | null = null,
): void {
  const read = readJsonCookie(candidate, site)
  if ('problem' in read) {
    intake.leave(at, read.problem)
    return
  }
  for (const remark of read.remarks) intake.note(at, remark)
  intake.take(read.draft, at)
}

/**
 * The cookies in what was parsed from a file; null when there is no list of them.
 *
 * @throws OnejarError ONEJAR_BAD_INPUT when there are too many
 */
export function cookiesIn(value: unknown): Listed[] | null {
  const listed = listIn(value, '', null)
  if (listed !== null && listed.length > MAX_FILE_COOKIES)
    throw new OnejarError('ONEJAR_BAD_INPUT', `The file has more than ${MAX_FILE_COOKIES} cookies`)
  return listed
}

/** Whose form they have: what only one of them has decides. */
export function dialectOf(listed: readonly Listed[]): ListDialect {
  const has = new Set<string>()
  for (const { candidate } of listed) {
    const members = membersOf(candidate)
    for (const [name, value] of members ?? []) {
      has.add(name)
      if (name === 'samesite' && (value === 'no_restriction' || value === 'unspecified')) has.add('storeid')
    }
  }
  const any = (...names: string[]) => names.some((name) => has.has(name))
  if (any('expirationdate', 'hostonly', 'storeid', 'hostraw', 'firstpartydomain', 'key')) return 'extension'
  if (any('sourcescheme', 'priority', 'size', 'session')) return 'cdp'
  return any('expiry') || (has.size > 0 && !any('expires')) ? 'selenium' : 'cdp'
}

function listIn(value: unknown, at: string, site: string | null): Listed[] | null {
  if (Array.isArray(value)) {
    return value.flatMap((candidate, index) => {
      const place = `${at}[${index}]`
      return nested(candidate, place, site) ?? [{ candidate, at: place, site }]
    })
  }
  const found = nested(value, at, site)
  if (found !== null) return found
  const members = membersOf(value)
  if (members === null) return null
  for (const name of ['data', 'result', 'value']) {
    const inner = members.get(name)
    const list = Array.isArray(inner) ? listIn(inner, name, site) : nested(inner, name, site)
    if (list !== null) return list
  }
  const isCookie = ['name', 'key', 'nameraw'].some((name) => typeof members.get(name) === 'string')
  const isPlaced = ['domain', 'host', 'hostraw', 'url'].some((name) => typeof members.get(name) === 'string')
  return isCookie && isPlaced ? [{ candidate: value, at: at || 'the cookie', site }] : null
}

/** The cookies of an object that has a list of them; null when it has none. */
function nested(value: unknown, at: string, site: string | null): Listed[] | null {
  const members = membersOf(value)
  const list = members?.get('cookies')
  if (members === null || !Array.isArray(list)) return null
  const about = ['url', 'origin', 'domain', 'host'].map((name) => members.get(name))
  const named = about.find((text) => typeof text === 'string')
  const host = (named === undefined ? null : fileHost(named as string)?.host) ?? site
  const place = at === '' ? 'cookies' : `${at}.cookies`
  return list.map((candidate, index) => ({ candidate, at: `${place}[${index}]`, site: host }))
}
