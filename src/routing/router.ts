import type { Page } from 'playwright'
import type { FailedLoad, LoadedDocument } from '../browsing/index.ts'
import {
  corrected,
  FetchPages,
  mayBeMistaken,
  meetsInTime,
  PageSlots,
  type PageTask,
} from '../browsing/index.ts'
import type { Verdict } from '../challenge/index.ts'
import { isOnejarError, OnejarError, safeUrl } from '../core/index.ts'
import { bufferedBody, waitWithin } from '../http/index.ts'
import type { ChangeSource } from '../record/index.ts'
import { BlockedOrigins } from './blocking/blocked-origins.ts'
import { afterStop, Stop, stopping, unstopped } from './blocking/blocked-request.ts'
import { ManualInterventions } from './blocking/manual-interventions.ts'
import { Screenshots } from './blocking/screenshots.ts'
import { CorrectedClassifier } from './corrected-classifier.ts'
import { discard, fateOf, hasOneShotBody, isSafe, mayReplay, replayOf } from './replay.ts'
import { RouteMemory, routePattern } from './route-memory.ts'
import type { RoutedResponse, RouteRequest, RouterOptions } from './route-request.ts'
import { challengeError } from './solving/challenge-error.ts'
import { ChallengeSolver } from './solving/challenge-solver.ts'
import { ClearanceRenewer } from './solving/clearance-renewer.ts'
import { DocumentReuse } from './solving/document-reuse.ts'
import { LoginRenewer } from './solving/login-renewer.ts'
import { SolveHistory } from './solving/solve-history.ts'
import { SolveLocks } from './solving/solve-locks.ts'
import { WaitingRooms } from './solving/waiting-rooms.ts'
import { TokenRefresher } from './token-bindings/index.ts'
import { HttpTransportPath } from './transports/http.ts'
import { PageTransport } from './transports/page.ts'
import { PageFetchTransport } from './transports/page-fetch.ts'

/** How often the browser is visited for one request before HTTP is given up for the route. */
const MAX_VISITS = 2
/** How often a request is sent in all when people clear its way. */
const MAX_TAKE_OVERS = 3

/**
 * Decides which transport a request takes: `http` first; a visit of the browser when the site challenges, one per origin
 * however many requests met it; then `http` again, proven by the request itself; the page where that does not pass.
 */
export class Router {
  readonly #options: RouterOptions
  readonly #halts: BlockedOrigins
  readonly #interventions: ManualInterventions
  readonly #screenshots: Screenshots
  readonly #slots: PageSlots
  readonly #history: SolveHistory
  readonly #routes: RouteMemory
  readonly #judge: CorrectedClassifier
  readonly #solver: ChallengeSolver
  readonly #rooms: WaitingRooms
  readonly #renewer: ClearanceRenewer
  readonly #pages: PageTransport
  readonly #fetches: PageFetchTransport
  readonly #way: HttpTransportPath
  readonly #reuse: DocumentReuse
  readonly #closing = new AbortController()

