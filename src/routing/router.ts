import { Readable } from 'node:stream'
import type { Page } from 'playwright'
import type { ContextBinding } from '../browser/index.ts'
import { type Classifier, explain, type Verdict } from '../challenge/index.ts'
import { type Clock, OnejarError, safeUrl, withSignal } from '../core/index.ts'
import {
  bufferedBody,
  type CookieSource,
  type HttpRequest,
  type HttpResponse,
  type HttpTransport,
  type IdentitySource,
  type Via,
} from '../http/index.ts'
import type { ChangeSource, SessionRecord } from '../record/index.ts'
import type { EventHub } from './events.ts'
import { Halts } from './halts.ts'
import { RouteMemory } from './route-memory.ts'
import { SingleFlight } from './single-flight.ts'
import { type VisitAnswer, visit } from './visit.ts'

/** The way to a browser context on the record. */
export interface BrowserAccess {
  /** The context that is open now. */
  live(): ContextBinding | undefined
  /** @throws OnejarError ONEJAR_BROWSER_NOT_FOUND, ONEJAR_BROWSER_FAILED */
  open(): Promise<ContextBinding>
  /** The router has no page open any more: a context that nobody else uses may go. */
  idle(): Promise<void>
}

export interface RouterOptions {
  readonly record: SessionRecord
  readonly http: HttpTransport
  readonly cookies: CookieSource
  readonly classifier: Classifier
  readonly browser: BrowserAccess
  readonly events: EventHub
  readonly clock: Clock
  /** Bound of one visit. */
  readonly visitTimeoutMs: number
}

/** A request as the session hands it down. */
export interface RouteRequest extends Omit<HttpRequest<Verdict>, 'inspect' | 'cookies' | 'identity'> {
  readonly timeoutMs: number
  readonly identity: IdentitySource | undefined
  /** Render the document in the browser and return it as it stands then. Default: false. */
  readonly render?: boolean | undefined
  /** Go to the browser when the site challenges. Default: true. */
  readonly escalate?: boolean | undefined
}

export interface RoutedResponse extends HttpResponse<Verdict> {
  readonly via: Via
}

/** How often a request is replayed after a visit that the site accepted, before it takes the browser itself. */
const MAX_VISITS_PER_REQUEST = 2

/**
 * Decides which transport a request takes: `http` first; a visit of the browser when the site challenges, one per origin
 * however many requests met it; then `http` again, proven by the request itself; the page where that does not pass.
 */
export class Router {
  readonly #options: RouterOptions
  readonly #inspect: HttpRequest<Verdict>['inspect']
  readonly #flights = new SingleFlight<VisitAnswer | null>()
  readonly #halts: Halts
  readonly #routes: RouteMemory
  /** When the last visit to an origin ended well: a request that started before is replayed without another one. */
  readonly #clearedAt = new Map<string, number>()
  #pagesOpen = 0

