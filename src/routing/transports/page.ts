import type { BrowserPort } from '../../browsing/index.ts'
import { RECORDING_BOUNDS } from '../../discovery/index.ts'
import { waitWithin } from '../../http/index.ts'
import type { OriginState } from '../origin-state.ts'
import { type Outcome, outcomeOfLoad } from '../outcome.ts'
import { loadError } from '../solving/challenge-error.ts'
import type { TimedRequest } from '../timed-request.ts'
import type { Transport } from '../transport.ts'
import { documentResponse } from './document-response.ts'

export interface PageTransportOptions {
  readonly browser: Pick<BrowserPort, 'load'>
  readonly state: Pick<OriginState, 'waitingRoom' | 'sent' | 'judge'>
  readonly solveTimeoutMs: number
  /** Whether a page that blocks the session is pictured. */
  readonly screenshot: boolean
  /** What a body may have at most; 0 where there is no limit. */
  readonly maxResponseBytes: number
}

/**
 * Sends requests as navigations of the browser. They have the browser's own headers: those of the caller, which may hold
 * credentials, stay out of the page.
 */
export class PageTransport implements Transport {
  readonly via = 'page'
  readonly #options: PageTransportOptions

  constructor(options: PageTransportOptions) {
    this.#options = options
  }

  async send(request: TimedRequest): Promise<Outcome> {
    const { browser, state, solveTimeoutMs, screenshot, maxResponseBytes } = this.#options
    const { url, deadline, timeoutMs, render = false, expect } = request
    const startedAt = performance.now()
    const over = new AbortController()
    const maxBytes = request.maxResponseBytes ?? maxResponseBytes
    const deadlineMs = deadline - startedAt
    const record = request.record ? RECORDING_BOUNDS : undefined
    const task = { url, solveTimeoutMs, deadlineMs, timeoutMs, render, expect, maxBytes, screenshot, record }
    const onWaitingRoom = state.waitingRoom.bind(state)
    try {
      const loading = browser.load(task, { signal: over.signal, onWaitingRoom })
      const reply = await waitWithin(loading, request, deadline)
      if (reply.kind === 'failed') {
        // The load has no longer than the caller; where nothing came in that time, it is the time that is over.
        if (reply.why === 'time' && reply.verdict === null && deadlineMs <= solveTimeoutMs)
          await waitWithin(new Promise<never>(() => {}), request, deadline)
        return outcomeOfLoad(reply, url, (failure) => loadError(failure, url, solveTimeoutMs))
      }
      if (reply.mistaken) state.judge.mistaken(url, reply.mistaken)
      const { recording } = reply
      const document = documentResponse(request, reply.document, maxResponseBytes)
      const response = recording === undefined ? document : { ...document, recording }
      state.sent(response, performance.now() - startedAt, request)
      return { kind: 'response', response }
    } catch (error) {
      // After the deadline, and when the request is aborted, the page is closed.
      over.abort(error)
      return { kind: 'failed', error }
    }
  }
}
