import { OnejarError } from '../../core/index.ts'
import type { Cookie } from '../cookie.ts'
import { cdpObstacle, toCdpCookieParam } from './cdp-cookie.ts'
import { CookieIntake, expiryFromSeconds, type ImportOptions } from './cookie-intake.ts'
import { fileHost } from './file-host.ts'
import { LossList, noteUnplaced } from './loss-list.ts'
import { MAX_FILE_COOKIES } from './read-json.ts'
import { splitLines } from './split-lines.ts'
import type { Imported, Loss, SessionState } from './state.ts'
import { bytesToText, isUtf8 } from './text-bytes.ts'

/** The first line as Python's cookie jar, and so yt-dlp, insists on it. */
const HEADER = '# Netscape HTTP Cookie File'
const HTTP_ONLY = '#HttpOnly_'

/**
 * The cookies of a state as a cookies.txt file, for curl, wget and yt-dlp; write it as UTF-8. A partitioned cookie is
 * left out: without its partition it would be sent where a browser never sends it. What is lost is listed.
 */
export function toNetscape(state: SessionState): { text: string; losses: Loss[] } {
  const losses = new LossList()
  const lines = [HEADER]
  for (const cookie of state.cookies) {
    const why = reasonToLeaveOut(cookie)
    if (why !== null) {
      losses.note('cookie', cookie.name, `it is left out: ${why}`)
      continue
    }
    noteLosses(cookie, losses)
    lines.push(fileLine(cookie))
  }
  for (const { origin } of state.origins) losses.note('storage', origin, 'the format holds cookies only')
  return { text: `${lines.join('\n')}\n`, losses: losses.list() }
}

/**
 * A cookies.txt file as curl, wget, yt-dlp and browser extensions write it: tab-separated, comments, `#HttpOnly_`, LF
 * or CRLF, an expiry of 0 for a session cookie, the value missing when it is empty, blanks at the ends. The flag in the
 * second field says whether it is a domain cookie, as for curl. SameSite is unspecified then, and the priority medium.
 *
 * @param input - bytes keep cookies that are not UTF-8
 * @throws OnejarError ONEJAR_BAD_INPUT when the file is too large; lines that are no cookie become problems
 */
export function fromNetscape(input: string | Uint8Array, options: ImportOptions): Imported {
  const intake = new CookieIntake(options)
  let count = 0
  for (const [index, line] of splitLines(input).entries()) {
    if (!takeNetscapeLine(line, `line ${index + 1}`, intake)) continue
    count += 1
    if (count > MAX_FILE_COOKIES)
      throw new OnejarError('ONEJAR_BAD_INPUT', 'The cookies.txt has too many cookies')
  }
  return intake.result([])
}

/** Takes one line; false for a comment and for an empty one. */
export function takeNetscapeLine(raw: string, at: string, intake: CookieIntake): boolean {
  const trimmed = raw.replace(/^ +/, '')
  const httpOnly = trimmed.startsWith(HTTP_ONLY)
  if (!httpOnly && (trimmed.startsWith('#') || trimmed.trim() === '')) return false
  const fields = (httpOnly ? trimmed.slice(HTTP_ONLY.length) : trimmed).split('\t')
  while (fields.length > 7 && fields.at(-1)?.trim() === '') fields.pop()
  if (fields.length !== 7 && fields.length !== 6) {
    const spaced = fields.length === 1 && trimmed.trim().split(/ +/).length >= 6
    const why = spaced
      ? 'its fields are separated by spaces instead of tabs'
      : `it has ${fields.length} tab-separated fields, not 7`
    intake.leave(at, why)
    return true
  }
  takeFields(fields as [string, ...string[]], httpOnly, at, intake)
  return true
}

function takeFields(
  [domain, spans = '', path = '', secure = '', expires = '', name = '', value = '']: readonly [
    string,
    ...string[],
  ],
  httpOnly: boolean,
  at: string,
  intake: CookieIntake,
): void {
  const shared = readFlag(spans)
  const secured = readFlag(secure)
  if (shared === null || secured === null) {
    intake.leave(at, 'its second and fourth field are not TRUE or FALSE')
    return
  }
  if (!/^(-?\d+(\.\d+)?)?$/.test(expires.trim())) {
    intake.leave(at, 'its expiry is not a number')
    return
  }
  if (fileHost(bytesToText(domain))?.dotted && !shared)
    intake.note(at, 'its domain begins with a dot, but its flag says host-only')
  intake.take(
    {
      name,
      value: value.replace(/ +$/, ''),
      domain: bytesToText(domain),
      hostOnly: !shared,
      path: path.trim() || '/',
      secure: secured,
      httpOnly,
      sameSite: 'unspecified',
      priority: 'medium',
      partitionKey: null,
      expiresAt: expiryFromSeconds(Number(expires)),
      sourceScheme: 'unset',
      sourcePort: -1,
    },
    at,
  )
}

function readFlag(text: string | undefined): boolean | null {
  const upper = text?.trim().toUpperCase()
  return upper === 'TRUE' ? true : upper === 'FALSE' ? false : null
}

function fileLine(cookie: Cookie): string {
  // curl writes an IPv6 address without brackets, and finds it only so.
  const domain = toCdpCookieParam(cookie).domain.replace(/^\[(.*)\]$/, '$1')
  const fields = [
    cookie.httpOnly ? `${HTTP_ONLY}${domain}` : domain,
    domain.startsWith('.') ? 'TRUE' : 'FALSE',
    bytesToText(cookie.path),
    cookie.secure ? 'TRUE' : 'FALSE',
    // Never 0, which would make an expired cookie a session cookie.
    cookie.expiresAt === null ? '0' : String(Math.max(1, Math.floor(cookie.expiresAt / 1000))),
    bytesToText(cookie.name),
    bytesToText(cookie.value),
  ]
  return fields.join('\t')
}

function reasonToLeaveOut(cookie: Cookie): string | null {
  if (cookie.partitionKey !== null) return 'the format has no partitions'
  if (!isUtf8(cookie.path)) return 'its path is not UTF-8'
  return isUtf8(cookie.name) && isUtf8(cookie.value) ? null : cdpObstacle(cookie)
}

function noteLosses(cookie: Cookie, losses: LossList): void {
  if (cookie.name === '') losses.note('name', '', 'curl takes the value of a nameless cookie for its name')
  if (cookie.httpOnly)
    losses.note(
      'httpOnly',
      cookie.name,
      'wget takes its line for a comment and does not read it; curl and yt-dlp do',
    )
  if (cookie.sameSite !== 'unspecified')
    losses.note('sameSite', cookie.name, 'the format has no place for it')
  if (cookie.expiresAt !== null && cookie.expiresAt % 1000 !== 0) {
    losses.note('expiresAt', cookie.name, 'it is cut to whole seconds')
  }
  noteUnplaced(cookie, losses)
}
