import { corrected, type LoadedDocument, mayBeMistaken } from '../browsing/index.ts'
import type { Verdict } from '../challenge/index.ts'
import { ignore, isOnejarError } from '../core/index.ts'
import { bufferedBody, type Via, waitWithin } from '../http/index.ts'
import { afterBlock, BlockedRequest, blockedBy, isBlockError } from './blocking/blocked-request.ts'
import type { Blocking } from './blocking/blocking.ts'
import { type Circumstances, nextStep, type Step } from './escalation-ladder.ts'
import { firstTransport, whyFirst } from './first-transport.ts'
import { mayNavigate } from './may-navigate.ts'
import type { OriginState } from './origin-state.ts'
import { type Challenged, isFailure, type Outcome, refusalOf, siteFails } from './outcome.ts'
import { discard, fateOf, hasOneShotBody, isSafe, mayReplay, replayOf } from './replay.ts'
import type { RoutedResponse } from './route-request.ts'
import { challengeError, NOT_YET } from './solving/challenge-error.ts'
import type { ChallengeSolver } from './solving/challenge-solver.ts'
import type { ClearanceRenewer } from './solving/clearance-renewer.ts'
import type { DocumentReuse } from './solving/document-reuse.ts'
import type { WaitingRooms } from './solving/waiting-rooms.ts'
import type { TimedRequest } from './timed-request.ts'
import type { Transport } from './transport.ts'
import { documentResponse } from './transports/document-response.ts'
import type { PageFetchTransport } from './transports/page-fetch.ts'

/** How often a challenge is solved for one request before HTTP is given up for the route. */
const MAX_SOLVES = 2

export interface EscalationOptions {
  readonly state: OriginState
  readonly http: Transport
  readonly pageFetch: Transport & Pick<PageFetchTransport, 'renew'>
  readonly page: Transport
  readonly solver: ChallengeSolver
  readonly rooms: WaitingRooms
  readonly renewer: ClearanceRenewer
  readonly reuse: DocumentReuse
  readonly blocking: Blocking
  /** What a body may have at most; 0 where there is no limit. */
  readonly maxResponseBytes: number
}

/** Sends requests over one transport after the other, as `ESCALATION_LADDER` says. */
export class Escalation {
  readonly #options: EscalationOptions

  constructor(options: EscalationOptions) {
    this.#options = options
  }

  /** @throws BlockedRequest, OnejarError */
  send(request: TimedRequest): Promise<RoutedResponse> {
    return new Climb(this.#options, request).run()
  }
}

/** One request on its way up. */
class Climb {
  readonly #options: EscalationOptions
  /** As it is sent next: a challenge may have taken some of its hops. */
  #request: TimedRequest
  #via: Via
  #sentAt = performance.now()
  #solves = 0
  /** Whether a solve was waited for that another request had begun. */
  #waited = false
  /** Whether a challenge was met over HTTP. */
  #wasChallenged = false
  /** The challenge that HTTP met last. */
  #challenge: { readonly url: URL; readonly verdict: Verdict } | null = null
  /** What the browser got when it solved the challenge last. */
  #document: LoadedDocument | null = null
  #isFirstPage = true
  /** What is learned of the origin when the next transport works: nothing where it is only tried this time. */
  #learning: string | null = null