  constructor(options: RouterOptions) {
    const { classifier, clock, record, events, browser, visits, solveTimeoutMs, remote } = options
    this.#options = options
    this.#halts = new BlockedOrigins(record, events, clock)
    this.#routes = new RouteMemory(record, events, clock, SOURCE)
    const { maxResponseBytes } = options.http
    this.#slots = new PageSlots(browser, visits, { ...options, maxBytes: maxResponseBytes })
    this.#screenshots = new Screenshots(options.screenshotFolder, clock)
    this.#interventions = new ManualInterventions({
      browser,
      events,
      clock,
      onChallenge: options.onChallenge,
      timeoutMs: options.manualInterventionTimeoutMs,
      done: (origin) => this.resume(origin),
      closing: this.#closing.signal,
    })
    this.#judge = new CorrectedClassifier(classifier, this.#routes, events, clock)
    const common = {
      maxResponseBytes,
      classifier: this.#judge,
      events,
      clock,
      solveTimeoutMs,
      slots: this.#slots,
      onRoom: (url: URL, verdict: Verdict) => this.#rooms.tell(url, verdict),
      mistaken: (url: URL, verdict: Verdict) => this.#judge.mistaken(url, verdict),
      failure: (outcome: FailedLoad, url: URL, page: Page) => this.#failure(outcome, url, page),
      closing: this.#closing.signal,
    }
    const history = new SolveHistory(record, () => options.through())
    this.#history = history
    const locks = new SolveLocks(options.shared, this.#closing.signal)
    this.#renewer = new ClearanceRenewer({ ...common, record, browser, history, locks, remote })
    const challenged = (url: URL) => this.#renewer.challenged(url)
    this.#solver = new ChallengeSolver({
      ...common,
      record,
      history,
      locks,
      challenged,
      proves: (url) => this.#way.passes(url),
      stoppedAway: (url, error) => this.#stoppedAway(url, error),
      remote,
    })
    this.#rooms = new WaitingRooms({
      events,
      clock,
      hold: (url, forMs) => this.#solver.solve(url, null, forMs),
      closing: this.#closing.signal,
    })
    this.#pages = new PageTransport(common)
    const { bindings, blockResources, admit, answerFromSolve } = options
    this.#reuse = new DocumentReuse(answerFromSolve, bindings)
    const pages = new FetchPages({ ...common, browser, blockResources, admit })
    this.#fetches = new PageFetchTransport({ ...common, pages, bindings })
    const refresher = new TokenRefresher({ ...common, bindings, locks, timeoutMs: solveTimeoutMs })
    const { shown } = options
    const logins = new LoginRenewer({ ...common, record, shown, locks, history })
    this.#way = new HttpTransportPath(options, this.#judge, refresher, logins)
  }

  /**
   * One request, by the cheapest transport that works.
   *
   * @throws OnejarError those of `HttpTransport.send`, and ONEJAR_CAPTCHA, ONEJAR_BLOCKED, ONEJAR_RATE_LIMITED,
   * ONEJAR_CHALLENGE_UNSOLVED, ONEJAR_CHALLENGE_LOOP, ONEJAR_EXPECTATION_FAILED, ONEJAR_BROWSER_NOT_FOUND,
   * ONEJAR_BROWSER_FAILED
   */
  async send(request: RouteRequest): Promise<RoutedResponse> {
    const deadline = performance.now() + request.timeoutMs
    let next = request
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#send(next, deadline)
      } catch (error) {
        if (attempt === MAX_TAKE_OVERS || !(error instanceof Stop)) throw unstopped(error)
        const underway = this.#interventions.underway(error.origin)
        if (!underway || error.next === null) throw error.halt
        next = error.next
        if (!(await waitWithin(underway, request, deadline))) throw error.halt
      }
    }
  }

  async #send(request: RouteRequest, deadline: number): Promise<RoutedResponse> {
    const { origin } = request.url
    const halt = this.#halts.at(origin)
    if (halt) throw new Stop(halt, request.escalate === false ? null : request)
    let sentAt = performance.now()
    if (request.render || this.#needsPage(request, origin)) return this.#byPage(request, deadline)
    if (request.escalate !== false && this.#routes.transport(origin) === 'page-fetch') {
      const fetched = await this.#byPageFetch(request, deadline)
      if (isResponse(fetched)) return this.#expected(request, fetched, deadline)
      return this.#takePage(request, request.url, null, null, fetched, deadline)
    }
    const underway = request.escalate === false ? undefined : this.#solver.underway(origin)
    if (underway) {
      // What comes while the browser is at it would only be challenged too.
      await waitWithin(underway.catch(ignore), request, deadline)
      sentAt = performance.now()
    }
    const response = await this.#way.send(request, deadline)
    const kind = response.verdict?.kind
    if (kind !== undefined && kind !== 'ok' && kind !== 'error') {
      return this.#challenged(request, response, sentAt, deadline)
    }
    if (kind !== 'error' && request.escalate !== false) this.#renewer.used(response.url)
    if (request.expect !== undefined) return this.#expected(request, response, deadline)
    if (this.#routes.isStale(origin) || this.#reuse.isUnproven(response.url.origin)) this.#proven(response)
    return response
  }

  /**
   * Has the browser pass the challenge of a URL, joining a visit that is under way. The record holds what it brought.
   *
   * @param observedLifeMs - how long the clearance before was seen to last, where another process knows it
   * @throws OnejarError those of a visit; see `send`
   */
  async visit(url: URL, observedLifeMs: number | null): Promise<void> {
    const halt = this.#halts.at(url.origin)
    if (halt) throw halt
    await this.#solver.solve(url, observedLifeMs)
  }

  /** Renews a clearance for another process of the session; see `ClearanceRenewer.renew`. */
  renew(url: URL, endedAt: number): Promise<void> {
    return this.#renewer.renew(url, endedAt)
  }

  /** The error that requests to this origin get, while the session is halted there. Costs nothing while it is not. */
  halted(url: URL): OnejarError | undefined {
    return this.#halts.any ? this.#halts.at(url.origin) : undefined
  }

  /** A person has taken care of what halted the session for this origin. */
  resume(origin: string): void {
    this.#halts.lift(origin)
    // Other processes of the session hear of it.
    if (this.#history.last(origin)?.outcome === 'failed')
      this.#history.passed(origin, { at: this.#options.clock.now(), clearance: [], observedLifeMs: null })
  }

  /** Gives up every visit and everything that waits for a page, with ONEJAR_CLOSED. */
  close(): void {
    this.#closing.abort(new OnejarError('ONEJAR_CLOSED', 'The session was released'))
  }

  #needsPage(request: RouteRequest, origin: string): boolean {
    if (!isSafe(request) || request.escalate === false) return false
    if (this.#routes.transport(origin) === 'page') return true
    return request.expect !== undefined && this.#routes.transport(routePattern(request.url)) === 'page'
  }

  async #challenged(
    original: RouteRequest,
    first: RoutedResponse,
    firstSentAt: number,
    deadline: number,
  ): Promise<RoutedResponse> {
    let request = original
    let response = first
    let sentAt = firstSentAt
    let answer: LoadedDocument | null = null
    for (let visits = 0; ; visits++) {
      const { url } = response
      const { origin } = url
      const verdict = response.verdict as Verdict
      if (verdict.kind === 'ok' || verdict.kind === 'error') {
        this.#proven(response)
        return original.expect === undefined ? response : this.#expected(original, response, deadline)
      }
      this.#report(response)
      if (verdict.kind === 'waiting-room') {
        if (request.escalate === false || (response.statusCode >= 300 && response.statusCode < 400))
          return response
        discard(response)
        const fate = isSafe(request) ? 'passed-on' : fateOf(request, response)
        if (fate === 'unknown' || (fate === 'passed-on' && !mayReplay(response))) {
          throw challengeError(url, verdict, PROCESSED, 'ONEJAR_WAITING_ROOM')
        }
        await this.#rooms.wait(url, verdict, request, deadline)
        request = replayOf(request, response, fate === 'sent-away')
        sentAt = performance.now()
        response = await this.#way.send(request, deadline)
        visits--
        continue
      }
      const mayBeWanted = mayBeMistaken(response.statusCode, verdict)
      if (verdict.kind === 'block' || (verdict.kind === 'captcha' && (!mayBeWanted || visits > 0))) {
        discard(response)
        const halt = await this.#stop(url, verdict, { escalate: request.escalate, request, deadline })
        throw new Stop(halt, afterStop(request, response))
      }
      const isChallenge = verdict.kind === 'js-challenge' || verdict.kind === 'captcha'
      if (!isChallenge || request.escalate === false) return response
      const held = mayBeWanted ? await this.#hold(response) : null
      if (held === null) discard(response)
      const early = fateOf(request, response)
      if (!mayReplay(response) && held === null && early !== 'sent-away') {
        throw challengeError(url, verdict, PROCESSED)
      }
      if (isSafe(request) && this.#routes.transport(origin) === 'page') return this.#byPage(request, deadline)
      if (visits === MAX_VISITS) {
        const fetched = await this.#byPageFetch(request, deadline)
        if (!isResponse(fetched)) return this.#takePage(request, url, verdict, answer, fetched, deadline)
        if (!isFailure(fetched)) {
          this.#routes.learn(origin, 'page-fetch', 'the clearance works in the browser only')
        }
        return this.#expected(original, fetched, deadline)
      }
      const cleared = visits === 0 && this.#solver.clearedSince(origin, sentAt)
      if (!cleared) {
        const solving = stopping(
          this.#solver.solve(url, null, deadline - performance.now()),
          afterStop(request, response),
        )
        try {
          answer = await waitWithin(solving, request, deadline)
        } catch (error) {
          if (held === null || !isOnejarError(error, 'ONEJAR_BROWSER_NOT_FOUND')) throw error
          return this.#unverified(original, held, deadline)
        }
        if (held && this.#judge.isMistaken(url, verdict)) {
          return this.#expected(original, { ...held, verdict: corrected(verdict) }, deadline)
        }
        if (answer && (await this.#reuse.insteadOfReplay(request, answer, deadline))) {
          return this.#pages.routed(request, answer, performance.now() - sentAt)
        }
      }
      const fate = isSafe(request) ? 'passed-on' : fateOf(request, response, answer?.url)
      if (fate === 'unknown') throw challengeError(url, verdict, SENT_AWAY)
      if (fate !== 'sent-away' && !mayReplay(response)) {
        // The browser is not asked, and the page may be what came of the request.
        if (held && answer?.afterChallenge === false) return { ...held, verdict: corrected(verdict) }
        throw challengeError(url, verdict, PROCESSED)
      }
      request = replayOf(request, response, fate === 'sent-away')
      sentAt = performance.now()
      const replayed = await this.#replay(request, answer, deadline)
      if (!isResponse(replayed))
        return this.#pages.routed(request, replayed.answer, performance.now() - sentAt)
      response = replayed
    }
  }

  /** What may be the page is not lost where no browser can look: the caller has it, with the verdict that it came with. */
  #unverified(request: RouteRequest, held: RoutedResponse, deadline: number): Promise<RoutedResponse> {
    const { events, clock } = this.#options
    const { kind, vendor } = held.verdict as Verdict
    const reason = 'there is no browser here that could tell whether it is a challenge or the page'
    events.emit({
      type: 'unverified',
      at: clock.now(),
      url: safeUrl(held.url),
      verdict: kind,
      vendor,
      reason,
    })
    return request.expect === undefined ? Promise.resolve(held) : this.#expected(request, held, deadline)
  }

  /** A response that may be what was asked for: kept until a visit tells. */
  async #hold(response: RoutedResponse): Promise<RoutedResponse> {
    const body = Buffer.from(await response.body.arrayBuffer())
    return { ...response, body: bufferedBody(body, response.headers) }
  }

  /** Sends a request again over HTTP; what the browser has got already stands in where HTTP fails. */
  async #replay(
    request: RouteRequest,
    answer: LoadedDocument | null,
    deadline: number,
  ): Promise<RoutedResponse | { readonly answer: LoadedDocument }> {
    const held = async () =>
      answer !== null && (await this.#reuse.isAnswer(request, answer, deadline)) ? { answer } : null
    let response: RoutedResponse
    try {
      response = await this.#way.send(request, deadline)
    } catch (error) {
      const instead = isOnejarError(error, 'ONEJAR_NETWORK') ? await held() : null
      if (instead === null) throw error
      return instead
    }
    const failed = isFailure(response) && response.verdict?.kind === 'error'
    const instead = failed ? await held() : null
    if (instead !== null) discard(response)
    return instead ?? response
  }

  /**
   * A fetch inside a page; or, where a navigation may do better, why there is none: it is `refused` where the site challenges
   * that too or the page may not fetch, and has `failed` where something went wrong this time.
   *
   * @throws OnejarError what ends the request: its time, its signal, a halt; and for one that does more than read, whatever
   * went wrong
   */
  async #byPageFetch(request: RouteRequest, deadline: number): Promise<RoutedResponse | NoFetch> {
    if (request.redirect === 'manual' && isSafe(request)) return 'failed'
    for (let attempt = 1; ; attempt++) {
      let response: RoutedResponse
      try {
        response = await stopping(this.#fetches.answer(request, deadline), request)
      } catch (error) {
        const final = error instanceof Stop || ENDS.some((code) => isOnejarError(error, code))
        if (final || !isSafe(request) || isOtherOrigin(request)) throw error
        return isOnejarError(error, 'ONEJAR_PAGE_FETCH_REFUSED') ? 'refused' : 'failed'
      }
      const verdict = response.verdict as Verdict
      if (verdict.kind === 'captcha' || verdict.kind === 'block') {
        discard(response)
        const halt = await this.#stop(response.url, verdict, { request, deadline })
        throw new Stop(halt, afterStop(request, response))
      }
      if (verdict.kind === 'waiting-room') {
        this.#report(response)
        discard(response)
        // A page that navigates can wait in line.
        if (isSafe(request)) return 'failed'
        throw challengeError(response.url, verdict, 'it is not the session’s turn yet', 'ONEJAR_WAITING_ROOM')
      }
      if (verdict.kind !== 'js-challenge') return response
      this.#report(response)
      discard(response)
      if (attempt === MAX_VISITS || hasOneShotBody(request) || !mayReplay(response)) return 'refused'
      // The clearance of the page has ended: a new one passes the challenge anew.
      this.#fetches.renew(request)
    }
  }

  /** The browser passes and HTTP does not: the page answers, and what it has got already is not thrown away. */
  async #takePage(
    request: RouteRequest,
    url: URL,
    verdict: Verdict | null,
    answer: LoadedDocument | null,
    why: NoFetch,
    deadline: number,
  ): Promise<RoutedResponse> {
    const reason = 'the clearance does not work over HTTP'
    if (!isSafe(request)) {
      const error = challengeError(url, verdict, reason, 'ONEJAR_CHALLENGE_LOOP')
      this.#solver.noteLoop(url.origin, error)
      throw error
    }
    const same = answer?.url.href === request.url.href && request.expect === undefined
    const response = same ? this.#pages.routed(request, answer, 0) : await this.#byPage(request, deadline)
    // What went wrong once says nothing about the next time.
    if (why === 'refused' && !isFailure(response)) this.#routes.learn(url.origin, 'page', reason)
    return response
  }

  /** The response, when it holds what the caller expects; else the page's, and the route is learned. */
  async #expected(
    request: RouteRequest,
    response: RoutedResponse,
    deadline: number,
  ): Promise<RoutedResponse> {
    const { expect, url } = request
    const { statusCode, verdict } = response
    if (expect === undefined || verdict?.kind === 'error' || statusCode < 200 || statusCode > 299)
      return response
    const body = Buffer.from(await response.body.arrayBuffer())
    if (await meetsInTime(expect, { ...response, body }, response.via, request, deadline)) {
      const route = routePattern(url)
      if (this.#routes.isStale(route)) this.#routes.forget(route)
      return { ...response, body: bufferedBody(body, response.headers) }
    }
    if (!isSafe(request) || request.escalate === false) {
      throw new OnejarError(
        'ONEJAR_EXPECTATION_FAILED',
        `HTTP did not give what is expected of ${safeUrl(url)}`,
      )
    }
    const answer = await this.#byPage(request, deadline)
    this.#routes.learn(routePattern(url), 'page', 'HTTP does not give what the caller expects')
    return answer
  }

  #byPage(request: RouteRequest, deadline: number): Promise<RoutedResponse> {
    return stopping(this.#pages.answer(request, deadline), isSafe(request) ? request : null)
  }

  /** BlockedOrigins the session where a puzzle or a refusal was met, and asks for a person. */
  async #stop(
    url: URL,
    verdict: Verdict,
    { escalate = true, page, ...who }: StopOptions,
  ): Promise<OnejarError> {
    const { origin } = url
    const isFirst = this.#halts.at(origin) === undefined
    const halt = this.#halts.halt(origin, verdict)
    if (!isFirst || !escalate) return halt
    // Before anything is waited for: who comes meanwhile has to find it under way.
    this.#interventions.begin(url, verdict)
    const picturing = (page ? this.#screenshots.take(page) : this.#lookAt(url)).then((picture) => {
      if (picture !== null) this.#halts.picture(origin, picture)
    })
    await this.#awaitPicture(picturing, who)
    return halt
  }

  /** A picture that comes later than the caller can wait is there for whoever asks next. */
  async #awaitPicture(
    picturing: Promise<void>,
    { request, deadline = Infinity }: StopOptions,
  ): Promise<void> {
    if (!request) return picturing
    const left = deadline - performance.now()
    const until = deadline - Math.min(LAST_WORD_MS, left / 2)
    await waitWithin(picturing, request, until).catch((error: unknown) => {
      if (isOnejarError(error, 'ONEJAR_ABORTED')) throw error
    })
  }

  /** The same where others made the visit, and have halted their end: a person here is asked, with a page of this browser. */
  #stoppedAway(url: URL, error: OnejarError): OnejarError {
    const kind = error.code === 'ONEJAR_CAPTCHA' ? 'captcha' : 'block'
    this.#interventions.begin(url, { kind, confidence: 1, vendor: null, evidence: [], vendorsPresent: [] })
    this.#halts.adopt(url.origin, error)
    return this.#halts.at(url.origin) ?? error
  }

  /** A picture of what is there; null when none is wanted. */
  async #lookAt(url: URL): Promise<string | null> {
    if (!this.#screenshots.wanted) return null
    const timeout = Math.min(this.#options.solveTimeoutMs, PICTURE_MS)
    const look: PageTask<string | null> = async (page) => {
      await page.goto(url.href, { timeout }).catch(ignore)
      return this.#screenshots.take(page)
    }
    return this.#slots.run(look, this.#closing.signal).catch(() => null)
  }

  /** What a visit that failed means; a puzzle or a refusal halts the session at the origin that showed it. */
  async #failure({ verdict, at, why }: FailedLoad, url: URL, page: Page): Promise<OnejarError> {
    if (verdict?.kind === 'captcha' || verdict?.kind === 'block') {
      return this.#stop(at ?? url, verdict, { page })
    }
    const { solveTimeoutMs } = this.#options
    if (verdict?.kind === 'rate-limited') {
      return challengeError(url, verdict, 'the site asked to slow down', 'ONEJAR_RATE_LIMITED')
    }
    if (verdict?.kind === 'waiting-room') {
      return challengeError(at ?? url, verdict, 'it is not the session’s turn yet', 'ONEJAR_WAITING_ROOM')
    }
    if (why === 'answer') return challengeError(url, verdict, 'the site did not take the answer')
    if (why === 'loop') {
      return challengeError(url, verdict, 'it comes again and again', 'ONEJAR_CHALLENGE_LOOP')
    }
    return challengeError(url, verdict, `no pass within ${solveTimeoutMs} ms`)
  }

  /** A response that passed after a challenge, or after its route was learned: HTTP is proven. */
  #proven({ url }: RoutedResponse): void {
    const { events, clock } = this.#options
    this.#routes.forget(url.origin)
    this.#reuse.settled(url.origin)
    const reason = 'the request passed over HTTP'
    events.emit({ type: 'drop-back', at: clock.now(), url: safeUrl(url), reason })
  }

  #report({ url, verdict }: RoutedResponse): void {
    const { events, clock } = this.#options
    const { kind, vendor, evidence } = verdict as Verdict
    events.emit({ type: 'challenge', at: clock.now(), url: safeUrl(url), verdict: kind, vendor, evidence })
  }
}

