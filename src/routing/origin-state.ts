import type { Classifier, Verdict } from '../challenge/index.ts'
import { type Clock, isOnejarError, safeUrl } from '../core/index.ts'
import type { Via } from '../http/index.ts'
import type { ChangeSource, SessionRecord } from '../record/index.ts'
import type { AttemptObserver } from './attempt-observer.ts'
import { BlockedOrigins } from './blocking/blocked-origins.ts'
import { CorrectedClassifier } from './corrected-classifier.ts'
import type { EventHub } from './events.ts'
import { RouteMemory } from './route-memory.ts'
import type { RoutedResponse, RouteRequest } from './route-request.ts'
import { ClearanceUse } from './solving/clearance-use.ts'
import { SolveHistory } from './solving/solve-history.ts'

export interface OriginStateOptions {
  readonly record: SessionRecord
  readonly classifier: Classifier
  readonly events: EventHub
  readonly clock: Clock
  /** The name of the session's network path, its proxy. */
  readonly through: () => string
  readonly attempts?: AttemptObserver | undefined
}

const SOURCE: ChangeSource = { name: 'router' }
/** Of requests that go nowhere else. */
const FOR_CALLER = 'the caller keeps it to this transport'

/**
 * What is known of each origin: whether the session is blocked there, which transport works, how solves ended, how its clearance
 * is used, and which pages were taken for challenges by mistake. The parts of the router share it, and do not call each other.
 */
export class OriginState {
  readonly blocked: BlockedOrigins
  readonly routes: RouteMemory
  readonly history: SolveHistory
  readonly clearances: ClearanceUse
  /** The classifier, without the mistakes that are known. */
  readonly judge: CorrectedClassifier
  readonly #events: EventHub
  readonly #clock: Clock
  readonly #attempts: AttemptObserver | undefined

  constructor({ record, classifier, events, clock, through, attempts }: OriginStateOptions) {
    this.#attempts = attempts
    this.#events = events
    this.#clock = clock
    this.blocked = new BlockedOrigins(record, events, clock)
    this.routes = new RouteMemory(record, events, clock, SOURCE)
    this.history = new SolveHistory(record, through)
    this.clearances = new ClearanceUse(record, this.history, clock)
    this.judge = new CorrectedClassifier(classifier, this.routes, events, clock)
  }

  /** A person has taken care of what blocked the session at this origin. */
  unblock(origin: string): void {
    this.blocked.unblock(origin)
    // Other processes of the session learn of it.
    if (this.history.last(origin)?.outcome === 'failed')
      this.history.passed(origin, { at: this.#clock.now(), clearance: [], observedLifeMs: null })
  }

  /** A request passed over HTTP after a challenge, or after another transport was known to be needed. */
  proven(url: URL): void {
    this.routes.forget(url.origin)
    const reason = 'the request passed over HTTP'
    this.#events.emit({ type: 'drop-back', at: this.#clock.now(), url: safeUrl(url), reason })
  }

  /** Emits the event of a response that is no ordinary one. */
  challenge({ url, verdict }: RoutedResponse): void {
    const { kind, vendor, evidence } = verdict as Verdict
    const at = this.#clock.now()
    this.#events.emit({ type: 'challenge', at, url: safeUrl(url), verdict: kind, vendor, evidence })
  }

  /** Emits that a response went to the caller that may be a challenge, as there was no browser to look. */
  unverified({ url, verdict }: RoutedResponse): void {
    const { kind, vendor } = verdict as Verdict
    const reason = 'there is no browser here that could tell whether it is a challenge or the page'
    const at = this.#clock.now()
    this.#events.emit({ type: 'unverified', at, url: safeUrl(url), verdict: kind, vendor, reason })
  }

  /** Emits that a place in line was given, and how long it takes as far as that is known. */
  waitingRoom(url: URL, { vendor, estimatedWaitMs, askAgainMs }: Verdict): void {
    const times = { estimatedWaitMs: estimatedWaitMs ?? null, askAgainMs: askAgainMs ?? null }
    this.#events.emit({ type: 'waiting-room', at: this.#clock.now(), url: safeUrl(url), vendor, ...times })
  }

  /** Whether somebody wants to know how long requests take. */
  get timed(): boolean {
    return this.#attempts?.timed === true || this.#events.wanted
  }

  /** A request was answered. */
  sent(response: RoutedResponse, ms: number, request: Pick<RouteRequest, 'attempt' | 'why'>): void {
    this.#attempts?.answered(response, request.attempt ?? 1, ms)
    if (!this.#events.wanted) return
    const { method, url, via, statusCode, verdict } = response
    this.#events.emit({
      type: 'request',
      at: this.#clock.now(),
      method,
      url: safeUrl(url),
      via,
      status: statusCode,
      ms,
      verdict: verdict?.kind ?? 'ok',
      reason: request.why ?? FOR_CALLER,
    })
  }

  /** A request was sent, or was to be, and had no answer. */
  failed(request: RouteRequest, via: Via, error: unknown, ms: number): void {
    this.#attempts?.failed(request, via, error, ms)
    if (!this.#events.wanted) return
    this.#events.emit({
      type: 'request-failed',
      at: this.#clock.now(),
      method: request.method ?? 'GET',
      url: safeUrl(request.url),
      via,
      ms,
      code: isOnejarError(error) ? error.code : 'ONEJAR_NETWORK',
      reason: request.why ?? FOR_CALLER,
    })
  }
}
