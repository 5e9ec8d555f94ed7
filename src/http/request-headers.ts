import { OnejarError } from '../core/index.ts'

/** Header pairs in one flat list: name, value, name, value. What undici takes without converting. */
export type HeaderList = readonly string[]

/** What a caller may pass as headers: a record, pairs, a `Headers`, or a flat list. */
export type HeadersInput =
  | Readonly<Record<string, string | readonly string[] | undefined>>
  | Iterable<readonly [string, string]>
  | HeaderList

export const NO_HEADERS: HeaderList = []

/**
 * A flat list in which each name occurs once: what was given twice is joined as the fetch standard joins it
 * (`cookie` with a semicolon). Names keep their spelling.
 *
 * @throws OnejarError ONEJAR_BAD_INPUT when a pair is not a pair
 */
export function toHeaderList(input: HeadersInput | undefined): HeaderList {
  if (input === undefined) return NO_HEADERS
  const list: string[] = []
  if (Array.isArray(input) && (input.length === 0 || typeof input[0] === 'string')) {
    if (input.length % 2 !== 0) throw new OnejarError('ONEJAR_BAD_INPUT', 'A flat header list needs pairs')
    for (let i = 0; i < input.length; i += 2) append(list, String(input[i]), String(input[i + 1]))
  } else if (Symbol.iterator in input) {
    for (const pair of input as Iterable<readonly [string, string]>) {
      if (pair.length !== 2)
        throw new OnejarError('ONEJAR_BAD_INPUT', 'A header has to be a pair of name and value')
      append(list, String(pair[0]), String(pair[1]))
    }
  } else {
    const record = input as Readonly<Record<string, string | readonly string[] | undefined>>
    for (const name of Object.keys(record)) {
      const value = record[name]
      if (value === undefined) continue
      if (Array.isArray(value)) for (const item of value) append(list, name, String(item))
      else append(list, name, String(value))
    }
  }
  return list
}

/** Where a name (lower case) is in a list, or -1. */
export function indexOfHeader(list: HeaderList, name: string): number {
  for (let i = 0; i < list.length; i += 2) {
    const candidate = list[i]!
    if (candidate.length === name.length && (candidate === name || candidate.toLowerCase() === name)) return i
  }
  return -1
}

/** The value of a header (name in lower case), or undefined. */
export function getHeader(list: HeaderList, name: string): string | undefined {
  const at = indexOfHeader(list, name)
  return at === -1 ? undefined : list[at + 1]
}

/** The list without the headers that `drop` picks by their lower-case name; the same list when there are none. */
export function withoutHeaders(list: HeaderList, drop: (name: string) => boolean): HeaderList {
  let kept: string[] | undefined
  for (let i = 0; i < list.length; i += 2) {
    if (drop(list[i]!.toLowerCase())) kept ??= list.slice(0, i)
    else kept?.push(list[i]!, list[i + 1]!)
  }
  return kept ?? list
}

/**
 * `over` laid on `base`: a header that both have keeps the place it has in `base` and takes the value (and spelling)
 * of `over`; the others follow. Neither list is changed.
 */
export function overlayHeaders(base: HeaderList, over: HeaderList): HeaderList {
  if (over.length === 0) return base
  if (base.length === 0) return over
  const list = base.slice()
  for (let i = 0; i < over.length; i += 2) {
    const at = indexOfHeader(base, over[i]!.toLowerCase())
    if (at === -1) list.push(over[i]!, over[i + 1]!)
    else {
      list[at] = over[i]!
      list[at + 1] = over[i + 1]!
    }
  }
  return list
}

/**
 * The jar's cookies, then those of the caller's own `cookie` header whose name the jar does not send: a caller can add
 * to the session for one request, but not shadow it.
 */
export function mergeCookies(jar: string, callers: string | undefined): string {
  if (callers === undefined || callers === '') return jar
  if (jar === '') return callers
  const sent = new Set(jar.split('; ').map(cookieName))
  let merged = jar
  for (const part of callers.split(';')) {
    const pair = part.trim()
    if (pair !== '' && !sent.has(cookieName(pair))) merged += `; ${pair}`
  }
  return merged
}

function cookieName(pair: string): string {
  const at = pair.indexOf('=')
  return at === -1 ? '' : pair.slice(0, at)
}

function append(list: string[], name: string, value: string): void {
  const lower = name.toLowerCase()
  const at = indexOfHeader(list, lower)
  if (at === -1) list.push(name, value)
  else list[at + 1] = `${list[at + 1]}${lower === 'cookie' ? '; ' : ', '}${value}`
}
