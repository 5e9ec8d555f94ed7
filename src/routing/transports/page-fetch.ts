import type { PageFetchAnswer } from '../../browser/index.ts'
import type { BrowserPort, PageFetchReply, PageFetchTask } from '../../browsing/index.ts'
import type { Verdict } from '../../challenge/index.ts'
import { NO_PREFERENCES } from '../../compliance/index.ts'
import { type Clock, ignore, OnejarError, safeUrl } from '../../core/index.ts'
import {
  type HttpRequest,
  normalizeBody,
  outOfTime,
  streamedBody,
  toAbortError,
  toHeaderList,
} from '../../http/index.ts'
import type { OriginState } from '../origin-state.ts'
import { type Outcome, outcomeOfLoad } from '../outcome.ts'
import { isSafe } from '../replay.ts'
import type { RoutedResponse, RouteRequest } from '../route-request.ts'
import { loadError } from '../solving/challenge-error.ts'
import type { TimedRequest } from '../timed-request.ts'
import { requesterOf, type TokenBindings } from '../token-bindings/index.ts'
import type { Transport } from '../transport.ts'
import { limited } from './body-limit.ts'

export interface PageFetchTransportOptions {
  readonly browser: Pick<BrowserPort, 'openPage' | 'fetch' | 'forgetPage'>
  readonly bindings: Pick<TokenBindings, 'headersFor'>
  readonly state: Pick<OriginState, 'sent' | 'judge'>
  readonly clock: Clock
  readonly solveTimeoutMs: number
  /** What a body may have at most; 0 where there is no limit. */
  readonly maxResponseBytes: number
}

/**
 * Sends requests as fetches inside an open page: the browser's own connections, without a navigation. The page is one of the
 * request's initiator, or of its own origin. The response has no `set-cookie`: its cookies are in the record.
 */
export class PageFetchTransport implements Transport {
  readonly via = 'page-fetch'
  readonly #options: PageFetchTransportOptions

  constructor(options: PageFetchTransportOptions) {
    this.#options = options
  }

  /** Resolves when the headers are in, and the record has the response's cookies. The deadline holds for the body as well. */
  async send(request: TimedRequest): Promise<Outcome> {
    if (request.redirect === 'manual' && isSafe(request)) {
      return { kind: 'failed', error: unseenRedirect(request.url) }
    }
    try {
      const sent = await this.#send(request)
      if (sent.kind !== 'response') return sent
      const { response } = sent
      const verdict = response.verdict as Verdict
      if (verdict.kind === 'captcha' || verdict.kind === 'block') {
        return { kind: 'refused', url: response.url, verdict, response, screenshot: null }
      }
      const isChallenge = verdict.kind === 'waiting-room' || verdict.kind === 'js-challenge'
      return isChallenge ? { kind: 'challenged', response, verdict } : sent
    } catch (error) {
      return { kind: 'failed', error }
    }
  }

  /** The page that answered this request is not used any more: the next one opens another. */
  renew(request: RouteRequest): void {
    this.#options.browser.forgetPage(documentOf(request).origin)
  }

