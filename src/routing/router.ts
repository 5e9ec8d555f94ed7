import type { Verdict } from '../challenge/index.ts'
import { isOnejarError, OnejarError, safeUrl } from '../core/index.ts'
import { bufferedBody, type HttpRequest, type HttpResponse, type Via } from '../http/index.ts'
import type { ChangeSource } from '../record/index.ts'
import { SentTokens, TokenRefresher } from './bindings/index.ts'
import { challengeError } from './challenge-error.ts'
import { ChallengeSolver, type FailedVisit } from './challenge-solver.ts'
import { meets } from './expectation.ts'
import { FetchPages } from './fetch-pages.ts'
import { Halts } from './halts.ts'
import { PageAnswers } from './page-answers.ts'
import { PageFetches } from './page-fetches.ts'
import { PageLender } from './page-lender.ts'
import { timeLeft, waitFor } from './patience.ts'
import { discard, hasOneShotBody, isSafe, mayReplay, replayOf } from './replay.ts'
import { RouteMemory, routePattern } from './route-memory.ts'
import type { BrowserAccess, RoutedResponse, RouteRequest, RouterOptions } from './route-request.ts'
import type { VisitAnswer } from './visit.ts'

/** How often the browser is visited for one request before HTTP is given up for the route. */
const MAX_VISITS = 2

/**
 * Decides which transport a request takes: `http` first; a visit of the browser when the site challenges, one per origin
 * however many requests met it; then `http` again, proven by the request itself; the page where that does not pass.
 */
export class Router {
  readonly #options: RouterOptions
  readonly #inspect: HttpRequest<Verdict>['inspect']
  readonly #halts: Halts
  readonly #routes: RouteMemory
  readonly #solver: ChallengeSolver
  readonly #pages: PageAnswers
  readonly #fetches: PageFetches
  readonly #refresher: TokenRefresher
  readonly #closing = new AbortController()