  constructor(options: EscalationOptions, request: TimedRequest) {
    this.#options = options
    this.#request = request
    this.#via = firstTransport(request, options.state.routes)
    request.why = whyFirst(this.#via, request, options.state.routes)
  }

  async run(): Promise<RoutedResponse> {
    const { http, pageFetch, page, solver } = this.#options
    const request = this.#request
    const { origin } = request.url
    const solving = this.#via === 'http' && request.escalate !== false ? solver.underway(origin) : undefined
    if (solving) {
      // A request that is sent while the browser solves would only be challenged too.
      await waitWithin(solving.catch(ignore), request, request.deadline)
      this.#waited = true
      request.why = 'a solve that was under way has ended, and HTTP costs least'
      this.#sentAt = performance.now()
    }
    const transports = { http, 'page-fetch': pageFetch, page }
    for (;;) {
      const outcome = await transports[this.#via].send(this.#request)
      if (outcome.kind === 'failed') this.#failed(outcome.error)
      this.#report(outcome)
      // Most requests are answered at once: nothing is waited for then, and no promise is made.
      const isHeld = this.#document !== null && (await this.#holdsDocument(outcome, this.#document))
      const step = nextStep(this.#via, outcome.kind, this.#circumstances(outcome, isHeld))
      const answer = step === 'return' ? this.#answered(responseOf(outcome)) : await this.#take(step, outcome)
      if (answer) return this.#marked(answer)
    }
  }

  /** Says of the response whether a solve was needed for it. Each transport makes it anew: nobody else has it yet. */
  #marked(response: RoutedResponse): RoutedResponse {
    const solved = this.#waited || this.#solves > 0 || this.#document?.afterChallenge === true
    if (solved) (response as { solved: boolean }).solved = true
    return response
  }

  #circumstances(outcome: Outcome, documentHeld: boolean): Circumstances {
    const request = this.#request
    const { state } = this.#options
    const challenge = outcome.kind === 'challenged' ? outcome : null
    const response = challenge?.response
    const isPuzzle = challenge?.verdict.kind === 'captcha'
    const reason = outcome.kind === 'failed' ? outcome.error : undefined
    return {
      mayEscalate: request.escalate !== false,
      isSafe: isSafe(request),
      siteFails: siteFails(outcome),
      inLine: challenge?.verdict.kind === 'waiting-room',
      isRedirect: response !== undefined && response.statusCode >= 300 && response.statusCode < 400,
      puzzleAgain: isPuzzle && this.#solves > 0,
      pageKnown: response !== undefined && state.routes.transport(response.url.origin) === 'page',
      solvesLeft: this.#solves < MAX_SOLVES,
      replayable: challenge !== null && this.#isReplayable(challenge),
      firstPage: this.#isFirstPage,
      mayNavigate: mayNavigate(request, reason),
      documentHeld,
    }
  }

  #isReplayable({ response, verdict }: Challenged): boolean {
    if (this.#via !== 'http') return !hasOneShotBody(this.#request) && mayReplay(response)
    // A page that may be no challenge is the answer itself.
    return (
      mayReplay(response) ||
      mayBeMistaken(response.statusCode, verdict) ||
      fateOf(this.#request, response) === 'sent-away'
    )
  }

  /** Whether the browser has the document already that a transport failed to get. */
  async #holdsDocument(outcome: Outcome, document: LoadedDocument): Promise<boolean> {
    const request = this.#request
    if (this.#via === 'http') {
      const isLost = outcome.kind === 'failed' && isOnejarError(outcome.error, 'ONEJAR_NETWORK')
      if (!isLost && !siteFails(outcome)) return false
      return this.#options.reuse.isAnswer(request, document, request.deadline)
    }
    return document.url.href === request.url.href && request.expect === undefined
  }

  /** Takes a step that is not the end; resolves to the answer, or to null where the request is sent again. */
  async #take(step: Exclude<Step, 'return'>, outcome: Outcome): Promise<RoutedResponse | null> {
    switch (step) {
      case 'document':
        if (outcome.kind === 'response' || outcome.kind === 'challenged') discard(outcome.response)
        this.#learnPage(outcome)
        return this.#fromDocument(this.#via === 'http' ? performance.now() - this.#sentAt : 0)
      case 'block':
        throw await this.#block(outcome)
      case 'wait':
        return this.#wait(outcome as Challenged)
      case 'solve':
        return this.#solve(outcome as Challenged)
      case 'page':
        if (outcome.kind === 'challenged') discard(outcome.response)
        if (this.#via === 'page-fetch') this.#learnPage(outcome)
        this.#request.why = this.#via === 'http' ? PAGES_ONLY : NOT_BY_FETCH
        this.#via = 'page'
        return null
      case 'page-fetch':
        discard((outcome as Challenged).response)
        this.#learning = 'the clearance works in the browser only'
        this.#request.why = this.#learning
        this.#via = 'page-fetch'
        return null
      case 'fresh-page-fetch':
        discard((outcome as Challenged).response)
        this.#isFirstPage = false
        this.#request.why = 'the page that fetched was challenged, so another one is opened'
        this.#options.pageFetch.renew(this.#request)
        return null
      case 'throw':
        throw this.#error(outcome)
    }
  }

  #answered(response: RoutedResponse): RoutedResponse {
    const { state, renewer, reuse } = this.#options
    const { url } = response
    const kind = response.verdict?.kind ?? 'ok'
    const request = this.#request
    if (this.#via !== 'http') {
      if (this.#learning !== null && !isFailure(response)) {
        state.routes.learn((this.#challenge?.url ?? request.url).origin, this.#via, this.#learning)
      }
      return response
    }
    if (kind !== 'ok' && kind !== 'error') return response
    if (this.#wasChallenged) this.#proven(url)
    else {
      if (kind === 'ok' && request.escalate !== false) renewer.used(url)
      const isOpen = state.routes.isStale(request.url.origin) || reuse.isUnproven(url.origin)
      if (request.expect === undefined && isOpen) this.#proven(url)
    }
    return response
  }

  /** A place in line is waited for, and the request sent again. */
  async #wait({ response, verdict }: Challenged): Promise<null> {
    const request = this.#request
    discard(response)
    const fate = isSafe(request) ? 'passed-on' : fateOf(request, response)
    if (fate === 'unknown' || (fate === 'passed-on' && !mayReplay(response))) {
      throw challengeError(response.url, verdict, PROCESSED, 'ONEJAR_WAITING_ROOM')
    }
    await this.#options.rooms.wait(response.url, verdict, request, request.deadline)
    this.#sendAgain(replayOf(request, response, fate === 'sent-away'), 'the wait in line is over')
    return null
  }

  /** A browser solves the challenge; then HTTP is tried again, unless the browser has the answer already. */
  async #solve({ response, verdict }: Challenged): Promise<RoutedResponse | null> {
    const { state, solver, reuse } = this.#options
    const request = this.#request
    const { deadline } = request
    const { url } = response
    const held = mayBeMistaken(response.statusCode, verdict) ? await hold(response) : null
    if (held === null) discard(response)
    const isSolved = this.#solves === 0 && solver.clearedSince(url.origin, this.#sentAt)
    if (!isSolved) {
      const solving = solver.solve(url, null, deadline - performance.now())
      let document: LoadedDocument | null
      try {
        document = await waitWithin(blockedBy(solving, afterBlock(request, response)), request, deadline)
      } catch (error) {
        if (held === null || !isOnejarError(error, 'ONEJAR_BROWSER_NOT_FOUND')) throw error
        // What may be the page is not lost where no browser can look: the caller has it, with the verdict that it came with.
        state.unverified(held)
        return held
      }
      this.#document = document
      if (held && state.judge.isMistaken(url, verdict)) return { ...held, verdict: corrected(verdict) }
      if (document && (await reuse.insteadOfReplay(request, document, deadline))) {
        return this.#fromDocument(performance.now() - this.#sentAt)
      }
    }
    const document = this.#document
    const fate = isSafe(request) ? 'passed-on' : fateOf(request, response, document?.url)
    if (fate === 'unknown') throw challengeError(url, verdict, SENT_AWAY)
    if (fate !== 'sent-away' && !mayReplay(response)) {
      // The browser is not asked, and the page may be what came of the request.
      if (held && document?.afterChallenge === false) return { ...held, verdict: corrected(verdict) }
      throw challengeError(url, verdict, PROCESSED)
    }
    this.#solves++
    this.#sendAgain(
      replayOf(request, response, fate === 'sent-away'),
      'a browser has passed the challenge, and HTTP costs least',
    )
    return null
  }

