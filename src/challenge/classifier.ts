import { onDemand, parseOptions } from '../core/index.ts'
import { readCaptchaRedirect } from './captcha-redirect.ts'
import { decodePeek, normalisePeek, spellings } from './decode-peek.ts'
import { embedsBox, isBox } from './doubt.ts'
import { readExhaustedLimit } from './exhausted-limit.ts'
import { type FollowedLogin, isLoginPage, readFollowedLogin, readLoginWall } from './login-wall.ts'
import { MarkupScan } from './markup-scan.ts'
import { matchesSignal } from './match-signal.ts'
import { isHtmlType, isOpaqueType, looksLikeHtml } from './media-type.ts'
import { isOrdinary } from './ordinary.ts'
import { QuickLook } from './quick-look.ts'
import { parseRetryAfter } from './retry-after.ts'
import { scoreEvidence } from './score.ts'
import { type Signal, signalSchema } from './signal.ts'
import { SIGNALS } from './signals.ts'
import { readStructure } from './structure.ts'
import { addressOf, firstValue, hostOf, pathOf, readSubject, type Subject } from './subject.ts'
import { thinned } from './thinned.ts'
import { readUntakenAnswer } from './untaken-answer.ts'
import { type Evidence, OK_VERDICT, type ResponseHead, type Verdict, type VerdictKind } from './verdict.ts'

import { readWait, readWaitingRoom } from './waiting-room.ts'

/** Options of `classify()`. */
export interface ClassifierOptions {
  /** Rows beside the ones that Onejar ships with. An id that is already there replaces that row. */
  readonly signals?: readonly Signal[]
}

const zod = onDemand<typeof import('zod')>('zod')

/** The rows that a caller adds. @throws OnejarError ONEJAR_BAD_OPTIONS */
function checkRows(options: unknown): readonly Signal[] {
  const { z } = zod()
  const schema = z.strictObject({ signals: z.array(signalSchema(zod())).max(10_000).optional() })
  return parseOptions(schema, options, 'new Classifier()').signals ?? []
}

