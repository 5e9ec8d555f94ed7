import type { Verdict } from '../challenge/index.ts'
import { safeUrl } from '../core/index.ts'
import type { HttpRequest, HttpResponse, Via } from '../http/index.ts'
import { askerOf, SentTokens, type TokenRefresher } from './bindings/index.ts'
import type { Judge } from './mistakes.ts'
import type { BrowserAccess } from './pages/browser-access.ts'
import { timeLeft, waitFor } from './patience.ts'
import { discard, hasOneShotBody, replayOf } from './replay.ts'
import type { RoutedResponse, RouteRequest, RouterOptions } from './route-request.ts'

/** How long a request may take that is to prove a clearance. */
const PROOF_MS = 10_000

/** Sends requests over HTTP, on what open pages wrote until then. */
export class HttpWay {
  readonly #options: RouterOptions
  readonly #refresher: TokenRefresher
  readonly #inspect: HttpRequest<Verdict>['inspect']

  constructor(options: RouterOptions, classifier: Judge, refresher: TokenRefresher) {
    const { clock } = options
    this.#options = options
    this.#refresher = refresher
    this.#inspect = {
      needsPeek: (head) => classifier.needsPeek(head),
      peekBytes: classifier.peekBytes,
      judge: (head, peek, complete) => classifier.judge(head, peek, complete, clock.now()),
    }
  }

  /**
   * One exchange with the tokens that are bound to its origins; a 401 gives the page one chance to renew them, or to show
   * what it sends with those that nobody has seen it use.
   *
   * @param deadline - on the clock of `performance.now()`
   */
  send(request: RouteRequest, deadline: number): Promise<RoutedResponse> {
    const { browser, bindings } = this.#options
    const live = browser.live()
    if (live === undefined && bindings.empty) return this.#exchange(request, deadline)
    return this.#bound(request, deadline, live)
  }

  /**
   * Whether a request to a URL passes with what the record holds now. It takes no cookie in return: a page that is still at
   * work on a challenge would find another nonce than its own.
   */
  async passes(url: URL): Promise<boolean> {
    const { http, cookies, identity, admit } = this.#options
    const response = await http.send({
      url,
      timeoutMs: PROOF_MS,
      identity: identity(),
      cookies: { header: (to, context) => cookies.header(to, context), receive: () => {} },
      inspect: this.#inspect,
      beforeHop: (to) => (to.origin === url.origin ? undefined : admit?.(to)),
    })
    discard(response)
    return response.verdict?.kind === 'ok' || response.verdict?.kind === 'error'
  }

  async #bound(
    request: RouteRequest,
    deadline: number,
    live: ReturnType<BrowserAccess['live']>,
  ): Promise<RoutedResponse> {
    const { bindings } = this.#options
    if (live) await waitFor(live.pull(), request, deadline)
    const sent = new SentTokens(bindings, request.headers, askerOf(request.url, request.context))
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
    if (after) {
      await waitFor(after.push(), request, deadline).catch((error) => {
        discard(response)
        throw error
      })
    }
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
}
