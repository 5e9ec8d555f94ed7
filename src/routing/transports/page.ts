import type { Page } from 'playwright'
import type { ContextBinding } from '../../browser/index.ts'
import type { FailedLoad, Judge, PageSlots } from '../../browsing/index.ts'
import { FileDocuments, type LoadedDocument, loadPage, meetsInTime } from '../../browsing/index.ts'
import type { Verdict } from '../../challenge/index.ts'
import { type Clock, OnejarError, safeUrl } from '../../core/index.ts'
import { bufferedBody, waitWithin } from '../../http/index.ts'
import type { EventHub } from '../events.ts'
import type { RoutedResponse, RouteRequest } from '../route-request.ts'
import { withinLimit } from './body-limit.ts'

export interface PageTransportOptions {
  readonly classifier: Judge
  readonly events: EventHub
  readonly clock: Clock
  readonly solveTimeoutMs: number
  readonly slots: PageSlots
  /** Told of each document that gives a place in line. */
  readonly onRoom: (url: URL, verdict: Verdict) => void
  /** What was taken for a challenge is what was asked for. */
  readonly mistaken: (url: URL, verdict: Verdict) => void
  readonly failure: (outcome: FailedLoad, url: URL, page: Page) => Promise<OnejarError>
  /** What a body may have at most; 0 where there is no limit. */
  readonly maxResponseBytes: number
  /** Ends every visit. */
  readonly closing: AbortSignal
}

/** How long a page is given to come to rest, and at most half of the time that its caller has. */
const MAX_REST_MS = 10_000
/** How often a page is looked at while something is expected of it, and how long after it has come to rest. */
/** A place in line is given up so long before the caller's time is up. */
const ROOM_MARGIN_MS = 250
const LOOK_EVERY_MS = 100
const REST_MS = 1_000

/**
 * Answers requests with a navigation of the browser. It sends the browser's own headers: those of the caller, which may hold
 * credentials, stay out of the page.
 */
export class PageTransport {
  readonly #options: PageTransportOptions

  constructor(options: PageTransportOptions) {
    this.#options = options
  }