  #sendAgain(request: TimedRequest, why: string): void {
    this.#request = request
    request.why = why
    this.#sentAt = performance.now()
  }

  #fromDocument(ms: number): RoutedResponse {
    const { state, maxResponseBytes } = this.#options
    const response = documentResponse(this.#request, this.#document as LoadedDocument, maxResponseBytes)
    this.#request.why = 'the browser got the document while it passed the challenge'
    state.sent(response, ms, this.#request)
    if (this.#learning !== null && this.#via === 'page-fetch' && !isFailure(response)) {
      state.routes.learn((this.#challenge?.url ?? this.#request.url).origin, 'page', this.#learning)
    }
    return response
  }

  /** A page that navigates is needed where one that fetches is challenged, or may not; once it works, that is learned. */
  #learnPage(outcome: Outcome): void {
    const isRefused = outcome.kind === 'failed' && isOnejarError(outcome.error, 'ONEJAR_PAGE_FETCH_REFUSED')
    const isChallenge = outcome.kind === 'challenged' && outcome.verdict.kind !== 'waiting-room'
    this.#learning = isRefused || isChallenge ? NOT_OVER_HTTP : null
  }

  async #block(outcome: Outcome): Promise<BlockedRequest> {
    const request = this.#request
    const { escalate, deadline } = request
    const { url, verdict, response, screenshot: shown } = refusalOf(outcome)
    if (response) discard(response)
    // Of a response nobody has a picture yet.
    const screenshot = response === null ? shown : undefined
    const error = await this.#options.blocking.block(url, verdict, {
      escalate,
      screenshot,
      request,
      deadline,
    })
    return new BlockedRequest(error, this.#nextAfterBlock(response))
  }

