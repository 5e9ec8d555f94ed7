import { z } from 'zod'
import { parseOptions } from '../core/index.ts'
import { decodePeek } from './decode-peek.ts'
import { readExhaustedLimit } from './exhausted-limit.ts'
import { type HtmlFacts, readHtml } from './html-facts.ts'
import { readLoginWall } from './login-wall.ts'
import { isHtmlType, isOpaqueType, looksLikeHtml } from './media-type.ts'
import { parseRetryAfter } from './retry-after.ts'
import { scoreEvidence } from './score.ts'
import { type Shape, shapeOf } from './shape.ts'
import { type Signal, signalSchema } from './signal.ts'
import { SIGNALS } from './signals.ts'
import { readStructure } from './structure.ts'
import { type Evidence, OK_VERDICT, type ResponseHead, type Verdict, type VerdictKind } from './verdict.ts'

export interface ClassifierOptions {
  /** Rows beside the ones that Onejar ships with. An id that is already there replaces that row. */
  readonly signals?: readonly Signal[]
}

const optionsSchema = z.strictObject({ signals: z.array(signalSchema).max(10_000).optional() })

/** How much of a body is looked at, in bytes. */
const PEEK_BYTES = 32_768
/** A successful document that says it is larger than this is not a challenge page. */
const LARGE_BYTES = 65_536

/** What there is to match rows against; the document parts are absent when no body was read. */
interface Subject {
  readonly head: ResponseHead
  readonly address: string
  readonly cookies: readonly string[]
  readonly facts: HtmlFacts | null
  readonly shape: Shape
}

/**
 * Says what a response is, how sure that is, and why. Pure: no I/O, no clock, the same input always gives the same
 * verdict. One instance serves any number of sessions.
 *
 * @example
 * const verdict = new Classifier().judge(head, firstBytes, true)
 * if (verdict.kind === 'js-challenge') console.log(explain(verdict))
 */
export class Classifier {
  readonly peekBytes = PEEK_BYTES
  readonly #rows: readonly Signal[]
  /** Headers that can decide a verdict of a successful response without a look at the body. */
  readonly #telling: readonly string[]

  /** @throws OnejarError ONEJAR_BAD_OPTIONS when a row does not have the form of one */
  constructor(options?: ClassifierOptions) {
    const { signals = [] } = parseOptions(optionsSchema, options, 'new Classifier()')
    const own = new Set(signals.map((signal) => signal.id))
    this.#rows = [...SIGNALS.filter((signal) => !own.has(signal.id)), ...signals]
    const telling = this.#rows.filter(
      (row) =>
        row.in === 'header' && row.verdict !== 'present' && (row.status?.some((code) => code < 300) ?? true),
    )
    this.#telling = [...new Set(telling.map((row) => row.name ?? ''))]
  }

  /**
   * Whether the verdict depends on the first bytes of the body. False for everything ordinary: data, pictures, large
   * documents. Costs a few property reads.
   */
  needsPeek(head: ResponseHead): boolean {
    const { statusCode: status, headers } = head
    if (status < 200 || status === 204 || status === 304 || head.method === 'HEAD') return false
    const type = one(headers['content-type'])
    if (status < 300) {
      if (type !== undefined && !isHtmlType(type)) return false
      const length = one(headers['content-length'])
      return length === undefined || !(Number(length) > LARGE_BYTES) || this.#tells(headers)
    }
    if (status < 400) return headers['location'] === undefined && (type === undefined || isHtmlType(type))
    return status !== 404 && status !== 410 && (type === undefined || !isOpaqueType(type))
  }

  /**
   * The verdict on a response.
   *
   * @param peek - the first `peekBytes` of the body, or less; '' when `needsPeek` said no
   * @param complete - whether `peek` is the whole body
   * @param now - epoch milliseconds, for a Retry-After that is a date
   */
  judge(head: ResponseHead, peek: Uint8Array | string, complete: boolean, now?: number): Verdict {
    const { statusCode: status, headers } = head
    const type = one(headers['content-type'])
    if (status >= 200 && status < 300 && (peek.length === 0 || (type !== undefined && !isHtmlType(type)))) {
      if (!this.#tells(headers)) return OK_VERDICT
    }
    const body = decodePeek(peek, PEEK_BYTES)
    const whole = complete && peek.length <= PEEK_BYTES
    const subject = subjectOf(head, body, type, whole)
    const evidence: Evidence[] = []
    const beaten = new Set<VerdictKind>()
    const present = new Set<string>()
    for (const row of this.#rows) {
      if (!matches(row, subject)) continue
      if (row.vendor !== null) present.add(row.vendor)
      for (const kind of row.beats ?? []) beaten.add(kind)
      const { id: signal, vendor, verdict, weight, note } = row
      evidence.push({ signal, vendor, verdict, weight, note })
    }
    if (subject.facts) evidence.push(...readStructure(subject.facts, subject.shape, status))
    const limit = readExhaustedLimit(status, headers)
    if (limit) evidence.push(limit)
    const location = one(headers['location'])
    if (status >= 300 && status < 400 && location !== undefined) {
      const wall = readLoginWall(head.method, location.toLowerCase(), pathOf(head.url).toLowerCase())
      if (wall) evidence.push(wall)
    }
    evidence.sort((a, b) => b.weight - a.weight || (a.signal < b.signal ? -1 : 1))
    const { kind, confidence, vendor } = scoreEvidence(evidence, beaten, status)
    const retryAfterMs = parseRetryAfter(one(headers['retry-after']), now, one(headers['date']))
    return {
      kind,
      confidence,
      vendor,
      evidence,
      vendorsPresent: [...present].sort(),
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    }
  }

  #tells(headers: ResponseHead['headers']): boolean {
    for (const name of this.#telling) if (headers[name] !== undefined) return true
    return false
  }
}

