import type { LoadedDocument, SolveReply, SolvingPort } from '../../browsing/index.ts'
import { type Clock, ERRORS, type ErrorCode, OnejarError, safeUrl } from '../../core/index.ts'
import type { SolveMemory } from '../../record/index.ts'
import { Circuits } from '../../resilience/index.ts'
import { isBlockError } from '../blocking/blocked-request.ts'
import type { Blocking } from '../blocking/blocking.ts'
import type { EventHub } from '../events.ts'
import type { OriginState } from '../origin-state.ts'
import { challengeError, loadError } from './challenge-error.ts'
import { SingleFlight } from './single-flight.ts'
import { pageOf } from './solve-history.ts'
import type { SolveLock, SolveLocks } from './solve-locks.ts'

export interface ChallengeSolverOptions {
  readonly state: OriginState
  readonly browser: SolvingPort
  readonly blocking: Blocking
  readonly locks: SolveLocks
  readonly events: EventHub
  readonly clock: Clock
  readonly solveTimeoutMs: number
  /** Whether a solve that blocks the session is pictured. */
  readonly screenshot: boolean
  /** Whether a request to a URL passes over HTTP with what the record holds now. */
  readonly proves: (url: URL) => Promise<boolean>
  /** Ends every solve. */
  readonly closing: AbortSignal
}

/** As many origins whose solves failed are remembered. */
const MAX_ORIGINS = 10_000

/** Errors that are not the site's fault, or are handled elsewhere: they cause no pause. */
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
 * Passes challenges: one solve of the browser per origin at a time, however many requests and processes of the session met
 * it. A solve goes on when those who wait for it give up: the next request has the good of it. After one that failed there
 * is a pause, for all of them.
 */
export class ChallengeSolver {
  readonly #options: ChallengeSolverOptions
  readonly #flights = new SingleFlight<LoadedDocument | null>()
  /** A solve is costly: after each one that fails there is a pause, twice as long each time. */
  readonly #circuits: Circuits<OnejarError>

