import { decoded } from './page-parts.ts'

/**
 * A place in a request: `path` and a number, `query` or `form` with a name and which of that name, `body`; then the names within
 * the JSON that is there.
 */
export type RequestPlace = readonly (string | number)[]

/** A value in a request that can be another one for another page. */
export interface RequestPart {
  readonly place: RequestPlace
  readonly value: string | number
}

/** What of a request names the data: all but its headers. */
export interface RequestShape {
  readonly url: string
  /** JSON or a form; null where there is none. */
  readonly body: string | null
}

const MAX_PARTS = 200
const MAX_DEPTH = 12

/** The values in a request, in its order. */
export function partsOfRequest({ url, body }: RequestShape): RequestPart[] {
  const parts: RequestPart[] = []
  const add = (place: RequestPlace, value: unknown): void => {
    if (parts.length >= MAX_PARTS || place.length > MAX_DEPTH) return
    const json = typeof value === 'string' ? jsonOf(value) : typeof value === 'object' ? value : undefined
    if (typeof json === 'object' && json !== null) {
      for (const [name, member] of Object.entries(json))
        add([...place, Array.isArray(json) ? Number(name) : name], member)
    } else if (typeof value === 'string' || typeof value === 'number') parts.push({ place, value })
  }
  const { pathname, search } = new URL(url)
  for (const [index, text] of pathname.split('/').slice(1).entries())
    parts.push({ place: ['path', index], value: decoded(text) })
  for (const { name, at, value } of pairsOf(search.slice(1))) add(['query', name, at], value)
  if (body === null) return parts
  const json = jsonOf(body)
  if (json !== undefined) add(['body'], json)
  else for (const { name, at, value } of pairsOf(body)) add(['form', name, at], value)
  return parts
}

/** The key of a place, to compare places by. */
export function placeKey(place: RequestPlace): string {
  return JSON.stringify(place)
}

/** The last name on the way to a place. */
export function nameOf({ place }: Pick<RequestPart, 'place'>): string {
  return String(place.findLast((step) => typeof step === 'string'))
}

/**
 * The request with other values in these places; undefined where a place is not there, or where a value would lead to another path.
 */
export function withParts(shape: RequestShape, parts: readonly RequestPart[]): RequestShape | undefined {
  const url = new URL(shape.url)
  const segments = url.pathname.split('/')
  const query = rawPairs(url.search.slice(1))
  const form = shape.body === null ? [] : rawPairs(shape.body)
  const body = shape.body === null ? undefined : jsonOf(shape.body)
  for (const { place, value } of parts) {
    const [where, name, at, ...inner] = place
    if (where === 'path') {
      const text = String(value)
      if (text === '' || text === '.' || text === '..' || segments[Number(name) + 1] === undefined)
        return undefined
      segments[Number(name) + 1] = encodeURIComponent(text)
    } else if (where === 'body') {
      if (body === undefined || !put(body, place.slice(1), value)) return undefined
    } else if (!putPair(where === 'query' ? query : form, String(name), Number(at), inner, value))
      return undefined
  }
  const search = query.length === 0 ? '' : `?${query.join('&')}`
  const made = new URL(url.origin + segments.join('/') + search)
  // A segment that is a step upwards once it is read again.
  if (made.pathname.split('/').length !== segments.length) return undefined
  return {
    url: made.href,
    body: body === undefined ? (shape.body === null ? null : form.join('&')) : JSON.stringify(body),
  }
}

interface Pair {
  readonly name: string
  /** Which of those with this name. */
  readonly at: number
  readonly value: string
}

function rawPairs(text: string): string[] {
  return text === '' ? [] : text.split('&')
}

function pairsOf(text: string): Pair[] {
  const seen = new Map<string, number>()
  return rawPairs(text).map((raw) => {
    const [name, value] = splitPair(raw)
    const at = seen.get(name) ?? 0
    seen.set(name, at + 1)
    return { name, at, value }
  })
}

function splitPair(raw: string): [name: string, value: string] {
  const equals = raw.indexOf('=')
  const [name, value] = equals === -1 ? [raw, ''] : [raw.slice(0, equals), raw.slice(equals + 1)]
  return [decoded(name.replaceAll('+', ' ')), decoded(value.replaceAll('+', ' '))]
}

function putPair(
  pairs: string[],
  name: string,
  at: number,
  inner: RequestPlace,
  value: string | number,
): boolean {
  let count = 0
  for (const [index, raw] of pairs.entries()) {
    const [here, old] = splitPair(raw)
    if (here !== name || count++ !== at) continue
    let text = String(value)
    if (inner.length > 0) {
      const json = jsonOf(old)
      if (json === undefined || !put(json, inner, value)) return false
      text = JSON.stringify(json)
    }
    pairs[index] = `${raw.split('=', 1)[0]}=${encodeURIComponent(text)}`
    return true
  }
  return false
}

/** Texts within JSON can hold JSON themselves: that is written back as a text. */
function put(root: unknown, place: RequestPlace, value: string | number): boolean {
  const [name, ...rest] = place
  if (typeof root !== 'object' || root === null || name === undefined || !Object.hasOwn(root, name))
    return false
  const holder = root as Record<string | number, unknown>
  if (rest.length === 0) {
    holder[name] = value
    return true
  }
  const member = holder[name]
  if (typeof member !== 'string') return put(member, rest, value)
  const json = jsonOf(member)
  if (json === undefined || !put(json, rest, value)) return false
  holder[name] = JSON.stringify(json)
  return true
}

function jsonOf(text: string): object | undefined {
  if (!/^\s*[[{]/.test(text)) return undefined
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : undefined
  } catch {
    return undefined
  }
}
