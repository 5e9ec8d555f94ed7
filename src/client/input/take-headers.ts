import { isOnejarError } from '../../core/index.ts'
import { type HeaderList, toHeaderList } from '../../http/index.ts'
import type { Input } from './input.ts'

const NAME = /^[!#$%&'*+\-.^_`|~\w]+$/
/** Bytes, without those that end a line (fetch standard, "header value"). */
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/
const PADDED = /^[\t\n\r ]|[\t\n\r ]$/

/**
 * A caller's headers, copied: a record, pairs, Headers, any other iterable of pairs, or names and values in turn. Values lose
 * the white space around them, as in Headers.
 *
 * @throws OnejarError ONEJAR_BAD_OPTIONS naming the header
 */
export function takeHeaders(value: unknown, input: Input): HeaderList {
  const flat: string[] = []
  const put = (name: unknown, item: unknown) => {
    if (typeof name !== 'string' || !NAME.test(name))
      throw input.bad('headers: expected names that are tokens')
    flat.push(name, headerText(name, item, input))
  }
  if (typeof value !== 'object' || value === null) throw unfit(input)
  try {
    if (Symbol.iterator in value) pairs(value as Iterable<unknown>, put, input)
    else {
      for (const name of Object.keys(value)) {
        const item: unknown = (value as Record<string, unknown>)[name]
        if (Array.isArray(item)) for (const each of item) put(name, each)
        else if (item !== undefined) put(name, item)
      }
    }
  } catch (error) {
    throw isOnejarError(error) ? error : input.bad('headers: they cannot be read', error)
  }
  return toHeaderList(flat)
}

function pairs(list: Iterable<unknown>, put: (name: unknown, value: unknown) => void, input: Input): void {
  const all = Array.isArray(list) ? list : [...list]
  if (all.length > 0 && typeof all[0] === 'string') {
    if (all.length % 2 !== 0) throw unfit(input)
    for (let i = 0; i < all.length; i += 2) put(all[i], all[i + 1])
    return
  }
  for (const pair of all) {
    if (typeof pair !== 'object' || pair === null || !(Symbol.iterator in pair)) throw unfit(input)
    const [name, value, ...more] = pair as Iterable<unknown>
    if (value === undefined || more.length > 0) throw unfit(input)
    put(name, value)
  }
}

function headerText(name: string, value: unknown, input: Input): string {
  const text = typeof value === 'string' ? value : plain(value)
  if (text === undefined) throw input.bad(`headers.${name}: expected a text`)
  const trimmed = PADDED.test(text) ? text.replace(/^[\t\n\r ]+|[\t\n\r ]+$/g, '') : text
  if (!VALUE.test(trimmed)) throw input.bad(`headers.${name}: expected a text of one line, in Latin-1`)
  return trimmed
}

/** What has one way only to be a text. */
function plain(value: unknown): string | undefined {
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint')
    return String(value)
  return value instanceof URL ? value.href : undefined
}

function unfit(input: Input): Error {
  return input.bad('headers: expected a record, pairs of name and value, or Headers')
}
