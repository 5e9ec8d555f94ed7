import { requestTarget } from '../../core/index.ts'

/** One Allow or Disallow line. */
export interface RobotsRule {
  readonly allow: boolean
  /** The line as it stands in the file, without its comment; bounded and printable. */
  readonly text: string
  /** Counted from 1. */
  readonly line: number
  /** The normalised pattern up to its first wildcard. */
  readonly prefix: string
  /** What comes after each wildcard. */
  readonly pieces: readonly string[]
  /** Whether the pattern ends with `$`. */
  readonly anchored: boolean
  /** Octets of the normalised pattern: the longer one of two that match wins (RFC 9309, section 2.2.2). */
  readonly length: number
}

const MAX_SHOWN = 200

/** A rule from the value of its line; null when the value is empty, which matches nothing. */
export function makeRule(allow: boolean, value: string, line: number): RobotsRule | null {
  if (value === '') return null
  const anchored = value.endsWith('$')
  const pattern = normalise(anchored ? value.slice(0, -1) : value).replaceAll('$', '%24')
  const shown = value.length > MAX_SHOWN ? `${value.slice(0, MAX_SHOWN)}…` : value
  const text = `${allow ? 'Allow' : 'Disallow'}: ${shown}`.replace(/[^\x20-\x7e…]/g, '?')
  const length = pattern.length + (anchored ? 1 : 0)
  const [prefix = '', ...pieces] = pattern.split('*')
  return { allow, text, line, prefix, pieces, anchored, length }
}

/** What rules are compared with: path and query, encoded as RFC 9309, sections 2.2.2 and 2.2.3, has it. */
export function matchTarget(url: URL): string {
  const target = requestTarget(url)
  if (PLAIN.test(target)) return target
  return normalise(target).replaceAll('*', '%2A').replaceAll('$', '%24')
}

/** Whether a rule matches. Linear in the target for each piece between wildcards; no backtracking. */
export function ruleMatches({ prefix, pieces, anchored }: RobotsRule, target: string): boolean {
  if (!target.startsWith(prefix)) return false
  let at = prefix.length
  for (let i = 0; i < pieces.length; i++) {
    const piece = pieces[i] as string
    if (anchored && i === pieces.length - 1)
      return target.length - piece.length >= at && target.endsWith(piece)
    const found = target.indexOf(piece, at)
    if (found < 0) return false
    at = found + piece.length
  }
  return !anchored || at === target.length
}

/** Nothing in it that would have to be encoded or decoded. */
const PLAIN = /^[\w\-.~:/?@!&()+,;=]*$/
const ESCAPE_OR_OTHER = /%[0-9a-f]{2}|[^\w\-.~:/?#[\]@!$&'()*+,;=%]+/gi
const UNRESERVED = /[\w\-.~']/

/** Escapes of unreserved characters are undone, the others get upper case, and what is neither is encoded as UTF-8. */
function normalise(text: string): string {
  return text.replace(ESCAPE_OR_OTHER, (found) => {
    if (!found.startsWith('%')) return encodeAll(found)
    const char = String.fromCharCode(Number.parseInt(found.slice(1), 16))
    return UNRESERVED.test(char) ? char : found.toUpperCase()
  })
}

function encodeAll(text: string): string {
  let encoded = ''
  for (const byte of new TextEncoder().encode(text)) {
    encoded += `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
  }
  return encoded
}
