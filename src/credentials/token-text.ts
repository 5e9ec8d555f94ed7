const SHORTEST_CHARS = 8
const LONGEST_CHARS = 8192
/** Words of names that tokens go by. */
const TELLING = /auth|token|csrf|xsrf|session|jwt|secret|bearer|credential|api[-_]?key/i

/** A scheme that pages store with its token. */
const SCHEME = /^(?:Basic|Bearer|JWT|Token) /i

/** Whether a value has the length and the characters that a token in a header can have, with its scheme or without. */
export function canBeToken(value: string): boolean {
  const token = value.replace(SCHEME, '')
  return token.length >= SHORTEST_CHARS && value.length <= LONGEST_CHARS && /^[\x21-\x7e]+$/.test(token)
}

/** Whether a value can be (part of) a header's, whatever it looks like. */
export function fitsInHeader(value: string): boolean {
  return value.length <= LONGEST_CHARS && /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(value)
}

/**
 * Whether a value looks made by a machine: some part of it mixes letters and digits, or changes its case within. Words,
 * versions, dates, addresses and types of media do not.
 */
export function looksRandom(value: string): boolean {
  if (!canBeToken(value) || /^[a-z][a-z\d+.-]*:\/\//i.test(value)) return false
  return value.split(/[^A-Za-z\d]+/).some((part) => {
    if (part.length < SHORTEST_CHARS) return false
    const mixed = part.match(/[a-zA-Z](?=\d)|\d(?=[a-zA-Z])/g)?.length ?? 0
    return mixed >= 2 || (part.length >= 16 && mixed >= 1)
  })
}

/** Whether a name (of a header, an item or a member) says that this is a token. */
export function isTellingName(name: string): boolean {
  return TELLING.test(name)
}

/** When a JWT ends by its own claim (RFC 7519, `exp`), in epoch milliseconds; undefined for anything else. */
export function tokenEnd(value: string): number | undefined {
  const [header, claims, signature, ...rest] = value.replace(SCHEME, '').split('.')
  if (!header?.startsWith('ey') || !claims || signature === undefined || rest.length > 0) return undefined
  try {
    const { exp } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as { exp?: unknown }
    return typeof exp === 'number' && Number.isFinite(exp) ? exp * 1000 : undefined
  } catch {
    return undefined
  }
}
