import { mayBeMistaken } from '../../browsing/index.ts'
import type { Verdict } from '../../challenge/index.ts'
import { NO_PREFERENCES, type SitePreferences } from '../../compliance/index.ts'
import {
  type HttpRequest,
  type HttpResponse,
  type HttpTransport,
  streamedBody,
  timeLeft,
  type Via,
  waitWithin,
} from '../../http/index.ts'
import type { OriginState } from '../origin-state.ts'
import type { Outcome } from '../outcome.ts'
import { discard, hasOneShotBody, isSafe, replayOf } from '../replay.ts'
import { routePattern } from '../route-memory.ts'
import type { RoutedResponse, RouteRequest } from '../route-request.ts'
import type { RouterOptions } from '../router-options.ts'
import type { LoginRenewer } from '../solving/login-renewer.ts'
import type { TimedRequest } from '../timed-request.ts'
import {
  MAX_HEAD_BYTES,
  refusalOf,
  requesterOf,
  SentTokens,
  type TokenNeed,
  type TokenRefresher,
  tokenMetas,
} from '../token-bindings/index.ts'
import { tapBody } from '../token-bindings/tap-body.ts'
import type { Transport } from '../transport.ts'

/** How long a request may take that is to prove a clearance. */
const PROOF_MS = 10_000

export interface SessionHttpTransportOptions
  extends Pick<
    RouterOptions,
    | 'browser'
    | 'bindings'
    | 'cookies'
    | 'identity'
    | 'sessionHeaders'
    | 'admit'
    | 'clock'
    | 'onTransportError'
  > {
  /** Asked for each request: it may be another one after a proxy has failed. */
  readonly http: () => HttpTransport
  readonly state: Pick<OriginState, 'sent' | 'judge' | 'timed'>
  readonly refresher: Pick<TokenRefresher, 'refresh' | 'mayTry' | 'isInVain' | 'noteVain'>
  readonly logins: Pick<LoginRenewer, 'ended' | 'used'>
}

/** Sends requests over HTTP, on what open pages wrote until then. */
export class SessionHttpTransport implements Transport {
  readonly via = 'http'
  readonly #options: SessionHttpTransportOptions
  readonly #inspect: HttpRequest<Verdict>['inspect']