  /**
   * The bytes that the browser got; or, where the request asks to render or expects something that they do not hold, the
   * document as it stands after its scripts ran.
   *
   * @param deadline - on the clock of `performance.now()`; after it, and when the request is aborted, the page is closed
   */
  async answer(request: RouteRequest, deadline: number): Promise<RoutedResponse> {
    const { slots, closing } = this.#options
    const startedAt = performance.now()
    const over = new AbortController()
    const signal = AbortSignal.any([over.signal, closing])
    const maxBytes = request.maxResponseBytes
    const work = slots.run((page, binding) => this.#navigate(page, binding, request, deadline), signal, {
      maxBytes,
    })
    try {
      const answer = await waitWithin(work, request, deadline)
      return this.routed(request, answer, performance.now() - startedAt)
    } catch (error) {
      over.abort(error)
      throw error
    }
  }

  /**
   * What a visit got, as the response to a request.
   *
   * @throws OnejarError ONEJAR_BODY_TOO_LARGE where it is too large
   */
  routed(request: RouteRequest, answer: LoadedDocument, ms: number): RoutedResponse {
    const { events, clock } = this.#options
    const maxResponseBytes = request.maxResponseBytes ?? this.#options.maxResponseBytes
    const { url, statusCode, statusText, headers, verdict } = answer
    const method = request.method ?? 'GET'
    const body = method === 'HEAD' ? Buffer.alloc(0) : withinLimit(answer.body, maxResponseBytes, url)
    if (events.wanted) {
      const shown = safeUrl(url)
      events.emit({
        type: 'request',
        at: clock.now(),
        method,
        url: shown,
        via: 'page',
        status: statusCode,
        ms,
        verdict: verdict.kind,
      })
    }
    return {
      via: 'page',
      statusCode,
      statusText,
      headers,
      wireHeaders: headers,
      trailers: {},
      body: bufferedBody(body, headers),
      url,
      method,
      redirected: url.href !== request.url.href,
      hops: 0,
      verdict,
      httpVersion: '1.1',
    }
  }

  async #navigate(
    page: Page,
    binding: ContextBinding,
    request: RouteRequest,
    deadline: number,
  ): Promise<LoadedDocument> {
    const { classifier, solveTimeoutMs, failure, onRoom } = this.#options
    let until = Math.min(deadline, performance.now() + solveTimeoutMs)
    const { url, expect, render } = request
    const files = await FileDocuments.of(page, request.maxResponseBytes ?? this.#options.maxResponseBytes)
    const outcome = await loadPage(page, {
      url,
      classifier,
      timeoutMs: Math.max(1, until - performance.now()),
      files,
      roomMs: deadline - performance.now() - ROOM_MARGIN_MS,
      onRoom: (at, verdict) => {
        until = deadline
        onRoom(at, verdict)
      },
    })
    if (outcome.kind === 'failed') throw await failure(outcome, url, page)
    if (outcome.kind === 'unproven') {
      const download = safeUrl(outcome.download ?? url)
      throw new OnejarError('ONEJAR_NETWORK', `${download} is a download, and no page shows it`)
    }
    const { answer, mistaken } = outcome
    if (mistaken) this.#options.mistaken(url, mistaken)
    // What is no page has nothing to render.
    const isPage = answer.isFile !== true
    const holds = async (one: LoadedDocument) =>
      expect === undefined || meetsInTime(expect, one, 'page', request, deadline)
    if ((!render || !isPage) && (await holds(answer))) return answer
    if (!isPage) throw notMet(url)
    if (expect !== undefined) return this.#lookFor(page, binding, answer, until, holds, url)
    const now = performance.now()
    const bound = now + Math.min(MAX_REST_MS, Math.max(0, until - now) / 2)
    await binding.rest(page, { until: bound })
    return rendered(page, answer)
  }

  /** Looks until the page holds what is expected, has come to rest without it, or the time is up. */
  async #lookFor(
    page: Page,
    binding: ContextBinding,
    answer: LoadedDocument,
    until: number,
    holds: (answer: LoadedDocument) => Promise<boolean>,
    url: URL,
  ): Promise<LoadedDocument> {
    const over = new AbortController()
    let restsAt = Infinity
    const { signal } = over
    binding.rest(page, { until, polls: true, signal }).then((rests) => {
      restsAt = rests ? performance.now() + REST_MS : until
    }, ignore)
    try {
      for (;;) {
        // A page that goes elsewhere has no document for a moment.
        const now = await rendered(page, answer).catch((error) =>
          page.isClosed() || error instanceof OnejarError ? Promise.reject(error) : null,
        )
        if (now && (await holds(now))) return now
        const at = performance.now()
        if (at >= until) break
        if (at >= restsAt && (await binding.rest(page, { until: at, polls: true }))) break
        await page.waitForTimeout(LOOK_EVERY_MS)
      }
    } finally {
      over.abort()
    }
    throw notMet(url)
  }
}

function notMet(url: URL): OnejarError {
  return new OnejarError(
    'ONEJAR_EXPECTATION_FAILED',
    `Neither HTTP nor the page gave what is expected of ${safeUrl(url)}`,
  )
}

/** @throws OnejarError ONEJAR_NETWORK, or what is known of why the page went to where nothing came from */
async function rendered(page: Page, answer: LoadedDocument): Promise<LoadedDocument> {
  if (page.url().startsWith('chrome-error:')) {
    throw new OnejarError(
      'ONEJAR_NETWORK',
      `${safeUrl(answer.url)} went on to a page that could not be loaded`,
    )
  }
  const body = Buffer.from(await page.content())
  return { ...answer, body, headers: { ...answer.headers, 'content-type': 'text/html; charset=utf-8' } }
}

function ignore(): void {}
