import {
  type BrowserPort,
  ChosenBrowser,
  FetchPages,
  LocalBrowser,
  PageSlots,
  WorkerBrowser,
} from '../browsing/index.ts'
import { OnejarError } from '../core/index.ts'
import { Blocking } from './blocking/blocking.ts'
import { ManualInterventions, type OnChallenge } from './blocking/manual-interventions.ts'
import { Screenshots } from './blocking/screenshots.ts'
import { Escalation } from './escalation.ts'
import { OriginState } from './origin-state.ts'
import type { RoutedResponse, RouteRequest } from './route-request.ts'
import type { RouterOptions } from './router-options.ts'
import { ChallengeSolver } from './solving/challenge-solver.ts'
import { ClearanceRenewer } from './solving/clearance-renewer.ts'
import { DocumentReuse } from './solving/document-reuse.ts'
import { LoginRenewer } from './solving/login-renewer.ts'
import { SolveLocks } from './solving/solve-locks.ts'
import { WaitingRooms } from './solving/waiting-rooms.ts'
import { compose } from './stage.ts'
import { expectation } from './stages/expectation.ts'
import { manualIntervention } from './stages/manual-intervention.ts'
import { refuseBlocked } from './stages/refuse-blocked.ts'
import type { TimedSend } from './timed-request.ts'
import { TokenRefresher } from './token-bindings/index.ts'
import { SessionHttpTransport } from './transports/http.ts'
import { PageTransport } from './transports/page.ts'
import { PageFetchTransport } from './transports/page-fetch.ts'

/**
 * Sends the requests of a session by the cheapest transport that works: the stages before the escalation ladder, the ladder, and
 * what it climbs with. See `ESCALATION_LADDER`.
 */
export class Router {
  /** What does the session's work in pages. */
  readonly browser: BrowserPort
  readonly #state: OriginState
  readonly #solver: ChallengeSolver
  readonly #renewer: ClearanceRenewer
  readonly #send: TimedSend
  readonly #blocking: Blocking
  readonly #closing = new AbortController()

  constructor(options: RouterOptions) {
    const { record, clock, events, bindings, browser: access, admit, solveTimeoutMs, remote } = options
    const { maxResponseBytes } = options.http
    const closing = this.#closing.signal
    const state = new OriginState(options)
    const { judge } = state
    const screenshots = new Screenshots(options.screenshotFolder, clock)
    const screenshot = screenshots.wanted
    const slots = new PageSlots(access, options.pageQueue, { ...pick(options), maxBytes: maxResponseBytes })
    const fetchPages = new FetchPages({
      ...pick(options),
      browser: access,
      classifier: judge,
      solveTimeoutMs,
      screenshot,
      closing,
    })
    const local = new LocalBrowser({
      record,
      judge,
      clock,
      slots,
      fetchPages,
      browser: access,
      maxBytes: maxResponseBytes,
      closing,
    })
    const browser = remote
      ? new ChosenBrowser(local, new WorkerBrowser(remote.tasks), remote.isBrowserHere)
      : local
    this.browser = browser
    const interventions = new ManualInterventions({
      browser: access,
      events,
      clock,
      onChallenge: options.onChallenge,
      timeoutMs: options.manualInterventionTimeoutMs,
      state,
      closing,
    })
    const blocking = new Blocking({ state, browser, interventions, screenshots, solveTimeoutMs, closing })
    const locks = new SolveLocks(options.shared, closing)
    const shared = { state, browser, events, clock, locks, solveTimeoutMs, closing }
    const refresher = new TokenRefresher({
      ...shared,
      bindings,
      cookies: (page) => record.cookieHeader(page),
      others: options.others,
      timeoutMs: solveTimeoutMs,
    })
    const logins = new LoginRenewer({ ...shared, record, shown: options.shown })
    const http = new SessionHttpTransport({
      browser: access,
      bindings,
      cookies: options.cookies,
      identity: options.identity,
      sessionHeaders: options.sessionHeaders,
      onTransportError: options.onTransportError,
      admit,
      clock,
      state,
      refresher,
      logins,
      http: () => options.http,
    })
    const proves = (url: URL) => http.passes(url)
    const solver = new ChallengeSolver({ ...shared, blocking, screenshot, proves })
    const renewer = new ClearanceRenewer({ ...shared, record })
    const limits = { browser, state, clock, solveTimeoutMs, screenshot, maxResponseBytes }
    const escalation = new Escalation({
      state,
      http,
      pageFetch: new PageFetchTransport({ ...limits, bindings }),
      page: new PageTransport(limits),
      solver,
      rooms: new WaitingRooms({ state, solver, closing }),
      renewer,
      reuse: new DocumentReuse(options.answerFromSolve, bindings),
      blocking,
      maxResponseBytes,
    })
    this.#state = state
    this.#blocking = blocking
    this.#solver = solver
    this.#renewer = renewer
    this.#send = compose(
      [manualIntervention(interventions), refuseBlocked(state.blocked), expectation(state.routes)],
      (request) => escalation.send(request),
    )
  }

  /**
   * One request, by the cheapest transport that works.
   *
   * @throws OnejarError those of `HttpTransport.send`, and ONEJAR_CAPTCHA, ONEJAR_BLOCKED, ONEJAR_RATE_LIMITED,
   * ONEJAR_CHALLENGE_UNSOLVED, ONEJAR_CHALLENGE_LOOP, ONEJAR_EXPECTATION_FAILED, ONEJAR_BROWSER_NOT_FOUND,
   * ONEJAR_BROWSER_FAILED
   */
  send(request: RouteRequest): Promise<RoutedResponse> {
    return this.#send({ ...request, deadline: performance.now() + request.timeoutMs })
  }

  /**
   * Has the browser pass the challenge of a URL, joining a solve that is under way. The record holds what it brought.
   *
   * @param observedLifeMs - how long the clearance before was seen to last, where another process knows it
   * @throws OnejarError those of a solve; see `send`
   */
  async solve(url: URL, observedLifeMs: number | null): Promise<void> {
    const blocked = this.#state.blocked.at(url.origin)
    if (blocked) throw blocked
    await this.#solver.solve(url, observedLifeMs)
  }

  /** Renews a clearance for another process of the session; see `ClearanceRenewer.renew`. */
  renew(url: URL, endedAt: number): Promise<void> {
    return this.#renewer.renew(url, endedAt)
  }

  /** The error that requests to this origin get, while the session is blocked there. Costs nothing while it is not. */
  blocked(url: URL): OnejarError | undefined {
    return this.#state.blocked.any ? this.#state.blocked.at(url.origin) : undefined
  }

  /** A person has taken care of what blocked the session for this origin. */
  unblock(origin: string): void {
    this.#state.unblock(origin)
  }

  /** Asks a person about a block that is there already; see `Blocking.handOver`. */
  handOver(url: URL, onChallenge: OnChallenge): Promise<boolean> | undefined {
    return this.#blocking.handOver(url, onChallenge)
  }

  /** Gives up every solve and everything that waits for a page, with ONEJAR_CLOSED. */
  close(): void {
    this.#closing.abort(new OnejarError('ONEJAR_CLOSED', 'The session was released'))
  }
}

function pick({ blockResources, admit }: RouterOptions) {
  return { blockResources, admit }
}