  constructor(options: ChallengeSolverOptions) {
    const { clock, state } = options
    this.#options = options
    this.#circuits = new Circuits({
      clock: clock,
      failures: 1,
      firstPauseMs: 1_000,
      maxPauseMs: 5 * 60_000,
      probeMs: 2 * options.solveTimeoutMs,
      maxKeys: MAX_ORIGINS,
    })
    state.history.listen((origin, end, by) => {
      if (by === 'others') this.#adopt(origin, end)
    })
  }

  /** The solve to this origin that is under way in this process. */
  underway(origin: string): Promise<unknown> | undefined {
    return this.#flights.current(origin)
  }

  /** Whether a solve to the origin ended well after this moment (on the clock of `performance.now()`). */
  clearedSince(origin: string, at: number): boolean {
    return this.#options.state.history.endedSince(origin, at)?.outcome === 'passed'
  }

  /**
   * Joins the solve that is under way, or starts one; waits for that of another process.
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
    return this.#flights.run(origin, () =>
      this.#options.browser.coordinated
        ? this.#solveElsewhere(url)
        : this.#locked(url, observedLifeMs, roomMs),
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
      `${origin} is not tried again for ${retryAfterMs} ms: the last solve failed`,
      {
        cause: trouble,
        retryAfterMs,
        details: { ...trouble.details, origin, failures, retryAfterMs },
      },
    )
  }

  /** The lock, the block and the pause after a failure are behind the port: only a request can tell here whether it helped. */
  async #solveElsewhere(url: URL): Promise<null> {
    const { state, browser, blocking, solveTimeoutMs, closing } = this.#options
    const solving = this.#started(url)
    try {
      const observedLifeMs = state.clearances.challenged(url)
      const task = { url, timeoutMs: solveTimeoutMs, roomMs: 0, observedLifeMs, screenshot: false }
      await browser.solve(task, { signal: closing })
      solving.ended('unproven', 'a worker passed')
      return null
    } catch (error) {
      solving.ended('failed', codeOf(error))
      if (!isBlockError(error)) throw error
      const details = { origin: url.origin }
      throw blocking.blockedElsewhere(url, new OnejarError(error.code, withoutAdvice(error), { details }))
    } finally {
      this.#circuits.gaveUp(url.origin)
    }
  }

  async #locked(url: URL, observedLifeMs: number | null, roomMs: number): Promise<LoadedDocument | null> {
    const { origin } = url
    const startedAt = performance.now()
    const lock = await this.#options.locks.acquire(origin)
    try {
      const theirs = this.#options.state.history.endedSince(origin, startedAt)
      if (theirs?.outcome === 'failed') throw errorOf(origin, theirs)
      return theirs ? null : await this.#solveHere(url, lock, observedLifeMs, roomMs)
    } finally {
      await lock.release()
    }
  }

  async #solveHere(
    url: URL,
    lock: SolveLock,
    knownLifeMs: number | null,
    roomMs: number,
  ): Promise<LoadedDocument | null> {
    const { state, browser, proves, solveTimeoutMs, screenshot, closing } = this.#options
    const solving = this.#started(url)
    try {
      const seen = state.clearances.challenged(url)
      const observedLifeMs = knownLifeMs ?? seen ?? state.history.last(url.origin)?.observedLifeMs ?? null
      const reply = await browser.solve(
        { url, timeoutMs: solveTimeoutMs, roomMs, observedLifeMs, screenshot },
        {
          signal: closing,
          lock,
          proves: () => proves(url),
          onWaitingRoom: (at, verdict) => state.waitingRoom(at, verdict),
        },
      )
      const document = await this.#settle(url, reply, observedLifeMs)
      if (document) solving.ended('passed', 'the site let the browser through')
      else solving.ended('unproven', 'the record got something new')
      return document
    } catch (error) {
      solving.ended('failed', codeOf(error))
      if (error instanceof OnejarError && (await lock.holds())) this.#failed(url.origin, error)
      throw error
    }
  }

  /** Keeps how a solve ended. */
  async #settle(url: URL, reply: SolveReply, observedLifeMs: number | null): Promise<LoadedDocument | null> {
    const { state, blocking, clock, solveTimeoutMs } = this.#options
    if (reply.kind === 'superseded') return null
    if (reply.kind === 'failed') {
      const { verdict, at, screenshot } = reply
      const isBlock = verdict?.kind === 'captcha' || verdict?.kind === 'block'
      throw isBlock
        ? await blocking.block(at ?? url, verdict, { screenshot })
        : loadError(reply, url, solveTimeoutMs)
    }
    const document = reply.kind === 'passed' ? reply.document : null
    if (document && document.statusCode >= 500) {
      const { statusCode, verdict } = document
      throw challengeError(url, verdict, `the site failed with ${statusCode} in the browser`)
    }
    if (reply.kind === 'passed' && reply.mistaken) state.judge.mistaken(url, reply.mistaken)
    this.#circuits.succeeded(url.origin)
    const { clearance } = reply
    state.history.passed(url.origin, { at: clock.now(), clearance, observedLifeMs, page: pageOf(url) })
    return document
  }

  #started(url: URL) {
    const { events, clock } = this.#options
    const shown = safeUrl(url)
    const startedAt = performance.now()
    events.emit({ type: 'solve-start', at: clock.now(), url: shown, reason: 'the site challenges' })
    const ended = (outcome: 'passed' | 'unproven' | 'failed', reason: string) => {
      const ms = performance.now() - startedAt
      events.emit({ type: 'solve-end', at: clock.now(), url: shown, outcome, reason, ms })
    }
    return { ended }
  }

  #failed(origin: string, error: OnejarError): void {
    if (NO_PAUSE.includes(error.code)) this.#circuits.gaveUp(origin)
    else this.#circuits.failed(origin, error, error.retryAfterMs)
    if (!FOR_ALL.includes(error.code)) return
    const last = this.#options.state.history.last(origin)
    const circuit = this.#circuits.get(origin)
    const pauseMs = this.#circuits.pauseMs(origin)
    const now = this.#options.clock.now()
    this.#options.state.history.write(origin, {
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

  /** How a solve of another process ended. A block comes with the record, as an entry of its own. */
  #adopt(origin: string, end: SolveMemory): void {
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

function codeOf(error: unknown): string {
  return error instanceof OnejarError ? error.code : 'unexpected'
}

/** Of what others say. */
const MAX_ADOPTED_PAUSE_MS = 24 * 3_600_000
const MAX_REASON_CHARS = 1_000

/** The error that another process's solve ended with. */
function errorOf(origin: string, { code, reason, failures }: SolveMemory): OnejarError {
  const known = FOR_ALL.find((one) => one === code) ?? 'ONEJAR_CHALLENGE_UNSOLVED'
  return new OnejarError(known, reason, { details: { origin, failures } })
}

/** What happened, to be reported again with the advice of its code. */
function withoutAdvice({ code, message }: OnejarError): string {
  return message.replace(`. ${ERRORS[code].advice}`, '')
}
