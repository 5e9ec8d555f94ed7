/** Texts longer than this are not looked into. */
const MAX_TEXT_CHARS = 256 * 1024
const MAX_DEPTH = 8
const MAX_MEMBERS = 2_000

/** One text that a storage item holds: the item itself, or a member of the JSON in it. */
export interface TextMember {
  readonly path: readonly string[]
  readonly text: string
}

/** The texts in an item: itself, and the members of the JSON that it is, and of JSON texts in that. Bounded. */
export function textMembers(text: string): TextMember[] {
  const found: TextMember[] = []
  let visited = 0
  const visit = (given: unknown, path: readonly string[]) => {
    if (++visited > MAX_MEMBERS) return
    let value = given
    if (typeof value === 'string') {
      found.push({ path, text: unquoted(value) })
      value = parsed(value)
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
    if (typeof value === 'string') value = parsed(value)
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
    value = (value as Record<string, unknown>)[name]
  }
  return typeof value === 'string' ? unquoted(value) : undefined
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

function parsed(text: string): unknown {
  if (text.length > MAX_TEXT_CHARS || !/^\s*[[{]/.test(text)) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