  constructor(options: SessionHttpTransportOptions) {
    const { clock, state } = options
    const classifier = state.judge
    this.#options = options
    this.#inspect = {
      needsPeek: (head) => classifier.needsPeek(head),
      peekBytes: classifier.peekBytes,
      peekBytesFor: (head) => classifier.peekBytesFor(head),
      wantsMore: (head, peek) => classifier.wantsMore(head, peek),
      widePeekBytes: classifier.widePeekBytes,
      early: (head, beginning) => classifier.early(head, beginning),
      judge: (head, peek, complete) => classifier.judge(head, peek, complete, clock.now()),
    }
  }

  async send(request: TimedRequest): Promise<Outcome> {
    const { logins } = this.#options
    const mayEscalate = request.escalate !== false
    try {
      const back = mayEscalate ? logins.ended(request.url) : undefined
      if (back) await waitWithin(back, request, request.deadline)
      const response = await this.#send(request, request.deadline)
      if (mayEscalate && response.statusCode < 400) logins.used(response.url)
      return outcomeOf(response)
    } catch (error) {
      return { kind: 'failed', error }
    }
  }

  /**
   * One exchange with the tokens that are bound to its origins. Tokens that are known to be over are renewed by a page before;
   * a refusal gives the page one chance to renew them, or to show what it sends with those that nobody has seen it use.
   *
   * @param deadline - on the clock of `performance.now()`
   */
  async #send(request: RouteRequest, deadline: number): Promise<RoutedResponse> {
    const { browser, bindings } = this.#options
    const live = browser.live()
    if (live) await waitWithin(live.pull(), request, deadline)
    const requester = requesterOf(request.url, request.context)
    let sent = new SentTokens(bindings, request.headers, requester)
    if (live === undefined && bindings.empty) {
      const response = await this.#exchange(request, deadline)
      return isFine(response) ? response : this.#healed(request, request, response, sent, deadline)
    }
    const over = bindings.empty ? null : sent.over(request.url.origin, isSafe(request))
    if (over && request.escalate !== false) {
      await waitWithin(this.#options.refresher.refresh(over), request, deadline)
      sent = new SentTokens(bindings, request.headers, requester)
    }
    const bound = { ...request, extraHeaders: (url: URL) => sent.headersFor(url) }
    const response = await this.#exchange(bound, deadline)
    return isFine(response) ? response : this.#healed(request, bound, response, sent, deadline)
  }

  /**
   * Whether a request to a URL passes with what the record holds now. It takes no cookie in return: a page that is still at
   * work on a challenge would find another nonce than its own.
   */
  async passes(url: URL): Promise<boolean> {
    const { http, cookies, identity, sessionHeaders, admit } = this.#options
    const response = await http().send({
      url,
      timeoutMs: PROOF_MS,
      identity: identity(),
      sessionHeaders,
      cookies: { header: (to, context) => cookies.header(to, context), receive: () => {} },
      inspect: this.#inspect,
      beforeHop: (to) => (to.origin === url.origin ? undefined : admit?.(to)),
    })
    discard(response)
    return response.verdict?.kind === 'ok' || response.verdict?.kind === 'error'
  }

  /** A failure; where it refuses a token and there is another one then, that to the same request with it. */
  async #healed(
    request: RouteRequest,
    asSent: RouteRequest,
    response: RoutedResponse,
    sent: SentTokens,
    deadline: number,
  ): Promise<RoutedResponse> {
    if (isChallenge(response)) return response
    const refusal = refusalOf(response.statusCode)
    const { origin } = response.url
    const handed = sent.replaced(origin, (header) => response.headers[header] !== undefined)
    const need = handed ?? (refusal && sent.refused(origin, refusal))
    if (need === null) return response
    const place = routePattern(response.url)
    // A page has ever new tokens in its memory: there is no other way to see that none helps.
    const canBeVain = refusal === 'forgery' || need.inMemory
    if (canBeVain && this.#options.refresher.isInVain(need, place)) return response
    // A page may have the same for ever: it is asked once.
    if ((handed || refusal === 'token') && this.#options.refresher.mayTry(need)) sent.noteRefused(origin)
    if (hasOneShotBody(request)) return response
    if (!(await this.#renewed(request, response, need, sent, deadline))) return response
    discard(response)
    const { bindings } = this.#options
    const again = new SentTokens(bindings, request.headers, requesterOf(request.url, request.context))
    const bound = { ...asSent, extraHeaders: (url: URL) => again.headersFor(url) }
    const healed = await this.#exchange(replayOf(bound, response), deadline)
    const isRefused = handed !== null || refusalOf(healed.statusCode) === refusal
    if (canBeVain && isRefused && healed.statusCode >= 400) this.#options.refresher.noteVain(need, place)
    return healed
  }

  /** Whether there are other tokens now than the ones that were refused. */
  async #renewed(
    request: RouteRequest,
    response: RoutedResponse,
    need: TokenNeed,
    sent: SentTokens,
    deadline: number,
  ): Promise<boolean> {
    if (sent.outdated(need)) return true
    if (request.escalate === false) return false
    try {
      return await waitWithin(this.#options.refresher.refresh(need), request, deadline)
    } catch (error) {
      discard(response)
      throw error
    }
  }

  async #exchange(request: RouteRequest, deadline: number): Promise<RoutedResponse> {
    const { http, cookies, state, browser, bindings, onTransportError } = this.#options
    const at = state.timed ? performance.now() : 0
    let response: HttpResponse<Verdict> & { via: Via; solved: boolean; preferences: SitePreferences }
    try {
      response = (await http().send({
        ...request,
        timeoutMs: timeLeft(deadline, request),
        cookies,
        inspect: this.#inspect,
      })) as typeof response
    } catch (error) {
      onTransportError(error)
      throw error
    }
    response.via = 'http'
    response.solved = false
    response.preferences = NO_PREFERENCES
    if (bindings.needsMetasOf(response.url.origin) && isDocument(response)) response = this.#tapBody(response)
    const after = browser.live()
    if (after) {
      await waitWithin(after.push(), request, deadline).catch((error) => {
        discard(response)
        throw error
      })
    }
    state.sent(response, at > 0 ? performance.now() - at : 0, request)
    return response
  }

  /** Looks for tokens in the beginning of a document, while whoever wants it reads it. */
  #tapBody<R extends RoutedResponse>(response: R): R {
    const { bindings } = this.#options
    const read = (head: Buffer) => bindings.noteMetas(response.url.origin, tokenMetas(head.toString()))
    const chunks = tapBody(response.body, MAX_HEAD_BYTES, read)
    return { ...response, body: streamedBody(chunks, response.headers) }
  }
}

/** A puzzle that may be a mistake is challenged, not refused: a browser looks whether it is what was asked for. */
function outcomeOf(response: RoutedResponse): Outcome {
  const { verdict } = response
  switch (verdict?.kind) {
    case 'block':
      return { kind: 'refused', url: response.url, verdict, response, screenshot: null }
    case 'captcha':
      return mayBeMistaken(response.statusCode, verdict)
        ? { kind: 'challenged', response, verdict }
        : { kind: 'refused', url: response.url, verdict, response, screenshot: null }
    case 'waiting-room':
    case 'js-challenge':
      return { kind: 'challenged', response, verdict }
    default:
      return { kind: 'response', response }
  }
}

function isDocument({ statusCode, headers }: RoutedResponse): boolean {
  const type = headers['content-type']
  return statusCode < 300 && typeof type === 'string' && /^text\/html\b/i.test(type)
}

/** Whether a response refuses nothing. */
function isFine({ statusCode }: RoutedResponse): boolean {
  return statusCode < 400
}

/** Whether a refusal may be passed by the browser, or by nothing. */
function isChallenge({ verdict }: RoutedResponse): boolean {
  return verdict !== undefined && !['ok', 'error', 'unauthorised'].includes(verdict.kind)
}