  constructor(options: RouterOptions) {
    const { classifier, clock, record, events } = options
    this.#options = options
    this.#halts = new Halts(events, clock)
    this.#routes = new RouteMemory(record, events, clock, SOURCE)
    this.#inspect = {
      needsPeek: (head) => classifier.needsPeek(head),
      peekBytes: classifier.peekBytes,
      judge: (head, peek, complete) => classifier.judge(head, peek, complete, clock.now()),
    }
  }

  /**
   * One request, by the cheapest transport that works.
   *
   * @throws OnejarError those of `HttpTransport.send`, and ONEJAR_CAPTCHA, ONEJAR_BLOCKED, ONEJAR_CHALLENGE_UNSOLVED,
   * ONEJAR_CHALLENGE_LOOP, ONEJAR_BROWSER_NOT_FOUND, ONEJAR_BROWSER_FAILED
   */
  async send(request: RouteRequest): Promise<RoutedResponse> {
    const { origin } = request.url
    this.#halts.check(origin)
    if (request.render) return this.#render(request)
    if (this.#routes.transport(origin) === 'page' && isSafe(request)) return this.#byPage(request)
    const underway = request.escalate === false ? undefined : this.#flights.current(origin)
    // What comes while the browser is at it would only be challenged too.
    if (underway)
      await this.#wait(
        underway.catch(() => null),
        request,
      )
    const startedAt = performance.now()
    const response = await this.#http(request, request.timeoutMs)
    const kind = response.verdict?.kind
    if (kind === undefined || kind === 'ok' || kind === 'error') return response
    return this.#challenged(request, response, startedAt)
  }

  /** A person has taken care of what halted the session for this origin. */
  resume(origin: string): void {
    this.#halts.lift(origin)
  }

  async #http(request: RouteRequest, timeoutMs: number): Promise<RoutedResponse> {
    const { http, cookies, events, browser, clock } = this.#options
    const before = browser.live()
    if (before) await before.pull()
    const at = events.wanted ? performance.now() : 0
    const response = (await http.send({
      ...request,
      timeoutMs,
      cookies,
      inspect: this.#inspect,
    })) as HttpResponse<Verdict> & { via: Via }
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
    request: RouteRequest,
    first: RoutedResponse,
    startedAt: number,
  ): Promise<RoutedResponse> {
    const deadline = startedAt + request.timeoutMs
    let response = first
    for (let visits = 0; ; visits++) {
      const verdict = response.verdict as Verdict
      if (verdict.kind === 'ok' || verdict.kind === 'error') {
        this.#proven(response)
        return response
      }
      this.#report(response)
      if (verdict.kind === 'captcha' || verdict.kind === 'block') {
        await discard(response)
        throw this.#halts.halt(response.url.origin, verdict)
      }
      if (verdict.kind !== 'js-challenge' || request.escalate === false) return response
      if (!mayReplay(request, response)) {
        await discard(response)
        throw unsolved(response.url, verdict, 'the site may have processed the request before it challenged')
      }
      await discard(response)
      const { url } = response
      const clearedMeanwhile = (this.#clearedAt.get(url.origin) ?? 0) > startedAt && visits === 0
      const answer = clearedMeanwhile ? null : await this.#visited(url, request, deadline)
      if (visits >= MAX_VISITS_PER_REQUEST) {
        if (!isSafe(request)) throw unsolved(url, verdict, 'the clearance does not work over HTTP')
        this.#routes.learn(url.origin, 'page', 'the clearance does not work over HTTP')
        return answer?.url.href === request.url.href ? this.#answered(request, answer) : this.#byPage(request)
      }
      response = await this.#http(request, left(deadline, request))
    }
  }

  /** The visit's outcome: the one that is under way, or a new one; waited for until the request's own deadline. */
  #visited(url: URL, request: RouteRequest, deadline: number): Promise<VisitAnswer | null> {
    const flight = this.#flights.run(url.origin, () => this.#visit(url))
    return this.#wait(flight, request, left(deadline, request))
  }

  async #visit(url: URL): Promise<VisitAnswer | null> {
    const { record, classifier, events, clock, visitTimeoutMs } = this.#options
    const shown = safeUrl(url)
    const startedAt = performance.now()
    const end = (outcome: 'passed' | 'unproven' | 'failed', reason: string) => {
      events.emit({
        type: 'visit-end',
        at: clock.now(),
        url: shown,
        outcome,
        reason,
        ms: performance.now() - startedAt,
      })
    }
    events.emit({ type: 'visit-start', at: clock.now(), url: shown, reason: 'the site challenges' })
    try {
      return await this.#withPage(async (page, binding) => {
        const before = record.cookieHeader(url)
        const changed = async () => {
          await binding.pull()
          return record.cookieHeader(url) !== before
        }
        const outcome = await visit(page, { url, classifier, timeoutMs: visitTimeoutMs, changed })
        if (outcome.kind === 'failed') {
          if (outcome.verdict?.kind === 'captcha' || outcome.verdict?.kind === 'block') {
            throw this.#halts.halt(url.origin, outcome.verdict)
          }
          throw unsolved(url, outcome.verdict, `no pass within ${visitTimeoutMs} ms`)
        }
        await binding.pull()
        this.#clearedAt.set(url.origin, performance.now())
        end(
          outcome.kind,
          outcome.kind === 'passed' ? 'the site let the browser through' : 'the record got something new',
        )
        return outcome.kind === 'passed' ? outcome.answer : null
      })
    } catch (error) {
      end('failed', error instanceof OnejarError ? error.code : 'unexpected')
      throw error
    }
  }

  /** A response that passed after a challenge: HTTP is proven. */
  #proven(response: RoutedResponse): void {
    const { events, clock } = this.#options
    this.#routes.forget(response.url.origin)
    events.emit({
      type: 'drop-back',
      at: clock.now(),
      url: safeUrl(response.url),
      reason: 'the request passed over HTTP',
    })
  }

  #report(response: RoutedResponse): void {
    const { events, clock } = this.#options
    const { kind, vendor, evidence } = response.verdict as Verdict
    events.emit({
      type: 'challenge',
      at: clock.now(),
      url: safeUrl(response.url),
      verdict: kind,
      vendor,
      evidence,
    })
  }

  /** The page's own navigation as the answer: the bytes that the browser got. */
  async #byPage(request: RouteRequest): Promise<RoutedResponse> {
    const { classifier, visitTimeoutMs } = this.#options
    const timeoutMs = Math.min(request.timeoutMs, visitTimeoutMs)
    return this.#wait(
      this.#withPage(async (page) => {
        const outcome = await visit(page, {
          url: request.url,
          classifier,
          timeoutMs,
          changed: async () => false,
        })
        if (outcome.kind !== 'passed')
          throw unsolved(
            request.url,
            outcome.kind === 'failed' ? outcome.verdict : null,
            'the page did not pass',
          )
        return this.#answered(request, outcome.answer)
      }),
      request,
    )
  }

  /** The document as it stands after its scripts ran. */
  #render(request: RouteRequest): Promise<RoutedResponse> {
    const { classifier, visitTimeoutMs } = this.#options
    const timeoutMs = Math.min(request.timeoutMs, visitTimeoutMs)
    return this.#wait(
      this.#withPage(async (page) => {
        const outcome = await visit(page, {
          url: request.url,
          classifier,
          timeoutMs,
          changed: async () => false,
        })
        if (outcome.kind !== 'passed')
          throw unsolved(
            request.url,
            outcome.kind === 'failed' ? outcome.verdict : null,
            'the page did not pass',
          )
        await page.waitForLoadState('load', { timeout: timeoutMs }).catch(() => {})
        const body = Buffer.from(await page.content())
        return this.#answered(request, {
          ...outcome.answer,
          body,
          headers: { ...outcome.answer.headers, 'content-type': 'text/html; charset=utf-8' },
        })
      }),
      request,
    )
  }

  #answered(request: RouteRequest, answer: VisitAnswer): RoutedResponse {
    const { events, clock } = this.#options
    if (events.wanted) {
      events.emit({
        type: 'request',
        at: clock.now(),
        method: 'GET',
        url: safeUrl(answer.url),
        via: 'page',
        status: answer.statusCode,
        ms: 0,
        verdict: answer.verdict.kind,
      })
    }
    return {
      via: 'page',
      statusCode: answer.statusCode,
      statusText: answer.statusText,
      headers: answer.headers,
      wireHeaders: answer.headers,
      trailers: {},
      body: bufferedBody(answer.body),
      url: answer.url,
      method: 'GET',
      redirected: answer.url.href !== request.url.href,
      hops: 0,
      verdict: answer.verdict,
      httpVersion: '1.1',
    }
  }

  /** Lends a page of its own to some work and closes it afterwards, whatever happens. */
  async #withPage<T>(work: (page: Page, binding: ContextBinding) => Promise<T>): Promise<T> {
    const { browser } = this.#options
    this.#pagesOpen++
    try {
      const binding = await browser.open()
      const page = await binding.newPage()
      page.on('dialog', (dialog) => dialog.dismiss().catch(() => {}))
      try {
        return await work(page, binding)
      } finally {
        await page.close().catch(() => {})
      }
    } finally {
      if (--this.#pagesOpen === 0) await browser.idle()
    }
  }

  /** Waits for something shared with the request's own patience. */
  async #wait<T>(work: Promise<T>, request: RouteRequest, timeoutMs = request.timeoutMs): Promise<T> {
    work.catch(() => {})
    const limit = Promise.withResolvers<never>()
    const timer = setTimeout(() => limit.reject(timeout(request)), timeoutMs)
    try {
      return await Promise.race([withSignal(work, request.signal), limit.promise])
    } catch (error) {
      if (request.signal?.aborted && error === request.signal.reason && !(error instanceof OnejarError)) {
        throw new OnejarError('ONEJAR_ABORTED', `The request to ${safeUrl(request.url)} was aborted`, {
          cause: error,
        })
      }
      throw error
    } finally {
      clearTimeout(timer)
    }
  }
}

