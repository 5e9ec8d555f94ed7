import type { Clock } from '../core/index.ts'
import type { Via } from '../http/index.ts'
import type { SessionRecord } from '../record/index.ts'
import type { EventHub, SessionEvent } from '../routing/index.ts'
import { changeOf } from './change-words.ts'
import { clip } from './clip.ts'
import { cookieRow } from './cookie-row.ts'
import { eventWords } from './event-words.ts'
import { reportDocument } from './html/report-document.ts'
import { Latest } from './latest.ts'
import type {
  Kept,
  ReportChallenge,
  ReportChange,
  ReportData,
  ReportEvent,
  ReportPage,
  ReportRequest,
  ReportSpan,
} from './report-data.ts'

/** What a report watches. */
export interface ReportSubject {
  readonly events: Pick<EventHub, 'tap' | 'early'>
  readonly record: Pick<SessionRecord, 'subscribe' | 'cookies' | 'localOrigins' | 'localItems'>
  readonly clock: Clock
}

export interface ReportLimits {
  /** How many requests are kept, the latest; others are only counted. */
  readonly maxRequests: number
  /** The same for events, and for changes of cookies and storage. */
  readonly maxEvents: number
}

const MAX_CHALLENGES = 200
const MAX_SPANS = 200
const MAX_EVIDENCE = 20
/** Of what the record holds at the end. */
const MAX_HELD = 500

/**
 * What happens in a session from `session.report()` on: which transport each request took and why, challenges with their evidence,
 * solves, events in words, and who wrote which cookie. Holds no values of cookies and storage; URLs are origin and path. Bounded:
 * of a million requests it keeps the latest, and counts the others.
 *
 * @example
 * ```ts
 * import { writeFile } from 'node:fs/promises'
 *
 * const report = session.report()
 * await session.fetch('https://example.com/')
 * await writeFile('report.html', report.html())
 * report.stop()
 * ```
 */
export class SessionReport {
  readonly #subject: ReportSubject
  readonly #from: number
  #to: number | null = null
  readonly #requests: Latest<ReportRequest>
  readonly #events: Latest<ReportEvent>
  readonly #changes: Latest<ReportChange>
  readonly #challenges = new Latest<ReportChallenge>(MAX_CHALLENGES)
  readonly #spans = new Latest<{ -readonly [K in keyof ReportSpan]: ReportSpan[K] }>(MAX_SPANS)
  readonly #byTransport: Record<Via, number> = { http: 0, 'page-fetch': 0, page: 0 }
  #failed = 0
  #solves = 0
  #failedSolves = 0
  readonly #ends: readonly (() => void)[]

  /** Use `session.report()`. */
  constructor(subject: ReportSubject, limits: ReportLimits) {
    const { events, record, clock } = subject
    this.#subject = subject
    this.#from = clock.now()
    this.#requests = new Latest(limits.maxRequests)
    this.#events = new Latest(limits.maxEvents)
    this.#changes = new Latest(limits.maxEvents)
    for (const event of events.early) this.#note(event)
    this.#ends = [
      events.tap((event) => this.#note(event), true),
      record.subscribe((delta, source) => {
        for (const entry of delta) {
          const change = changeOf(entry, source)
          if (change !== undefined) this.#changes.add(change)
        }
      }),
    ]
  }

  /**
   * Begins a bar of your own in the picture of what took time, until the function that is returned is called.
   *
   * @param label - what it is, without secrets
   * @example
   * ```ts
   * const report = session.report()
   * const done = report.begin('logs in')
   * await session.fetch('https://example.com/login', { method: 'POST' })
   * done()
   * ```
   */
  begin(label: string): () => void {
    const now = () => this.#subject.clock.now()
    return this.#begin({ from: now(), to: null, kind: 'own', label: clip(String(label), 200), outcome: null })
  }

