import type { Page } from 'playwright'
import type { Judge, PageSlots, PageTask } from '../../browsing/index.ts'
import {
  type FailedLoad,
  FileDocuments,
  type LoadedDocument,
  loadPage,
  type PageLoadOutcome,
} from '../../browsing/index.ts'
import type { Verdict } from '../../challenge/index.ts'
import { type Clock, ERRORS, type ErrorCode, isOnejarError, OnejarError, safeUrl } from '../../core/index.ts'
import { cookieId, type SessionRecord, type SolveMemory } from '../../record/index.ts'
import { Circuits } from '../../resilience/index.ts'
import type { EventHub } from '../events.ts'
import type { RemoteSolves } from '../route-request.ts'
import { challengeError } from './challenge-error.ts'
import { clearanceCookies } from './clearance-cookies.ts'
import { SingleFlight } from './single-flight.ts'
import { pageOf, type SolveHistory } from './solve-history.ts'
import type { SolveLock, SolveLocks } from './solve-locks.ts'

export interface ChallengeSolverOptions {
  readonly record: SessionRecord
  readonly classifier: Judge
  readonly events: EventHub
  readonly clock: Clock
  readonly solveTimeoutMs: number
  /** What a document may have at most; 0 where there is no limit. */
  readonly maxResponseBytes: number
  readonly slots: PageSlots
  readonly remote: RemoteSolves | undefined
  readonly history: SolveHistory
  readonly locks: SolveLocks
  /** Told of each URL that is visited; returns how long the clearance that has just ended lasted, where that is known. */
  readonly challenged: (url: URL) => number | null
  /** Whether a request to a URL passes over HTTP with what the record holds now. */
  readonly proves: (url: URL) => Promise<boolean>
  /** Told of each document that gives a place in line. */
  readonly onRoom: (url: URL, verdict: Verdict) => void
  /** What was taken for a challenge is what was asked for. */
  readonly mistaken: (url: URL, verdict: Verdict) => void
  /** What a visit that failed means: the error, and a halt where a person is needed. */
  readonly failure: (outcome: FailedLoad, url: URL, page: Page) => Promise<OnejarError>
  /** Others met a puzzle or a refusal in a visit for this session. Returns the error that halts it there. */
  readonly stoppedAway: (url: URL, error: OnejarError) => OnejarError
  /** Ends every visit. */
  readonly closing: AbortSignal
}

/** As many origins whose visits failed are remembered. */
const MAX_ORIGINS = 10_000

/** What is no fault of the site, or is dealt with elsewhere: no pause comes of it. */
const NO_PAUSE: readonly ErrorCode[] = [
  'ONEJAR_CAPTCHA',
  'ONEJAR_BLOCKED',
  'ONEJAR_CLOSED',
  'ONEJAR_BROWSER_NOT_FOUND',
  'ONEJAR_WAITING_ROOM',
]
/** What concerns the others too: the site's answer, and not this process's browser. */
const FOR_ALL: readonly ErrorCode[] = [
  'ONEJAR_CAPTCHA',
  'ONEJAR_BLOCKED',
  'ONEJAR_RATE_LIMITED',
  'ONEJAR_CHALLENGE_LOOP',
  'ONEJAR_CHALLENGE_UNSOLVED',
]

/**
 * Passes challenges: one visit of the browser per origin at a time, however many requests and processes of the session met
 * it. A visit goes on when those who wait for it give up: the next request has the good of it. After one that failed there
 * is a pause, for all of them.
 */
export class ChallengeSolver {
  readonly #options: ChallengeSolverOptions
  readonly #flights = new SingleFlight<LoadedDocument | null>()
  /** A visit is costly: after each one that fails there is a pause, twice as long each time. */
  readonly #circuits: Circuits<OnejarError>