  #nextAfterBlock(response: RoutedResponse | null): TimedRequest | null {
    if (response !== null) return afterBlock(this.#request, response)
    return this.#via === 'page' && !isSafe(this.#request) ? null : this.#request
  }

  #error(outcome: Outcome): unknown {
    if (outcome.kind === 'failed') {
      const { error } = outcome
      const isBlock = this.#via !== 'http' && isBlockError(error)
      return isBlock ? new BlockedRequest(error, this.#nextAfterBlock(null)) : error
    }
    const { response, verdict } = outcome as Challenged
    discard(response)
    if (this.#via === 'http') return challengeError(response.url, verdict, PROCESSED)
    if (verdict.kind === 'waiting-room') {
      return challengeError(response.url, verdict, NOT_YET, 'ONEJAR_WAITING_ROOM')
    }
    const { url } = this.#challenge ?? this.#request
    const error = challengeError(
      url,
      this.#challenge?.verdict ?? null,
      NOT_OVER_HTTP,
      'ONEJAR_CHALLENGE_LOOP',
    )
    this.#options.solver.noteLoop(url.origin, error)
    return error
  }

  #failed(error: unknown): void {
    const { state } = this.#options
    state.failed(this.#request, this.#via, error, performance.now() - this.#sentAt)
  }

  #report(outcome: Outcome): void {
    const response = 'response' in outcome ? outcome.response : null
    const kind = response?.verdict?.kind ?? 'ok'
    if (response === null || kind === 'ok' || kind === 'error') return
    if (this.#via === 'http') {
      this.#wasChallenged = true
      this.#challenge = { url: response.url, verdict: response.verdict as Verdict }
    }
    if (this.#via === 'http' || outcome.kind === 'challenged') this.#options.state.challenge(response)
  }

  /** A response that passed after a challenge, or after its route was learned: HTTP is proven. */
  #proven(url: URL): void {
    this.#options.reuse.settled(url.origin)
    this.#options.state.proven(url)
  }
}

const PROCESSED = 'the site may have processed the request before it challenged'
const SENT_AWAY = 'the site sent the request away to its challenge, and whether it has arrived is not known'
const PAGES_ONLY = 'the origin is known to answer pages only'
const NOT_BY_FETCH = 'a fetch in a page did not get the document'
const NOT_OVER_HTTP = 'the clearance does not work over HTTP'

/** Of an outcome that the ladder returns. */
function responseOf(outcome: Outcome): RoutedResponse {
  return (outcome as Extract<Outcome, { response: RoutedResponse }>).response
}

/** A response that may be what was asked for: kept until a solve shows whether it is. */
async function hold(response: RoutedResponse): Promise<RoutedResponse> {
  const body = Buffer.from(await response.body.arrayBuffer())
  return { ...response, body: bufferedBody(body, response.headers) }
}