const SOURCE: ChangeSource = { name: 'router' }

const PROCESSED = 'the site may have processed the request before it challenged'
const SENT_AWAY = 'the site sent the request away to its challenge, and whether it has arrived is not known'
/** How long a page that is only looked at may load; and what is left of a request's time to say why it ends. */
const PICTURE_MS = 10_000
const LAST_WORD_MS = 250

interface StopOptions {
  /** False to leave the browser alone. Default: true. */
  readonly escalate?: boolean | undefined
  /** What shows it, where a page does. */
  readonly page?: Page | undefined
  /** Who waits for it, and until when on the clock of `performance.now()`; undefined for a visit, which waits as it can. */
  readonly request?: RouteRequest | undefined
  readonly deadline?: number | undefined
}

/** What no other transport makes good. */
const ENDS = [
  'ONEJAR_ABORTED',
  'ONEJAR_TIMEOUT',
  'ONEJAR_CLOSED',
  'ONEJAR_CAPTCHA',
  'ONEJAR_BLOCKED',
  'ONEJAR_ROBOTS_DISALLOWED',
  'ONEJAR_ADDRESS_REFUSED',
  'ONEJAR_PROXY_FAILED',
] as const

type NoFetch = 'refused' | 'failed'

function isResponse(
  outcome: RoutedResponse | NoFetch | { readonly answer: LoadedDocument },
): outcome is RoutedResponse {
  return typeof outcome === 'object' && 'via' in outcome
}

/** What says nothing about the transport: the server is in trouble. */
function isFailure({ statusCode }: RoutedResponse): boolean {
  return statusCode >= 500
}

/** Whether a page of another origin is to make the request: a navigation is no answer to what it may not do. */
function isOtherOrigin({ url, context }: RouteRequest): boolean {
  const initiator = context?.initiator ?? context?.topLevelUrl
  if (initiator == null) return false
  return !URL.canParse(initiator) || new URL(initiator).origin !== url.origin
}

function ignore(): void {}
