/** The number of names that are shared by all sessions, and their maximum length. */
const SHARED = 4096
const MAX_SHARED_CHARS = 256

const names = new Map<string, string>()

/** A cookie's name or an item's key, as one string for all that have it. */
export function sharedName(name: string): string {
  const known = names.get(name)
  if (known !== undefined) return known
  const own = ownText(name)
  if (own.length > MAX_SHARED_CHARS) return own
  if (names.size >= SHARED) names.delete(names.keys().next().value as string)
  names.set(own, own)
  return own
}

/** The shortest string that the engine makes a view of another one for. */
const VIEW_CHARS = 13

/** The same text in memory of its own: a part of a Set-Cookie line, or of a file, would hold on to the whole. */
export function ownText(text: string): string {
  if (text.length < VIEW_CHARS) return text
  const encoding = BYTES.test(text) ? 'latin1' : 'utf16le'
  return Buffer.from(text, encoding).toString(encoding)
}

const BYTES = /^[\0-\xff]*$/