const HEAD_PLACES: ReadonlySet<Signal['in']> = new Set(['status', 'header', 'cookie', 'url'])
/** How much of a body is looked at, in bytes. */
const PEEK_BYTES = 32_768
/** A successful document that says it is larger than this is looked at shortly: its title has to be that of a challenge. */
const LARGE_BYTES = 65_536
const SHORT_LOOK_BYTES = 4_096
/** As much is looked at where a challenge is likely that brings its fonts and pictures along; beyond it there is none. */
const WIDE_BYTES = 524_288
/** Styles and data that fill so much of what was seen may well fill the rest. */
const SILENT_SHARE = 0.75
const TITLE = /<title[^>]{0,200}>([^<]{1,300})/
/** A page that is meant to be found says so in its head. */
const LISTED = /rel=["']?canonical|property=["']?og:|application\/ld\+json/

/**
 * Says what a response is, how sure that is, and why. Pure: no I/O, no clock, the same input always gives the same
 * verdict. One instance serves any number of sessions.
 */
export class Classifier {
  readonly peekBytes = PEEK_BYTES
  /** How much of it is, where `wantsMore` says so. */
  readonly widePeekBytes = WIDE_BYTES
  /** Titles that challenges have. */
  readonly #titles: readonly string[]
  readonly #rows: readonly Signal[]
  /** Those that look at the head of a response. */
  readonly #headRows: readonly Signal[]
  /** Headers that can decide the verdict on a successful response, whatever its body. */
  readonly #telling: readonly string[]
  /** Finds the parts of an address that can do so: one expression takes a sixth of the time of a search for each. */
  readonly #tellingAddresses: RegExp
  /** Rows that see a vendor at work from the head alone, by the header they look at. */
  readonly #presence: ReadonlyMap<string, readonly Signal[]>
  /** Recognises most documents that are plainly none of these; null where users' rows look at more than it knows of. */
  readonly #quick: QuickLook | null
  /** Users' rows look at more of a successful response than the ways out do. */
  readonly #thorough: boolean
  /** Users' rows name a successful status and a text: short JSON is looked at as well. */
  readonly #readsData: boolean

  /** @throws OnejarError ONEJAR_BAD_OPTIONS when a row does not have the form of one */
  constructor(options?: ClassifierOptions) {
    const signals = options === undefined ? [] : checkRows(options)
    const own = new Set(signals.map((signal) => signal.id))
    const rows = [...SIGNALS.filter((signal) => !own.has(signal.id)), ...signals]
    this.#rows = rows.map(encodeRow)
    this.#headRows = this.#rows.filter((row) => HEAD_PLACES.has(row.in))
    const deciding = this.#rows.filter(
      (row) => row.verdict !== 'present' && (row.status?.some((code) => code < 300) ?? true),
    )
    this.#telling = [...new Set(deciding.flatMap((row) => (row.in === 'header' ? (row.name ?? []) : [])))]
    this.#tellingAddresses = anyOf(deciding.flatMap((row) => (row.in === 'url' ? (row.has ?? []) : [])))
    this.#presence = Map.groupBy(
      this.#rows.filter((row) => row.verdict === 'present' && (row.in === 'header' || row.in === 'cookie')),
      (row) => (row.in === 'cookie' ? 'set-cookie' : (row.name ?? '')),
    )
    this.#titles = this.#rows.flatMap((row) =>
      row.in === 'title' && row.verdict !== 'present' ? [row.has ?? []].flat() : [],
    )
    this.#thorough = signals.some((row) => row.in !== 'header' && row.in !== 'url')
    this.#readsData = signals.some((row) => row.in === 'text' && row.status?.some((code) => code < 300))
    this.#quick = this.#thorough || !MarkupScan.isSupported ? null : new QuickLook(rows)
  }

  /**
   * Whether the verdict depends on the first bytes of the body. False for everything ordinary: data, pictures, large
   * documents. Costs a few property reads.
   */
  needsPeek(head: ResponseHead): boolean {
    const { statusCode: status, headers } = head
    if (status < 200 || status === 204 || status === 304 || head.method === 'HEAD') return false
    const type = firstValue(headers['content-type'])
    if (status < 300) {
      if (type !== undefined && !isHtmlType(type))
        return isInLine(headers) || (this.#readsData && isShortJson(type, headers))
      const length = firstValue(headers['content-length'])
      return length === undefined || !(Number(length) > WIDE_BYTES) || this.#tells(headers)
    }
    if (status < 400) return headers['location'] === undefined && (type === undefined || isHtmlType(type))
    return status !== 404 && status !== 410 && (type === undefined || !isOpaqueType(type))
  }

  /** How many of the first bytes of the body are wanted, where `needsPeek` says that some are. */
  peekBytesFor(head: ResponseHead): number {
    return isLarge(head) && !this.#tells(head.headers) && !this.#thorough ? SHORT_LOOK_BYTES : PEEK_BYTES
  }

  /**
   * Whether the first bytes are those of what may be a challenge that is larger: then `widePeekBytes` of it are wanted. No for
   * everything ordinary.
   */
  wantsMore(head: ResponseHead, peek: Uint8Array): boolean {
    const text = decodePeek(peek, PEEK_BYTES)
    const title = TITLE.exec(text.slice(0, PEEK_BYTES).toLowerCase())?.[1]?.trim()
    if (title !== undefined && this.#titles.some((known) => title.startsWith(known) || title.endsWith(known)))
      return true
    if (isLarge(head)) return false
    const thin = thinned(text)
    return thin.length < (1 - SILENT_SHARE) * text.length && !LISTED.test(thin) && !isOrdinary(thin)
  }

  /**
   * The verdict on a response.
   *
   * @param peek - the first `peekBytesFor` of the body, or less, or the first `widePeekBytes`; '' when `needsPeek` said no; as text, one char per byte
   * @param complete - whether `peek` is the whole body
   * @param now - epoch milliseconds, for a Retry-After that is a date
   */
  judge(head: ResponseHead, peek: Uint8Array | string, complete: boolean, now?: number): Verdict {
    const { statusCode: status, headers } = head
    const type = firstValue(headers['content-type'])
    const success = status >= 200 && status < 300
    const isData = type !== undefined && !isHtmlType(type)
    const mayLeave = success && !this.#thorough && !this.#tells(headers)
    const inLine = isData && success && (isInLine(headers) || (this.#readsData && isShortJson(type, headers)))
    if (mayLeave && isData && !inLine) return OK_VERDICT
    const wide = peek.length > PEEK_BYTES
    // As little as a short look sees proves nothing.
    if (mayLeave && !wide && !complete && isLarge(head)) return this.#fine(head)
    const login = success && !isData ? readFollowedLogin(head) : null
    const mayBeFine = mayLeave && !inLine && login === null && this.#leavesToBody(head)
    const mayBeQuick = mayBeFine && !isData && this.#quick?.suits(status, headers) === true
    let sure = mayBeQuick && !wide ? this.#look(bytesOf(peek), type) : null
    if (sure === 'ordinary') return this.#fine(head)
    const read = wide ? thinned(decodePeek(peek, WIDE_BYTES)) : decodePeek(peek, PEEK_BYTES)
    const body = isData && success && !inLine ? '' : read.slice(0, PEEK_BYTES)
    if (mayBeFine && (body === '' || isOrdinary(body))) return this.#fine(head)
    const text = normalisePeek(body, type)
    if (mayBeQuick && text !== body) sure = this.#look(bytesOf(text), type)
    if (sure === 'ordinary') return this.#fine(head)
    const rows = sure === 'no-row' ? this.#headRows : this.#rows
    const whole = complete && read.length <= PEEK_BYTES && peek.length <= WIDE_BYTES
    return this.#weigh(head, rows, readSubject(head, text, whole), login, now)
  }

  /**
   * The verdict where the beginning of a document decides it before as much is there as `peekBytesFor` asks for: it has more to
   * read, or more links, than any gate. Undefined where more is needed.
   *
   * @param beginning - the first bytes of the body
   */
  early(head: ResponseHead, beginning: Uint8Array): Verdict | undefined {
    const { statusCode: status, headers } = head
    const type = firstValue(headers['content-type'])
    if (type === undefined || !isHtmlType(type) || this.#quick?.suits(status, headers) !== true)
      return undefined
    if (this.#tells(headers) || !this.#leavesToBody(head) || readFollowedLogin(head) !== null)
      return undefined
    return this.#quick.isContent(bytesOf(beginning), type) ? this.#fine(head) : undefined
  }

  /** The verdict on a response whose whole body is there, however much of it is looked at. */
  judgeWhole(head: ResponseHead, body: Uint8Array, now?: number): Verdict {
    if (!this.needsPeek(head)) return this.judge(head, NOTHING, body.length === 0, now)
    const first = body.subarray(0, this.peekBytesFor(head))
    const isAll = first.length === body.length
    const peek = !isAll && this.wantsMore(head, first) ? body.subarray(0, WIDE_BYTES) : first
    return this.judge(head, peek, peek.length === body.length, now)
  }

  /** The long way: every observation, and every row that may be true. */
  #weigh(
    head: ResponseHead,
    rows: readonly Signal[],
    subject: Subject,
    login: FollowedLogin | null,
    now: number | undefined,
  ): Verdict {
    const { statusCode: status, headers } = head
    const evidence: Evidence[] = []
    const beaten = new Set<VerdictKind>()
    const present = new Set<string>()
    for (const row of rows) {
      if (!matchesSignal(row, subject)) continue
      if (row.vendor !== null) present.add(row.vendor)
      if (row.beats !== undefined) for (const kind of row.beats) beaten.add(kind)
      evidence.push(evidenceOf(row))
    }
    const { facts, shape } = subject
    if (facts) evidence.push(...readStructure(facts, shape, status))
    if (facts && embedsBox(facts, status)) withdraw(evidence, ({ signal }) => isBox(signal))
    const untaken = readUntakenAnswer(head, facts, evidence)
    if (untaken) {
      evidence.push(untaken)
      beaten.delete('js-challenge')
      beaten.add('block')
    }
    if (login && (facts === null || isLoginPage(login, facts))) evidence.push(login.evidence)
    const room = readWaitingRoom(head, facts, shape)
    if (room) evidence.push(room)
    if (head.method === 'HEAD' && status >= 400) evidence.push(NO_BODY)
    const limit = readExhaustedLimit(status, headers)
    if (limit) evidence.push(limit)
    const location = firstValue(headers['location'])
    if (status >= 300 && status < 400 && location !== undefined) {
      const target = location.toLowerCase()
      const asked = pathOf(head.url).toLowerCase()
      const wall = readLoginWall(head.method, target, asked, hostOf(head.url).toLowerCase())
      if (wall) evidence.push(wall)
      const puzzle = readCaptchaRedirect(head.method, target, asked)
      if (puzzle) evidence.push(puzzle)
    }
    evidence.sort((a, b) => b.weight - a.weight || (a.signal < b.signal ? -1 : 1))
    if (evidence.some(({ verdict }) => verdict === 'waiting-room')) {
      for (const kind of YIELDS_TO_ROOM) beaten.add(kind)
    }
    const { kind, confidence, vendor } = scoreEvidence(evidence, beaten, status)
    const retryAfterMs = parseRetryAfter(firstValue(headers['retry-after']), now, firstValue(headers['date']))
    return {
      kind,
      confidence,
      vendor,
      evidence,
      vendorsPresent: [...present].sort(),
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
      ...(kind === 'waiting-room' ? readWait(facts, retryAfterMs) : {}),
    }
  }

  /** The verdict on an ordinary document: ok, with the vendors that its head shows. */
  #fine(head: ResponseHead): Verdict {
    let subject: Subject | null = null
    const seen: Signal[] = []
    for (const name in head.headers) {
      const rows = this.#presence.get(name)
      if (rows === undefined) continue
      subject ??= readSubject(head, '', true)
      for (const row of rows) if (matchesSignal(row, subject)) seen.push(row)
    }
    if (seen.length === 0) return OK_VERDICT
    const vendors = new Set(seen.flatMap((row) => row.vendor ?? []))
    return { ...OK_VERDICT, evidence: seen.map(evidenceOf), vendorsPresent: [...vendors].sort() }
  }

  /** What is certain of a document, from as much of it as there is. */
  #look(bytes: Buffer, type: string | undefined): ReturnType<QuickLook['look']> {
    const isHtml = type !== undefined || looksLikeHtml(bytes.toString('latin1', 0, 256))
    return isHtml && this.#quick !== null ? this.#quick.look(bytes, type) : null
  }

  /** Whether neither what it asks the browser to load next nor its address can decide. */
  #leavesToBody(head: ResponseHead): boolean {
    return head.headers['refresh'] === undefined && !this.#tellsByAddress(head)
  }

  #tells(headers: ResponseHead['headers']): boolean {
    for (const name of this.#telling) if (headers[name] !== undefined) return true
    return false
  }

  #tellsByAddress(head: ResponseHead): boolean {
    return this.#tellingAddresses.test(addressOf(head))
  }
}

