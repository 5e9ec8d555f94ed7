import type { Classifier } from '../challenge/index.ts'
import { type Clock, isOnejarError, OnejarError, safeUrl } from '../core/index.ts'
import type { SessionRecord } from '../record/index.ts'
import { Circuits } from '../resilience/index.ts'
import type { EventHub } from './events.ts'
import type { PageLender } from './page-lender.ts'
import type { RemoteVisits } from './route-request.ts'
import { SingleFlight } from './single-flight.ts'
import { type VisitAnswer, type VisitOutcome, visit } from './visit.ts'

export interface ChallengeSolverOptions {
  readonly record: SessionRecord
  readonly classifier: Classifier
  readonly events: EventHub
  readonly clock: Clock
  readonly visitTimeoutMs: number
  readonly lender: PageLender
  readonly remote: RemoteVisits | undefined
  /** What a visit that failed means: the error, and a halt where a person is needed. */
  readonly failure: (outcome: FailedVisit, url: URL) => OnejarError
  /** Ends every visit. */
  readonly closing: AbortSignal
}

export type FailedVisit = Extract<VisitOutcome, { kind: 'failed' }>

/** As many origins whose visits failed are remembered. */
const MAX_ORIGINS = 10_000

/** What is no fault of the site, or is dealt with elsewhere: no pause comes of it. */
const NO_PAUSE = ['ONEJAR_CAPTCHA', 'ONEJAR_BLOCKED', 'ONEJAR_CLOSED', 'ONEJAR_BROWSER_NOT_FOUND'] as const

/**
 * Passes challenges: one visit of the browser per origin at a time, however many requests met it. A visit goes on when those
 * who wait for it give up: the next request has the good of it. After one that failed there is a pause.
 */
export class ChallengeSolver {
  readonly #options: ChallengeSolverOptions
  readonly #flights = new SingleFlight<VisitAnswer | null>()
  /** A visit is costly: after each one that fails there is a pause, twice as long each time. */
  readonly #circuits: Circuits<OnejarError>
  /** When the last visit to an origin ended well: a request that started before is replayed without another one. */
  readonly #clearedAt = new Map<string, number>()

  constructor(options: ChallengeSolverOptions) {
    this.#options = options
    this.#circuits = new Circuits({
      clock: options.clock,
      failures: 1,
      firstPauseMs: 1_000,
      maxPauseMs: 5 * 60_000,
      probeMs: 2 * options.visitTimeoutMs,
      maxKeys: MAX_ORIGINS,
    })
  }

  /** The visit to this origin that is under way. */
  underway(origin: string): Promise<unknown> | undefined {
    return this.#flights.current(origin)
  }

  /** Whether a visit to the origin ended well after this moment (on the clock of `performance.now()`). */
  clearedSince(origin: string, at: number): boolean {
    return (this.#clearedAt.get(origin) ?? 0) > at
  }

  /**
   * Joins the visit that is under way, or starts one.
   *
   * @returns what the browser got when the site let it through; null when only a replay can tell
   * @throws OnejarError ONEJAR_CHALLENGE_UNSOLVED, ONEJAR_CHALLENGE_LOOP, ONEJAR_CAPTCHA, ONEJAR_BLOCKED,
   * ONEJAR_RATE_LIMITED, ONEJAR_BROWSER_NOT_FOUND, ONEJAR_BROWSER_FAILED, ONEJAR_NETWORK, ONEJAR_CLOSED; with
   * `retryAfterMs` while the pause after a failure lasts
   */
  async solve(url: URL): Promise<VisitAnswer | null> {
    const { origin } = url
    const underway = this.#flights.current(origin)
    if (underway) return underway
    this.#assertNoPause(origin)
    const { remote } = this.#options
    return this.#flights.run(origin, () => (remote ? this.#visitAway(url, remote) : this.#visit(url)))
  }

  /** The site challenges again although it let the browser through. */
  noteLoop(origin: string, error: OnejarError): void {
    this.#circuits.failed(origin, error)
  }

  #assertNoPause(origin: string): void {
    const admission = this.#circuits.admit(origin)
    if (admission.admitted) return
    const { retryAfterMs, circuit } = admission
    const { trouble, failures } = circuit
    throw new OnejarError(
      trouble.code,
      `${origin} is not tried again for ${retryAfterMs} ms: the last visit failed`,
      {
        cause: trouble,
        retryAfterMs,
        details: { ...trouble.details, origin, failures, retryAfterMs },
      },
    )
  }

  /** Others make the visit: theirs are the turn, the halt and the pause after a failure; only a replay can tell here. */
  async #visitAway(url: URL, remote: RemoteVisits): Promise<null> {
    const { clock, events, closing } = this.#options
    const shown = safeUrl(url)
    const startedAt = performance.now()
    const end = (outcome: 'unproven' | 'failed', reason: string) => {
      const ms = performance.now() - startedAt
      events.emit({ type: 'visit-end', at: clock.now(), url: shown, outcome, reason, ms })
    }
    events.emit({ type: 'visit-start', at: clock.now(), url: shown, reason: 'the site challenges' })
    try {
      await remote.visit(url, closing)
      this.#clearedAt.set(url.origin, performance.now())
      end('unproven', 'a worker passed')
      return null
    } catch (error) {
      end('failed', error instanceof OnejarError ? error.code : 'unexpected')
      throw error
    } finally {
      this.#circuits.gaveUp(url.origin)
    }
  }

  async #visit(url: URL): Promise<VisitAnswer | null> {
    const { events, clock, lender, closing } = this.#options
    const shown = safeUrl(url)
    const startedAt = performance.now()
    const end = (outcome: VisitOutcome['kind'], reason: string) => {
      const ms = performance.now() - startedAt
      events.emit({ type: 'visit-end', at: clock.now(), url: shown, outcome, reason, ms })
    }
    events.emit({ type: 'visit-start', at: clock.now(), url: shown, reason: 'the site challenges' })
    try {
      const answer = await lender.lend((page, binding) => this.#pass(page, binding, url), closing)
      this.#clearedAt.set(url.origin, performance.now())
      this.#circuits.succeeded(url.origin)
      if (answer) end('passed', 'the site let the browser through')
      else end('unproven', 'the record got something new')
      return answer
    } catch (error) {
      end('failed', error instanceof OnejarError ? error.code : 'unexpected')
      const pause = error instanceof OnejarError && !NO_PAUSE.some((code) => isOnejarError(error, code))
      if (pause) this.#circuits.failed(url.origin, error, error.retryAfterMs)
      else this.#circuits.gaveUp(url.origin)
      throw error
    }
  }

  async #pass(
    page: Parameters<typeof visit>[0],
    binding: { pull(): Promise<void> },
    url: URL,
  ): Promise<VisitAnswer | null> {
    const { record, classifier, visitTimeoutMs, failure } = this.#options
    const before = record.cookieHeader(url)
    const changed = async () => {
      await binding.pull()
      return record.cookieHeader(url) !== before
    }
    const outcome = await visit(page, { url, classifier, timeoutMs: visitTimeoutMs, changed })
    if (outcome.kind === 'failed') throw failure(outcome, url)
    await binding.pull()
    return outcome.kind === 'passed' ? outcome.answer : null
  }
}