  async #send(request: TimedRequest): Promise<Outcome> {
    const startedAt = performance.now()
    const { url, signal, deadline } = request
    const { state, solveTimeoutMs } = this.#options
    const over = new AbortController()
    const timer = setTimeout(
      () => {
        over.abort(outOfTime(request))
      },
      Math.max(0, deadline - startedAt),
    )
    const onAbort = () => over.abort(toAbortError(signal?.reason, url))
    if (signal?.aborted) onAbort()
    signal?.addEventListener('abort', onAbort)
    let release: (() => void) | undefined
    const end = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
      release?.()
    }
    try {
      const reply = await this.#fetch(request, over.signal)
      if (reply.kind === 'failed') {
        end()
        return outcomeOfLoad(reply, url, (failure, at) => loadError(failure, at, solveTimeoutMs))
      }
      release = reply.release
      const { answer } = reply
      const { verdict, chunks } = await this.#judge(request, answer)
      const response = routed(request, answer, verdict, chunks)
      const { body } = response
      body.on('error', ignore)
      body.once('close', () => {
        end()
        over.abort(new OnejarError('ONEJAR_ABORTED', `The body of ${safeUrl(url)} was given up`))
      })
      over.signal.addEventListener('abort', () => body.destroy(over.signal.reason))
      state.sent(response, performance.now() - startedAt, request)
      return { kind: 'response', response }
    } catch (error) {
      end()
      throw error
    }
  }

  /**
   * Tokens of the origin go along, but not over a redirect: with them, the fetch does not follow redirects, and a request that
   * only reads is made again without them.
   */
  async #fetch(request: RouteRequest, signal: AbortSignal): Promise<PageFetchReply> {
    const { browser } = this.#options
    const { url, redirect = 'follow' } = request
    const method = request.method ?? 'GET'
    const body = request.body == null ? null : normalizeBody(request.body)
    const bytes = body && (await body.bytes())
    const type = body?.contentType
    const own = toHeaderList(request.headers)
    const headers = [...own]
    const has = (name: string) => own.some((given, at) => at % 2 === 0 && given.toLowerCase() === name)
    if (type !== undefined && !has('content-type')) headers.push('content-type', type)
    const document = documentOf(request)
    const call = { signal }
    // A page that is opened may bring other tokens than those that were known before.
    const failure = await browser.openPage(document, call)
    if (failure !== null) return failure
    const requester = requesterOf(url, request.context)
    const tokens = (this.#options.bindings.headersFor(url.origin, requester) ?? []).slice()
    for (let at = tokens.length - 2; at >= 0; at -= 2) if (has(tokens[at] as string)) tokens.splice(at, 2)
    const hop = request.beforeHop
    const beforeHop =
      hop && ((to: URL, from: URL) => hop(to, from, { ...request, signal } as HttpRequest<unknown>))
    const plain: PageFetchTask = { document, url, method, headers, body: bytes, redirect, beforeHop }
    if (tokens.length === 0) return followed(request, await browser.fetch(plain, call))
    const careful = redirect === 'follow' ? 'manual' : redirect
    const bound = { ...plain, headers: [...headers, ...tokens], redirect: careful } as const
    const reply = await browser.fetch(bound, call)
    const isOpaque = reply.kind === 'response' && reply.answer.opaqueRedirect
    if (!isOpaque || redirect === 'manual' || !isSafe(request)) return followed(request, reply)
    reply.release()
    return followed(request, await browser.fetch(plain, call))
  }

  async #judge(request: RouteRequest, answer: PageFetchAnswer) {
    const { state, clock } = this.#options
    const { judge: classifier } = state
    const maxResponseBytes = request.maxResponseBytes ?? this.#options.maxResponseBytes
    const { statusCode, headers, url } = answer
    const chunks = limited(answer.chunks, maxResponseBytes, url)
    const method = request.method ?? 'GET'
    const asked = answer.redirected ? { url: request.url, method } : undefined
    const head = { url, method, statusCode, headers, asked }
    const first: Buffer[] = []
    let bytes = 0
    let size = 0
    let complete = false
    if (classifier.needsPeek(head)) {
      let wanted = classifier.peekBytesFor(head)
      while (size < wanted && !complete) {
        const next = await chunks.next()
        if (next.done) complete = true
        else size += next.value.length
        if (!next.done) first.push(next.value)
        if (size < wanted || complete || wanted === classifier.widePeekBytes) continue
        if (classifier.wantsMore(head, Buffer.concat(first).subarray(0, wanted)))
          wanted = classifier.widePeekBytes
      }
      bytes = wanted
    }
    const peek = Buffer.concat(first).subarray(0, bytes)
    const whole = complete && size <= bytes
    const verdict = classifier.judge(head, peek, whole, clock.now())
    return { verdict, chunks: prepended(first, chunks) }
  }
}

/** The reply, unless it is a redirect that a page does not see. */
function followed({ url }: RouteRequest, reply: PageFetchReply): PageFetchReply {
  if (reply.kind === 'failed' || !reply.answer.opaqueRedirect) return reply
  reply.release()
  throw unseenRedirect(url)
}

function unseenRedirect(url: URL): OnejarError {
  return new OnejarError('ONEJAR_BAD_REDIRECT', `${safeUrl(url)} redirects, and a page does not see where to`)
}

function routed(
  request: RouteRequest,
  answer: PageFetchAnswer,
  verdict: Verdict,
  chunks: AsyncIterable<Uint8Array>,
): RoutedResponse {
  const { statusCode, statusText, url, redirected } = answer
  const { 'content-encoding': encoding, 'content-length': length, ...headers } = answer.headers
  const kept =
    encoding === undefined && length !== undefined ? { ...headers, 'content-length': length } : headers
  return {
    via: 'page-fetch',
    statusCode,
    statusText,
    headers: kept,
    wireHeaders: answer.headers,
    trailers: {},
    body: streamedBody(chunks, kept),
    url,
    method: request.method ?? 'GET',
    redirected,
    hops: redirected ? 1 : 0,
    verdict,
    httpVersion: '1.1',
    solved: false,
    preferences: NO_PREFERENCES,
  }
}

/** The document to fetch from: one of the page that the caller names as the initiator, or the URL itself. */
function documentOf({ url, context, ...request }: RouteRequest): URL {
  const initiator = foreignInitiator({ url, context })
  if (initiator !== null) return initiator
  return isSafe({ url, ...request }) ? url : new URL(url.origin)
}

async function* prepended(first: readonly Buffer[], rest: AsyncGenerator<Buffer, void, void>) {
  try {
    yield* first
    yield* rest
  } finally {
    await rest.return()
  }
}

/** The page of another origin that makes the request; null where there is none that can be opened. */
function foreignInitiator({ url, context }: Pick<RouteRequest, 'url' | 'context'>): URL | null {
  const text = context?.initiator ?? context?.topLevelUrl
  const initiator = text == null || !URL.canParse(text) ? null : new URL(text)
  if (initiator === null || !/^https?:$/.test(initiator.protocol)) return null
  return initiator.origin === url.origin ? null : initiator
}
