import { type HtmlFacts, readHtml } from './html-facts.ts'
import { isHtmlType, looksLikeHtml } from './media-type.ts'
import { parseRefresh } from './refresh.ts'
import { type Shape, shapeOf } from './shape.ts'
import type { ResponseHead } from './verdict.ts'

/** What there is to match rows against. */
export interface Subject {
  readonly statusCode: number
  readonly headers: ResponseHead['headers']
  /** The URL that answered and the Location, lower case. */
  readonly address: string
  /** Names that Set-Cookie sets, lower case. */
  readonly cookies: readonly string[]
  /** Null when no body was read. */
  readonly facts: HtmlFacts | null
  readonly shape: Shape
}

const NO_FACTS: HtmlFacts = {
  title: '',
  text: '',
  noscript: '',
  inline: '',
  resources: '',
  frames: '',
  elements: new Set(),
  links: 0,
  scripts: 0,
  userFields: 0,
  captchaFields: 0,
  passwordFields: 0,
  buttons: 0,
  images: 0,
  refresh: null,
  refreshMs: null,
  comments: '',
  published: false,
  unlisted: false,
  forms: 0,
  parts: 0,
}

/**
 * @param body - what was read of it, decoded; '' when nothing was
 * @param whole - whether that is all of it
 */
export function readSubject(head: ResponseHead, body: string, whole: boolean): Subject {
  const { statusCode, headers } = head
  const base = { statusCode, headers, address: addressOf(head), cookies: cookieNames(headers['set-cookie']) }
  const refresh = parseRefresh(firstValue(headers['refresh']) ?? '')
  if (body === '') {
    if (refresh === null) return { ...base, facts: null, shape: 'small' }
    const facts = refreshed(NO_FACTS, refresh)
    return { ...base, facts, shape: shapeOf(facts, statusCode, whole) }
  }
  const type = firstValue(headers['content-type'])
  // Refusals are often sent with the type that was asked for: the body is the better evidence.
  const isHtml = (type !== undefined && isHtmlType(type)) || looksLikeHtml(body)
  const read = isHtml ? readHtml(body) : { ...NO_FACTS, text: body.toLowerCase().replaceAll('\\/', '/') }
  const facts = refresh === null ? read : refreshed(read, refresh)
  return { ...base, facts, shape: shapeOf(facts, statusCode, whole) }
}

/** A document with the refresh that its headers ask for: as if it had asked itself. */
function refreshed(facts: HtmlFacts, { target, delayMs }: NonNullable<ReturnType<typeof parseRefresh>>) {
  if (facts.refresh !== null) return facts
  const where = target.toLowerCase()
  const resources = where === '' ? facts.resources : `${facts.resources}\n${where}`
  return { ...facts, resources, refresh: where, refreshMs: delayMs }
}

/** The URL that answered and the Location it redirects to, in one lower-case text. */
export function addressOf({ url, headers }: ResponseHead): string {
  const answered = typeof url === 'string' ? url : url.origin + url.pathname
  const location = firstValue(headers['location'])
  return (location === undefined ? answered : `${answered}\n${location}`).toLowerCase()
}

/** The path that was asked for, as it was written. */
export function pathOf(url: ResponseHead['url']): string {
  if (typeof url !== 'string') return url.pathname
  const at = url.indexOf('/', url.indexOf('//') + 2)
  return at < 0 ? '/' : (url.slice(at).split(/[?#]/, 1)[0] ?? '/')
}

/** The host that was asked, with its port. */
export function hostOf(url: ResponseHead['url']): string {
  const origin = typeof url === 'string' ? url : url.origin
  return origin.slice(origin.indexOf('//') + 2).split(/[/?#]/, 1)[0] ?? ''
}

/** The first value of a header that may have come more than once. */
export function firstValue(value: string | string[] | undefined): string | undefined {
  return typeof value === 'object' ? value[0] : value
}

function cookieNames(value: string | string[] | undefined): readonly string[] {
  if (value === undefined) return []
  const lines = typeof value === 'string' ? [value] : value
  return lines.map((line) => {
    const end = line.indexOf('=')
    return (end < 0 ? line : line.slice(0, end)).trim().toLowerCase()
  })
}
