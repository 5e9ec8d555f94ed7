import { normalizeMethod } from '../../http/index.ts'
import type { RequestContext } from '../../record/index.ts'
import type { Input } from './input.ts'

const KINDS = ['navigate', 'link', 'form', 'window-open', 'fetch', 'img', 'iframe'] as const
const MEMBERS = ['kind', 'method', 'initiator', 'topLevelUrl', 'via'] as const

/** How a request came to be, copied. @throws OnejarError ONEJAR_BAD_OPTIONS */
export function takeContext(value: unknown, input: Input): RequestContext | undefined {
  if (value === undefined) return undefined
  if (value === null) throw input.bad('context: expected an object')
  const given = input.members(value, MEMBERS, { path: 'context' })
  const context: { -readonly [K in keyof RequestContext]: RequestContext[K] } = {}
  const kind = input.oneOf(given.kind, 'context.kind', KINDS)
  if (kind !== undefined) context.kind = kind
  const via = input.oneOf(given.via, 'context.via', ['http', 'document.cookie'])
  if (via !== undefined) context.via = via
  if (given.method !== undefined) context.method = takeMethod(given.method, input, 'context.method')
  for (const name of ['initiator', 'topLevelUrl'] as const) {
    const page = given[name]
    if (page !== undefined) context[name] = page === null ? null : pageOf(page, `context.${name}`, input)
  }
  return context
}

/** A URL, or `null` in so many letters: an opaque origin. */
function pageOf(value: unknown, path: string, input: Input): string {
  const text = value instanceof URL ? value.href : value
  if (typeof text === 'string' && (text === 'null' || URL.canParse(text))) return text
  throw input.bad(`${path}: expected an absolute URL or an origin`)
}

/**
 * A method as fetch sends it: three are not sent (fetch standard, "forbidden method").
 *
 * @throws OnejarError ONEJAR_BAD_OPTIONS
 */
export function takeMethod(value: unknown, input: Input, path = 'method'): string {
  if (typeof value !== 'string' || !/^[!#$%&'*+\-.^_`|~\w]+$/.test(value)) {
    throw input.bad(`${path}: expected a token`)
  }
  if (/^(?:connect|trace|track)$/i.test(value)) throw input.bad(`${path}: ${value} cannot be sent`)
  return normalizeMethod(value)
}