  constructor(options: RouterOptions) {
    const { classifier, clock, record, events, browser, visits, visitTimeoutMs } = options
    this.#options = options
    this.#halts = new Halts(events, clock)
    this.#routes = new RouteMemory(record, events, clock, SOURCE)
    this.#inspect = {
      needsPeek: (head) => classifier.needsPeek(head),
      peekBytes: classifier.peekBytes,
      judge: (head, peek, complete) => classifier.judge(head, peek, complete, clock.now()),
    }
    const common = {
      classifier,
      events,
      clock,
      visitTimeoutMs,
      lender: new PageLender(browser, visits, options),
      failure: (outcome: FailedVisit, url: URL) => this.#failure(outcome, url),
      closing: this.#closing.signal,
    }
    this.#solver = new ChallengeSolver({ ...common, record, remote: options.remote })
    this.#pages = new PageAnswers(common)
    const { bindings, blockResources, admit } = options
    const pages = new FetchPages({ ...common, browser, blockResources, admit })
    this.#fetches = new PageFetches({ ...common, pages, bindings })
    this.#refresher = new TokenRefresher({ ...common, bindings, timeoutMs: visitTimeoutMs })
  }

  /**
   * One request, by the cheapest transport that works.
   *
   * @throws OnejarError those of `HttpTransport.send`, and ONEJAR_CAPTCHA, ONEJAR_BLOCKED, ONEJAR_RATE_LIMITED,
   * ONEJAR_CHALLENGE_UNSOLVED, ONEJAR_CHALLENGE_LOOP, ONEJAR_EXPECTATION_FAILED, ONEJAR_BROWSER_NOT_FOUND,
   * ONEJAR_BROWSER_FAILED
   */
  async send(request: RouteRequest): Promise<RoutedResponse> {
    const { origin } = request.url
    this.#halts.check(origin)
    let sentAt = performance.now()
    const deadline = sentAt + request.timeoutMs
    if (request.render || this.#needsPage(request, origin)) return this.#pages.answer(request, deadline)
    if (request.escalate !== false && this.#routes.transport(origin) === 'page-fetch') {
      const response = await this.#byPageFetch(request, deadline)
      if (response) return this.#expected(request, response, deadline)
      return this.#takePage(request, request.url, null, null, deadline)
    }
    const underway = request.escalate === false ? undefined : this.#solver.underway(origin)
    if (underway) {
      // What comes while the browser is at it would only be challenged too.
      await waitFor(underway.catch(ignore), request, deadline)
      sentAt = performance.now()
    }
    const response = await this.#http(request, deadline)
    const kind = response.verdict?.kind
    if (kind !== undefined && kind !== 'ok' && kind !== 'error') {
      return this.#challenged(request, response, sentAt, deadline)
    }
    if (request.expect !== undefined) return this.#expected(request, response, deadline)
    if (this.#routes.isStale(origin)) this.#proven(response)
    return response
  }

  /**
   * Has the browser pass the challenge of a URL, joining a visit that is under way. The record holds what it brought.
   *
   * @throws OnejarError those of a visit; see `send`
   */
  async visit(url: URL): Promise<void> {
    this.#halts.check(url.origin)
    await this.#solver.solve(url)
  }

  /** A person has taken care of what halted the session for this origin. */
  resume(origin: string): void {
    this.#halts.lift(origin)
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

  /** One exchange with the tokens that are bound to its origins; a 401 gives the page one chance to renew them. */
  #http(request: RouteRequest, deadline: number): Promise<RoutedResponse> {
    const { browser, bindings } = this.#options
    const live = browser.live()
    if (live === undefined && bindings.empty) return this.#exchange(request, deadline)
    return this.#boundHttp(request, deadline, live)
  }

  async #boundHttp(
    request: RouteRequest,
    deadline: number,
    live: ReturnType<BrowserAccess['live']>,
  ): Promise<RoutedResponse> {
    const { bindings } = this.#options
    if (live) await waitFor(live.pull(), request, deadline)
    if (bindings.empty) return this.#exchange(request, deadline)
    const sent = new SentTokens(bindings, request.headers)
    const bound = { ...request, extraHeaders: (url: URL) => sent.headersFor(url) }
    const response = await this.#exchange(bound, deadline)
    if (response.statusCode !== 401 || hasOneShotBody(request)) return response
    return (await this.#renewed(request, response, sent, deadline))
      ? this.#exchange(replayOf(bound, response), deadline)
      : response
  }

  /** Whether there are other tokens now than the ones that were refused; the response has been given up then. */
  async #renewed(
    request: RouteRequest,
    response: RoutedResponse,
    sent: SentTokens,
    deadline: number,
  ): Promise<boolean> {
    const { origin } = response.url
    if (!sent.concern(origin)) return false
    if (!sent.outdated(origin)) {
      if (request.escalate === false) return false
      try {
        if (!(await waitFor(this.#refresher.refresh(origin), request, deadline))) return false
      } catch (error) {
        discard(response)
        throw error
      }
    }
    discard(response)
    return true
  }

  async #exchange(request: RouteRequest, deadline: number): Promise<RoutedResponse> {
    const { http, cookies, events, browser, clock, distrust } = this.#options
    const at = events.wanted ? performance.now() : 0
    let response: HttpResponse<Verdict> & { via: Via }
    try {
      response = (await http.send({
        ...request,
        timeoutMs: timeLeft(deadline, request),
        cookies,
        inspect: this.#inspect,
      })) as typeof response
    } catch (error) {
      distrust(error)
      throw error
    }
    response.via = 'http'
    const after = browser.live()
    if (after) await after.push()
    if (events.wanted) {
      events.emit({
        type: 'request',
        at: clock.now(),
        method: response.method,
        url: safeUrl(response.url),
        via: 'http',
        status: response.statusCode,
        ms: performance.now() - at,
        verdict: response.verdict?.kind ?? 'ok',
      })
    }
    return response
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
    let answer: VisitAnswer | null = null
    for (let visits = 0; ; visits++) {
      const { url } = response
      const { origin } = url
      const verdict = response.verdict as Verdict
      if (verdict.kind === 'ok' || verdict.kind === 'error') {
        this.#proven(response)
        return original.expect === undefined ? response : this.#expected(original, response, deadline)
      }
      this.#report(response)
      if (verdict.kind === 'captcha' || verdict.kind === 'block') {
        discard(response)
        throw this.#halts.halt(origin, verdict)
      }
      if (verdict.kind !== 'js-challenge' || request.escalate === false) return response
      discard(response)
      if (!mayReplay(response)) {
        throw challengeError(url, verdict, 'the site may have processed the request before it challenged')
      }
      if (isSafe(request) && this.#routes.transport(origin) === 'page')
        return this.#pages.answer(request, deadline)
      if (visits === MAX_VISITS) {
        const fetched = await this.#byPageFetch(request, deadline)
        if (!fetched) return this.#takePage(request, url, verdict, answer, deadline)
        this.#routes.learn(origin, 'page-fetch', 'the clearance works in the browser only')
        return this.#expected(original, fetched, deadline)
      }
      const cleared = visits === 0 && this.#solver.clearedSince(origin, sentAt)
      if (!cleared) answer = await waitFor(this.#solver.solve(url), request, deadline)
      request = replayOf(request, response)
      sentAt = performance.now()
      response = await this.#http(request, deadline)
    }
  }

  /**
   * A fetch inside a page; null when the site challenges that too, or the page may not fetch, and a navigation may do better.
   *
   * @throws OnejarError what ends the request: its time, its signal, a halt; and for one that does more than read, whatever
   * went wrong
   */
  async #byPageFetch(request: RouteRequest, deadline: number): Promise<RoutedResponse | null> {
    if (request.redirect === 'manual' && isSafe(request)) return null
    for (let attempt = 1; ; attempt++) {
      let response: RoutedResponse
      try {
        response = await this.#fetches.answer(request, deadline)
      } catch (error) {
        const final = ENDS.some((code) => isOnejarError(error, code))
        if (final || !isSafe(request) || isOtherOrigin(request)) throw error
        return null
      }
      const verdict = response.verdict as Verdict
      if (verdict.kind === 'captcha' || verdict.kind === 'block') {
        discard(response)
        throw this.#halts.halt(response.url.origin, verdict)
      }
      if (verdict.kind !== 'js-challenge') return response
      this.#report(response)
      discard(response)
      if (attempt === MAX_VISITS || hasOneShotBody(request) || !mayReplay(response)) return null
      // The clearance of the page has ended: a new one passes the challenge anew.
      this.#fetches.renew(request)
    }
  }

  /** The browser passes and HTTP does not: the page answers, and what it has got already is not thrown away. */
  #takePage(
    request: RouteRequest,
    url: URL,
    verdict: Verdict | null,
    answer: VisitAnswer | null,
    deadline: number,
  ): RoutedResponse | Promise<RoutedResponse> {
    const reason = 'the clearance does not work over HTTP'
    if (!isSafe(request)) {
      const error = challengeError(url, verdict, reason, 'ONEJAR_CHALLENGE_LOOP')
      this.#solver.noteLoop(url.origin, error)
      throw error
    }
    this.#routes.learn(url.origin, 'page', reason)
    const same = answer?.url.href === request.url.href && request.expect === undefined
    return same ? this.#pages.routed(request, answer, 0) : this.#pages.answer(request, deadline)
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
    if (await meets(expect, { ...response, body }, response.via)) {
      const route = routePattern(url)
      if (this.#routes.isStale(route)) this.#routes.forget(route)
      return { ...response, body: bufferedBody(body) }
    }
    if (!isSafe(request) || request.escalate === false) {
      throw new OnejarError(
        'ONEJAR_EXPECTATION_FAILED',
        `HTTP did not give what is expected of ${safeUrl(url)}`,
      )
    }
    const answer = await this.#pages.answer(request, deadline)
    this.#routes.learn(routePattern(url), 'page', 'HTTP does not give what the caller expects')
    return answer
  }

  /** What a visit that failed means; a puzzle or a refusal halts the session at the origin that showed it. */
  #failure({ verdict, at, why }: FailedVisit, url: URL): OnejarError {
    if (verdict?.kind === 'captcha' || verdict?.kind === 'block') {
      return this.#halts.halt((at ?? url).origin, verdict)
    }
    const { visitTimeoutMs } = this.#options
    if (verdict?.kind === 'rate-limited') {
      return challengeError(url, verdict, 'the site asked to slow down', 'ONEJAR_RATE_LIMITED')
    }
    if (why === 'loop') {
      return challengeError(url, verdict, 'it comes again and again', 'ONEJAR_CHALLENGE_LOOP')
    }
    return challengeError(url, verdict, `no pass within ${visitTimeoutMs} ms`)
  }

  /** A response that passed after a challenge, or after its route was learned: HTTP is proven. */
  #proven({ url }: RoutedResponse): void {
    const { events, clock } = this.#options
    this.#routes.forget(url.origin)
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

/** What no other transport makes good. */
const ENDS = [
  'ONEJAR_ABORTED',
  'ONEJAR_TIMEOUT',
  'ONEJAR_CLOSED',
  'ONEJAR_CAPTCHA',
  'ONEJAR_BLOCKED',
] as const

/** Whether a page of another origin is to make the request: a navigation is no answer to what it may not do. */
function isOtherOrigin({ url, context }: RouteRequest): boolean {
  const initiator = context?.initiator ?? context?.topLevelUrl
  return initiator != null && new URL(initiator).origin !== url.origin
}

function ignore(): void {}