const SOURCE: ChangeSource = { name: 'router' }

function timeout(request: RouteRequest): OnejarError {
  return new OnejarError('ONEJAR_TIMEOUT', `${safeUrl(request.url)} took longer than ${request.timeoutMs} ms`)
}

/** What is left of the request's time. */
function left(deadline: number, request: RouteRequest): number {
  const ms = Math.ceil(deadline - performance.now())
  if (ms <= 0) throw timeout(request)
  return ms
}

function isSafe(request: RouteRequest): boolean {
  const method = (request.method ?? 'GET').toUpperCase()
  return method === 'GET' || method === 'HEAD'
}

/** An unsafe request is sent again only when the challenge proves that it was stopped at the door. */
function mayReplay(request: RouteRequest, response: RoutedResponse): boolean {
  return isSafe(request) || response.statusCode >= 400 || response.statusCode === 202
}

function unsolved(url: URL, verdict: Verdict | null, why: string): OnejarError {
  const evidence = verdict ? ` (${explain(verdict).split('\n')[0]})` : ''
  return new OnejarError(
    'ONEJAR_CHALLENGE_UNSOLVED',
    `The challenge of ${url.origin} was not passed: ${why}${evidence}`,
    {
      details: {
        origin: url.origin,
        verdict: verdict?.kind ?? null,
        vendor: verdict?.vendor ?? null,
        evidence: verdict?.evidence ?? [],
      },
    },
  )
}

/** A challenge's body is of no use to anybody. */
async function discard(response: RoutedResponse): Promise<void> {
  const { body } = response
  if (body instanceof Readable) body.on('error', () => {})
  await body.dump().catch(() => {})
}
