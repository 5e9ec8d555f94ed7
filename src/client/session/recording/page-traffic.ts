import type { Request, Response } from 'playwright'
import type { ContextBinding } from '../../../browser/index.ts'
import { ignore } from '../../../core/index.ts'
import { type ExchangeList, pairsOfPage } from './exchange-list.ts'

/** How long the last answers may take to be read at the end. */
const LAST_MS = 2_000

/** Records what the pages of a session's contexts send and get, those apart that the session opens for itself to read storage. */
export class PageTraffic {
  readonly #list: ExchangeList
  readonly #reading = new Set<Promise<void>>()
  readonly #ends: (() => void)[] = []

  constructor(list: ExchangeList) {
    this.#list = list
  }

  watch(binding: ContextBinding): void {
    const { context } = binding
    const onEnd = (request: Request) => {
      if (!/^https?:/.test(request.url()) || isHidden(request, binding)) return
      const reading = this.#read(request)
        .catch(ignore)
        .finally(() => this.#reading.delete(reading))
      this.#reading.add(reading)
    }
    context.on('requestfinished', onEnd)
    context.on('requestfailed', onEnd)
    this.#ends.push(() => {
      context.off('requestfinished', onEnd)
      context.off('requestfailed', onEnd)
    })
  }

  /** Ends watching, when what was seen has been read. */
  async stop(): Promise<void> {
    for (const end of this.#ends.splice(0)) end()
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, LAST_MS)
    })
    await Promise.race([Promise.all(this.#reading), late])
    clearTimeout(timer)
  }

  async #read(request: Request): Promise<void> {
    const failure = request.failure()
    const response = failure === null ? await request.response() : null
    const [asked, answer] = await Promise.all([
      request.headersArray().catch(() => []),
      response === null ? null : this.#answer(request, response),
    ])
    const { startTime, responseStart, responseEnd } = request.timing()
    const posted = request.postDataBuffer()
    const waitMs = Math.max(0, responseStart)
    this.#list.add({
      startedAt: startTime > 0 ? startTime : Date.now(),
      transport: 'page',
      resourceType: request.resourceType(),
      request: {
        method: request.method(),
        url: request.url(),
        httpVersion: answer?.httpVersion ?? 'HTTP/1.1',
        headers: pairsOfPage(asked),
        body: posted === null ? null : this.#list.bounded(posted),
        bodyBytes: posted?.length ?? 0,
      },
      response: answer,
      waitMs,
      receiveMs: Math.max(0, responseEnd - waitMs),
      error: failure?.errorText ?? null,
      reason: null,
    })
  }

  async #answer(request: Request, response: Response) {
    const [headers, sizes, httpVersion] = await Promise.all([
      response.headersArray().catch(() => []),
      request.sizes().catch(() => null),
      // Playwright has had it for some versions only.
      (response as Partial<Response>).httpVersion?.().catch(() => undefined),
    ])
    const bodyBytes = sizes?.responseBodySize ?? 0
    const wanted = this.#list.maxBodyBytes > 0 && bodyBytes <= this.#list.maxBodyBytes
    const body = wanted ? await response.body().catch(() => null) : null
    return {
      status: response.status(),
      statusText: response.statusText().slice(0, 200),
      httpVersion: httpVersion || 'HTTP/1.1',
      headers: pairsOfPage(headers),
      body: body && this.#list.bounded(body),
      bodyBytes,
    }
  }
}

/** Whether nobody but the session itself opened the page. */
function isHidden(request: Request, binding: ContextBinding): boolean {
  try {
    return !binding.pages().includes(request.frame().page())
  } catch {
    // A service worker's, or of a page that is gone.
    return false
  }
}
