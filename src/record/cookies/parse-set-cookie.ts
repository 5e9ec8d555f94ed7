import type { Priority, SameSite } from '../cookie.ts'
import { toByteString } from './byte-string.ts'

/** Name and value together may have this many bytes (RFC 6265bis 5.6, step 5). */
const MAX_PAIR_BYTES = 4096
/** Attribute values that are longer are passed over (RFC 6265bis 5.6, step 6 of the attributes). */
const MAX_ATTRIBUTE_BYTES = 1024

/** A Set-Cookie line taken apart; nothing is known yet of who sent it. Strings are byte strings. */
export interface ParsedSetCookie {
  readonly name: string
  readonly value: string
  /** As written, or undefined when there was none: `__Host-` asks for one that is spelt out. */
  readonly path: string | undefined
  /** As written, or undefined; empty means the same as none. */
  readonly domain: string | undefined
  readonly expires: string | undefined
  readonly maxAge: string | undefined
  readonly secure: boolean
  readonly httpOnly: boolean
  readonly partitioned: boolean
  readonly sameSite: SameSite
  readonly priority: Priority
}

/** Why a `Set-Cookie` line cannot be parsed. */
export type ParseFailure = 'control-character' | 'too-large' | 'empty' | 'nameless-pair'

/**
 * Takes a Set-Cookie line apart (RFC 6265bis 5.6), as Chromium's parsed_cookie does it: spaces and tabs around names
 * and values fall away, a tab or control character anywhere else refuses the whole line, the last of several equal
 * attributes counts, and a name-value pair beyond 4,096 bytes or with nothing in it is refused.
 */
export function parseSetCookie(line: string): ParsedSetCookie | ParseFailure {
  const text = toByteString(line)
  const parts = text.split(';')
  const pair = parts[0]!
  const equals = pair.indexOf('=')
  const name = equals < 0 ? '' : trim(pair.slice(0, equals))
  const value = trim(equals < 0 ? pair : pair.slice(equals + 1))
  if (hasControl(text)) return 'control-character'
  if (hasTab(name) || hasTab(value)) return 'control-character'
  if (name === '' && value === '') return 'empty'
  // Sent back, `=a=b` would read as a cookie named `a`.
  if (name === '' && value.includes('=')) return 'nameless-pair'
  if (name.length + value.length > MAX_PAIR_BYTES) return 'too-large'
  const found: { -readonly [K in keyof ParsedSetCookie]: ParsedSetCookie[K] } = {
    name,
    value,
    path: undefined,
    domain: undefined,
    expires: undefined,
    maxAge: undefined,
    secure: false,
    httpOnly: false,
    partitioned: false,
    sameSite: 'unspecified',
    priority: 'medium',
  }
  for (let i = 1; i < parts.length; i++) {
    const part = parts[i]!
    const at = part.indexOf('=')
    const key = trim(at < 0 ? part : part.slice(0, at))
    const given = at < 0 ? '' : trim(part.slice(at + 1))
    if (hasTab(key) || hasTab(given)) return 'control-character'
    if (given.length > MAX_ATTRIBUTE_BYTES) continue
    switch (lowerAscii(key)) {
      case 'path':
        found.path = given
        break
      case 'domain':
        found.domain = given
        break
      case 'expires':
        found.expires = given
        break
      case 'max-age':
        found.maxAge = given
        break
      case 'secure':
        found.secure = true
        break
      case 'httponly':
        found.httpOnly = true
        break
      case 'partitioned':
        found.partitioned = true
        break
      case 'samesite':
        found.sameSite = sameSiteOf(lowerAscii(given))
        break
      case 'priority':
        found.priority = priorityOf(lowerAscii(given))
        break
    }
  }
  return found
}

/** Lower case for ASCII only: a byte string has no other letters. */
export function lowerAscii(text: string): string {
  return /[A-Z]/.test(text) ? text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase()) : text
}

function trim(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && isBlank(text.charCodeAt(start))) start++
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--
  return text.slice(start, end)
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09
}

function hasTab(text: string): boolean {
  return text.includes('\t')
}

/** Controls other than the tab, which may stand around a name or a value. */
function hasControl(text: string): boolean {
  return /[\x00-\x08\x0a-\x1f\x7f]/.test(text)
}

function sameSiteOf(text: string): SameSite {
  return text === 'strict' || text === 'lax' || text === 'none' ? text : 'unspecified'
}

function priorityOf(text: string): Priority {
  return text === 'low' || text === 'high' ? text : 'medium'
}