function subjectOf(head: ResponseHead, body: string, type: string | undefined, whole: boolean): Subject {
  const location = one(head.headers['location'])
  const url = typeof head.url === 'string' ? head.url : `${head.url.origin}${head.url.pathname}`
  const address = `${url}\n${location ?? ''}`.toLowerCase()
  const cookies = many(head.headers['set-cookie']).map((line) =>
    (line.split('=', 1)[0] ?? '').trim().toLowerCase(),
  )
  if (body === '') return { head, address, cookies, facts: null, shape: 'small' }
  if (
    type === undefined || isHtmlType(type) ? looksLikeHtml(body) || type !== undefined : looksLikeHtml(body)
  ) {
    const facts = readHtml(body)
    return { head, address, cookies, facts, shape: shapeOf(facts, head.statusCode, whole) }
  }
  const facts: HtmlFacts = { ...NO_FACTS, text: body.toLowerCase() }
  return { head, address, cookies, facts, shape: shapeOf(facts, head.statusCode, whole) }
}

const NO_FACTS: HtmlFacts = {
  title: '',
  text: '',
  noscript: '',
  inline: '',
  resources: '',
  elements: new Set(),
  links: 0,
  scripts: 0,
  userFields: 0,
  captchaFields: 0,
  buttons: 0,
  passwordFields: 0,
  images: 0,
  refresh: null,
}

function matches(row: Signal, subject: Subject): boolean {
  if (row.status !== undefined && !row.status.includes(subject.head.statusCode)) return false
  switch (row.in) {
    case 'status':
      return true
    case 'header': {
      const value = one(subject.head.headers[row.name ?? ''])
      return (
        value !== undefined && (row.has === undefined || holds(value.slice(0, 1_024).toLowerCase(), row.has))
      )
    }
    case 'cookie':
      return subject.cookies.some((name) => isNamed(name, row.name ?? ''))
    case 'url':
      return row.has !== undefined && holds(subject.address, row.has)
    default:
      return matchesDocument(row, subject)
  }
}

function matchesDocument(row: Signal, { facts, shape }: Subject): boolean {
  if (facts === null || row.has === undefined) return false
  if (row.when === 'gate' && shape !== 'gate') return false
  if (shape === 'content' && row.verdict !== 'present') return false
  switch (row.in) {
    case 'title':
      return holds(facts.title, row.has)
    case 'text':
      return holds(facts.text, row.has)
    case 'noscript':
      return holds(facts.noscript, row.has)
    case 'inline':
      return holds(facts.inline, row.has)
    case 'resource':
      return holds(facts.resources, row.has)
    case 'element':
      return typeof row.has === 'string'
        ? facts.elements.has(row.has)
        : row.has.some((mark) => facts.elements.has(mark))
    default:
      return false
  }
}

function holds(text: string, has: string | readonly string[]): boolean {
  return typeof has === 'string' ? text.includes(has) : has.some((part) => text.includes(part))
}

function isNamed(name: string, pattern: string): boolean {
  return pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern
}

function one(value: string | string[] | undefined): string | undefined {
  return typeof value === 'object' ? value[0] : value
}

function many(value: string | string[] | undefined): readonly string[] {
  return value === undefined ? [] : typeof value === 'string' ? [value] : value
}

function pathOf(url: ResponseHead['url']): string {
  if (typeof url !== 'string') return url.pathname
  const at = url.indexOf('/', url.indexOf('//') + 2)
  return at < 0 ? '/' : (url.slice(at).split(/[?#]/, 1)[0] ?? '/')
}
