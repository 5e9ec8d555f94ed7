import { looksRandom } from '../../credentials/index.ts'

/** Texts longer than this are not looked into. */
const MAX_TEXT_CHARS = 256 * 1024
const MAX_DEPTH = 8
const MAX_MEMBERS = 2_000
/** A list of pairs is no longer than this: what is longer holds other things. */
const MAX_PAIRS_CHARS = 16 * 1024
const MAX_PAIRS = 100

/** What stands between pairs: the first of these that is there. */
const SEPARATORS = ['|', '&', ';', ',']
const PAIR = /^\s*([\w.[\]%$@-]{1,64})\s*(?:[:=](?!\/\/)\s*(.*))?$/s
const OBJECT = /^\s*(?:[[{]|%5B|%7B)/i

/** One text that an item holds: the item itself, or a member of the JSON or of the pairs in it. */
export interface TextMember {
  readonly path: readonly string[]
  readonly text: string
}

/**
 * The texts in an item or a cookie: itself, and the members of the JSON or of the pairs (`k:v|k:v`, `k=v&k=v`) that it is,
 * and of texts in that. Bounded.
 */
export function textMembers(text: string): TextMember[] {
  const found: TextMember[] = []
  let visited = 0
  const visit = (given: unknown, path: readonly string[]) => {
    if (++visited > MAX_MEMBERS) return
    let value = given
    if (typeof value === 'string') {
      found.push({ path, text: unquoted(value) })
      if (path.length < MAX_DEPTH) value = opened(value)
    }
    if (typeof value !== 'object' || value === null || path.length === MAX_DEPTH) return
    for (const [name, member] of Object.entries(value)) visit(member, [...path, name])
  }
  visit(text, [])
  return found
}

/** The text at a path that `textMembers` gave; undefined when there is none (any more). */
export function memberAt(text: string, path: readonly string[]): string | undefined {
  let value: unknown = text
  for (const name of path) {
    if (typeof value === 'string') value = opened(value)
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
    value = (value as Record<string, unknown>)[name]
  }
  return typeof value === 'string' ? unquoted(value) : undefined
}

/** The longest part of a token that stands so in every text which holds the token, encoded or not. */
export function unescapedPart(token: string): string {
  const parts = token.match(/[A-Za-z\d]+/g) ?? []
  return parts.reduce((longest, part) => (part.length > longest.length ? part : longest), '')
}

/** Undefined where the text is not percent-encoded as it should be. */
export function percentDecoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

/** What a text is that was stored as a JSON string: without its quotes. */
function unquoted(text: string): string {
  if (!/^".*"$/.test(text)) return text
  try {
    return String(JSON.parse(text))
  } catch {
    return text
  }
}

/** The JSON that a text is, or the pairs, as it stands or percent-encoded as a whole. */
function opened(text: string): unknown {
  if (text.length > MAX_TEXT_CHARS) return undefined
  const read = OBJECT.test(text) ? parsed : pairsOf
  const found = read(text)
  if (found !== undefined) return found
  const decoded = text.includes('%') ? percentDecoded(text) : undefined
  return decoded === undefined ? undefined : read(decoded)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/**
 * The members of `name:value|name:value` and its like, percent-decoded; undefined for anything else. One part that is no
 * name and no pair makes it something else. A name that may be a secret is none.
 */
function pairsOf(text: string): Record<string, string> | undefined {
  if (text.length > MAX_PAIRS_CHARS || !/[:=]/.test(text)) return undefined
  const separator = SEPARATORS.find((candidate) => text.includes(candidate))
  const parts = separator === undefined ? [text] : text.split(separator, MAX_PAIRS + 1)
  return (parts.length <= MAX_PAIRS ? membersOf(parts) : undefined) ?? membersOf([text])
}

function membersOf(parts: readonly string[]): Record<string, string> | undefined {
  const members: Record<string, string> = Object.create(null)
  for (const part of parts) {
    if (part.trim() === '') continue
    const [, name, value] = PAIR.exec(part) ?? []
    if (name === undefined) return undefined
    // Nothing but `=` is the end of base64.
    if (value && !/^=+$/.test(value) && !looksRandom(name)) members[name] ??= percentDecoded(value) ?? value
  }
  return Object.keys(members).length > 0 ? members : undefined
}