/** Matches what holds one of the parts; nothing, where there are none. */
function anyOf(parts: readonly string[]): RegExp {
  const patterns = parts.map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return patterns.length === 0 ? /(?!)/ : new RegExp(patterns.join('|'))
}

/** What the bytes of a peek are, up to what is looked at of it. */
function bytesOf(peek: Uint8Array | string): Buffer {
  if (typeof peek === 'string') return Buffer.from(peek.slice(0, PEEK_BYTES), 'latin1')
  return Buffer.from(peek.buffer, peek.byteOffset, Math.min(peek.byteLength, PEEK_BYTES))
}

/** An answer of an API that may be nothing but an error. */
function isShortJson(type: string, headers: ResponseHead['headers']): boolean {
  if (!/\bjson\b/i.test(type)) return false
  const length = firstValue(headers['content-length'])
  return length === undefined || Number(length) <= SHORT_LOOK_BYTES
}

/** Whether a successful document says that it is larger than challenges mostly are. */
function isLarge({ statusCode, headers }: ResponseHead): boolean {
  return statusCode < 300 && Number(firstValue(headers['content-length'])) > LARGE_BYTES
}

/** Cloudflare's waiting room answers with data who asks for data, and sets a cookie for the place in line. */
function isInLine(headers: ResponseHead['headers']): boolean {
  const lines = headers['set-cookie']
  if (lines === undefined) return false
  return typeof lines === 'string'
    ? lines.startsWith('__cfwaitingroom')
    : lines.some((line) => line.startsWith('__cfwaitingroom'))
}

const NO_BODY: Evidence = {
  signal: 'head-only',
  vendor: null,
  where: 'structure',
  verdict: 'present',
  weight: 0,
  note: 'asked with HEAD, so that there is no body: only the status and the headers were looked at',
}
/** A place in line is kept by a script and a cookie, and comes with statuses that say to slow down. */
const YIELDS_TO_ROOM = ['js-challenge', 'rate-limited', 'block'] as const

function withdraw(evidence: Evidence[], isOver: (one: Evidence) => boolean): void {
  for (let at = evidence.length - 1; at >= 0; at--)
    if (isOver(evidence[at] as Evidence)) evidence.splice(at, 1)
}

const NOTHING = new Uint8Array(0)

/** A row whose needles look as they do in a decoded peek, so that they may be of any language. */
function encodeRow(row: Signal): Signal {
  if (row.has === undefined) return row
  return { ...row, has: [row.has].flat().flatMap(spellings) }
}

function evidenceOf({ id: signal, vendor, in: where, verdict, weight, note }: Signal): Evidence {
  return { signal, vendor, where, verdict, weight, note }
}