  /**
   * What happened until now, as data. Costs a walk through what the session holds.
   *
   * @example
   * ```ts
   * const { counts, challenges } = session.report().data()
   * console.log(counts.requests, challenges.items.length)
   * ```
   */
  data(): ReportData {
    const { record, clock } = this.#subject
    const cookies = record.cookies()
    const origins = record.localOrigins()
    return {
      from: this.#from,
      to: this.#to ?? clock.now(),
      counts: {
        requests: this.#requests.count,
        failed: this.#failed,
        byTransport: { ...this.#byTransport },
        challenges: this.#challenges.count,
        solves: this.#solves,
        failedSolves: this.#failedSolves,
      },
      requests: kept(this.#requests),
      challenges: kept(this.#challenges),
      spans: {
        items: this.#spans.items.map((span) => ({ ...span })),
        left: this.#spans.left,
      },
      events: kept(this.#events),
      changes: kept(this.#changes),
      cookies: {
        items: cookies.slice(0, MAX_HELD).map(cookieRow),
        left: Math.max(0, cookies.length - MAX_HELD),
      },
      storage: {
        items: origins
          .slice(0, MAX_HELD)
          .map((origin) => ({ origin: clip(origin, 200), items: record.localItems(origin).size })),
        left: Math.max(0, origins.length - MAX_HELD),
      },
    }
  }

  /**
   * The same as one HTML document: no scripts, nothing that is loaded, its own content security policy; light and dark; for screens
   * from 390 pixels on.
   *
   * @param page - its title, and rows of your own
   * @example
   * ```ts
   * const html = session.report().html({ title: 'Crawl of today', figures: [{ name: 'Pages', value: '300', ok: true }] })
   * ```
   */
  html(page: ReportPage = {}): string {
    return reportDocument(this.data(), page)
  }

  /** Ends watching; what was seen until now can still be shown. Idempotent. */
  stop(): void {
    if (this.#to !== null) return
    this.#to = this.#subject.clock.now()
    for (const end of this.#ends) end()
  }

  #note(event: SessionEvent): void {
    switch (event.type) {
      case 'request':
      case 'request-failed':
        this.#noteRequest(event)
        return
      case 'challenge':
        this.#noteChallenge(event, false)
        break
      case 'mistaken':
        this.#noteChallenge(event, true)
        break
      default:
        this.#noteSpan(event)
    }
    const { title, words } = eventWords(event)
    this.#events.add({ at: event.at, type: event.type, title, words: clip(words, 1_000) })
  }

  #noteRequest(event: Extract<SessionEvent, { type: 'request' | 'request-failed' }>): void {
    const { at, ms, method, url, via, reason } = event
    const isAnswered = event.type === 'request'
    this.#byTransport[via]++
    if (!isAnswered) this.#failed++
    this.#requests.add({
      at,
      ms,
      method: clip(method, 20),
      url: clip(url),
      via,
      status: isAnswered ? event.status : null,
      verdict: isAnswered ? event.verdict : event.code,
      reason: clip(reason),
    })
  }

  #noteChallenge(event: Extract<SessionEvent, { type: 'challenge' | 'mistaken' }>, mistaken: boolean): void {
    const { at, url, verdict, vendor, evidence } = event
    this.#challenges.add({
      ...{ at, url: clip(url), verdict, vendor, mistaken },
      evidence: evidence.slice(0, MAX_EVIDENCE).map((one) => ({ ...one, note: clip(one.note, 300) })),
    })
  }

  /** What takes time begins or ends with this event. */
  #noteSpan(event: SessionEvent): void {
    const from = event.at
    switch (event.type) {
      case 'solve-start': {
        const label = `solve of ${clip(event.url, 200)}`
        this.#begin({ from, to: null, kind: 'solve', label, outcome: null })
        return
      }
      case 'solve-end':
        this.#solves++
        if (event.outcome === 'failed') this.#failedSolves++
        this.#end('solve', `solve of ${clip(event.url, 200)}`, from, event.outcome)
        return
      case 'manual-intervention': {
        const label = `a person at ${event.origin}`
        if (event.state === 'begun') this.#begin({ from, to: null, kind: 'person', label, outcome: null })
        else this.#end('person', label, from, event.state === 'done' ? 'passed' : 'failed')
        return
      }
      case 'reauthentication': {
        const label = `login at ${event.origin}`
        if (event.state === 'started') this.#begin({ from, to: null, kind: 'login', label, outcome: null })
        else this.#end('login', label, from, event.state === 'renewed' ? 'passed' : 'failed')
      }
    }
  }

  #begin(span: ReportSpan): () => void {
    const kept = { ...span }
    this.#spans.add(kept)
    return () => {
      kept.to ??= this.#subject.clock.now()
    }
  }

  #end(kind: ReportSpan['kind'], label: string, at: number, outcome: ReportSpan['outcome']): void {
    const open = this.#spans.items.find(
      (span) => span.kind === kind && span.label === label && span.to === null,
    )
    if (open === undefined) return
    open.to = at
    open.outcome = outcome
  }
}

function kept<T>({ items, left }: Latest<T>): Kept<T> {
  return { items, left }
}