  constructor(options: ChallengeSolverOptions) {
    const { clock, history } = options
    this.#options = options
    this.#circuits = new Circuits({
      clock: clock,
      failures: 1,
      firstPauseMs: 1_000,
      maxPauseMs: 5 * 60_000,
      probeMs: 2 * options.solveTimeoutMs,
      maxKeys: MAX_ORIGINS,
    })
    history.listen((origin, end, by) => {
      if (by === 'others') this.#heard(origin, end)
    })
  }

  /** The visit to this origin that is under way in this process. */
  underway(origin: string): Promise<unknown> | undefined {
    return this.#flights.current(origin)
  }

  /** Whether a visit to the origin ended well after this moment (on the clock of `performance.now()`). */
  clearedSince(origin: string, at: number): boolean {
    return this.#options.history.endedSince(origin, at)?.outcome === 'passed'
  }

  /**
   * Joins the visit that is under way, or starts one; waits for that of another process.
   *
   * @param observedLifeMs - how long the clearance before was seen to last, where another process knows it
   * @param roomMs - how long a place in line is held, where the site gives one, in milliseconds
   * @returns what the browser got when the site let it through; null when only a replay can tell
   * @throws OnejarError ONEJAR_CHALLENGE_UNSOLVED, ONEJAR_CHALLENGE_LOOP, ONEJAR_CAPTCHA, ONEJAR_BLOCKED,
   * ONEJAR_RATE_LIMITED, ONEJAR_BROWSER_NOT_FOUND, ONEJAR_BROWSER_FAILED, ONEJAR_NETWORK, ONEJAR_CLOSED; with
   * `retryAfterMs` while the pause after a failure lasts
   */
  async solve(url: URL, observedLifeMs: number | null = null, roomMs = 0): Promise<LoadedDocument | null> {
    const { origin } = url
    const underway = this.#flights.current(origin)
    if (underway) return underway
    this.#assertNoPause(origin)
    const { remote } = this.#options
    return this.#flights.run(origin, () =>
      remote ? this.#visitAway(url, remote) : this.#locked(url, observedLifeMs, roomMs),
    )
  }

  /** The site challenges again although it let the browser through. */
  noteLoop(origin: string, error: OnejarError): void {
    this.#failed(origin, error)
  }

  #assertNoPause(origin: string): void {
    const admission = this.#circuits.admit(origin)
    if (admission.admitted) return
    const retryAfterMs = Math.ceil(admission.retryAfterMs)
    const { circuit } = admission
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

  /** Others make the visit: theirs are the lock, the halt and the pause after a failure; only a replay can tell here. */
  async #visitAway(url: URL, remote: RemoteSolves): Promise<null> {
    const { clock, events, closing, challenged, stoppedAway } = this.#options
    const shown = safeUrl(url)
    const startedAt = performance.now()
    const end = (outcome: 'unproven' | 'failed', reason: string) => {
      const ms = performance.now() - startedAt
      events.emit({ type: 'solve-end', at: clock.now(), url: shown, outcome, reason, ms })
    }
    events.emit({ type: 'solve-start', at: clock.now(), url: shown, reason: 'the site challenges' })
    try {
      await remote.visit(url, challenged(url), closing)
      end('unproven', 'a worker passed')
      return null
    } catch (error) {
      end('failed', error instanceof OnejarError ? error.code : 'unexpected')
      if (!isOnejarError(error, 'ONEJAR_CAPTCHA') && !isOnejarError(error, 'ONEJAR_BLOCKED')) throw error
      const details = { origin: url.origin }
      throw stoppedAway(url, new OnejarError(error.code, withoutAdvice(error), { details }))
    } finally {
      this.#circuits.gaveUp(url.origin)
    }
  }

  async #locked(url: URL, told: number | null, roomMs: number): Promise<LoadedDocument | null> {
    const { origin } = url
    const startedAt = performance.now()
    const lock = await this.#options.locks.acquire(origin)
    try {
      const theirs = this.#options.history.endedSince(origin, startedAt)
      if (theirs?.outcome === 'failed') throw errorOf(origin, theirs)
      return theirs ? null : await this.#visit(url, lock, told, roomMs)
    } finally {
      await lock.release()
    }
  }

  async #visit(
    url: URL,
    lock: SolveLock,
    told: number | null,
    roomMs: number,
  ): Promise<LoadedDocument | null> {
    const { events, clock, slots, closing } = this.#options
    const shown = safeUrl(url)
    const startedAt = performance.now()
    const end = (outcome: PageLoadOutcome['kind'], reason: string) => {
      const ms = performance.now() - startedAt
      events.emit({ type: 'solve-end', at: clock.now(), url: shown, outcome, reason, ms })
    }
    events.emit({ type: 'solve-start', at: clock.now(), url: shown, reason: 'the site challenges' })
    try {
      const answer = await slots.run(
        (page, binding) => this.#pass(page, binding, url, lock, told, roomMs),
        closing,
      )
      if (answer) end('passed', 'the site let the browser through')
      else end('unproven', 'the record got something new')
      return answer
    } catch (error) {
      end('failed', error instanceof OnejarError ? error.code : 'unexpected')
      if (error instanceof OnejarError && (await lock.holds())) this.#failed(url.origin, error)
      throw error
    }
  }

  async #pass(
    page: Parameters<PageTask<unknown>>[0],
    binding: Parameters<PageTask<unknown>>[1],
    url: URL,
    lock: SolveLock,
    told: number | null,
    roomMs: number,
  ): Promise<LoadedDocument | null> {
    const {
      record,
      classifier,
      solveTimeoutMs,
      failure,
      history,
      challenged,
      proves,
      mistaken,
      onRoom,
      maxResponseBytes,
    } = this.#options
    const seen = challenged(url)
    const observedLifeMs = told ?? seen ?? history.last(url.origin)?.observedLifeMs
    const known = new Map(record.matchingCookies(url).map((cookie) => [cookieId(cookie), cookie.value]))
    const read = async () => {
      if (!(await lock.holds())) return null
      await binding.pullCookies()
      return record.cookieHeader(url)
    }
    const cookies = { read, proves: () => proves(url) }
    const files = await FileDocuments.of(page, maxResponseBytes)
    const rooms = { roomMs, onRoom }
    const visiting = loadPage(page, { url, classifier, timeoutMs: solveTimeoutMs, cookies, files, ...rooms })
    const outcome = await Promise.race([visiting, lock.lost])
    if (!outcome || !(await lock.holds())) {
      // Another process took over: what it brought goes before what this browser holds.
      visiting.catch(ignore)
      await lock.catchUp()
      await binding.push()
      return null
    }
    if (outcome.kind === 'failed') throw await failure(outcome, url, page)
    if (outcome.kind === 'passed' && outcome.answer.statusCode >= 500) {
      const { statusCode, verdict } = outcome.answer
      throw challengeError(url, verdict, `the site failed with ${statusCode} in the browser`)
    }
    if (outcome.kind === 'passed' && outcome.mistaken) mistaken(url, outcome.mistaken)
    await binding.leave(page)
    const sent = outcome.kind === 'passed' ? outcome.answer.sentCookie : null
    const clearance = clearanceCookies(record, url, known, sent)
    this.#circuits.succeeded(url.origin)
    history.passed(url.origin, {
      at: this.#options.clock.now(),
      clearance,
      observedLifeMs: observedLifeMs ?? null,
      page: pageOf(url),
    })
    return outcome.kind === 'passed' ? outcome.answer : null
  }

  #failed(origin: string, error: OnejarError): void {
    if (NO_PAUSE.includes(error.code)) this.#circuits.gaveUp(origin)
    else this.#circuits.failed(origin, error, error.retryAfterMs)
    if (!FOR_ALL.includes(error.code)) return
    const last = this.#options.history.last(origin)
    const circuit = this.#circuits.get(origin)
    const pauseMs = this.#circuits.pauseMs(origin)
    const now = this.#options.clock.now()
    this.#options.history.write(origin, {
      outcome: 'failed',
      endedAt: now,
      code: error.code,
      reason: withoutAdvice(error).slice(0, MAX_REASON_CHARS),
      failures: circuit?.failures ?? 0,
      pausedUntil: pauseMs > 0 ? now + pauseMs : 0,
      clearance: [],
      observedLifeMs: last?.observedLifeMs ?? null,
    })
  }

  /** What another process of the session met. A halt comes with the record, of its own. */
  #heard(origin: string, end: SolveMemory): void {
    if (end.outcome === 'passed') {
      this.#circuits.succeeded(origin)
      return
    }
    const error = errorOf(origin, end)
    if (NO_PAUSE.includes(error.code)) return
    // The other's clock may be wrong, or mine: the pause is no longer here than it is there.
    const pauseMs = Math.min(MAX_ADOPTED_PAUSE_MS, end.pausedUntil - end.endedAt)
    const forMs = Math.max(0, Math.min(pauseMs, end.pausedUntil - this.#options.clock.now()))
    this.#circuits.adopt(origin, { failures: end.failures, forMs, trouble: error })
  }
}

function ignore(): void {}

/** Of what others say. */
const MAX_ADOPTED_PAUSE_MS = 24 * 3_600_000
const MAX_REASON_CHARS = 1_000

/** The error that another process's visit ended with. */
function errorOf(origin: string, { code, reason, failures }: SolveMemory): OnejarError {
  const known = FOR_ALL.find((one) => one === code) ?? 'ONEJAR_CHALLENGE_UNSOLVED'
  return new OnejarError(known, reason, { details: { origin, failures } })
}

/** What happened, to be told again with the advice of its code. */
function withoutAdvice({ code, message }: OnejarError): string {
  return message.replace(`. ${ERRORS[code].advice}`, '')
}
