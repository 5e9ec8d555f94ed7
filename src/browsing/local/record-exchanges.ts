import type { CDPSession, Page } from 'playwright'
import { isOrdinaryHeader } from '../../browser/index.ts'
import { ignore } from '../../core/index.ts'
import type { ExchangeKind, RecordedExchange, Recording, RecordingBounds } from '../../discovery/index.ts'

/** How long the bodies that were asked for may take at the end. */
const TAKE_MS = 2_000
const MAX_REQUEST_CHARS = 64 * 1024
/** Of the headers that browsers may add, those by which a server knows what is asked for. */
const KEPT = new Set(['accept', 'content-type', 'x-requested-with'])

type Draft = { -readonly [K in keyof RecordedExchange]: RecordedExchange[K] } & { bytes: number }

/**
 * Keeps what the main frame of a page asks for and gets: its document, and what its scripts fetch. Bounded in number and in bytes.
 * Frames of other sites, workers, pictures, scripts and styles are left out.
 */
export class ExchangeRecorder {
  readonly #session: CDPSession
  readonly #bounds: RecordingBounds
  readonly #drafts = new Map<string, Draft>()
  readonly #reading = new Set<Promise<void>>()
  #mainFrame = ''
  #bytes = 0
  #left = 0

  private constructor(session: CDPSession, bounds: RecordingBounds) {
    this.#session = session
    this.#bounds = bounds
  }

  /** Records from now on. The session ends with its page. */
  static async of(page: Page, bounds: RecordingBounds): Promise<ExchangeRecorder> {
    const session = await page.context().newCDPSession(page)
    const recorder = new ExchangeRecorder(session, bounds)
    await recorder.#listen()
    return recorder
  }

  /** What was kept until now; answers that are still on their way have no body. */
  async taken(): Promise<Recording> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, TAKE_MS)
    })
    await Promise.race([Promise.all(this.#reading), late])
    clearTimeout(timer)
    const drafts = [...this.#drafts.values()]
    // A challenge's documents came before the page's.
    const last = drafts.findLastIndex(({ kind }) => kind === 'document')
    const exchanges = drafts
      .filter(({ kind }, at) => kind !== 'document' || at === last)
      .map(({ bytes: _, ...exchange }) => exchange)
    return { exchanges, left: this.#left }
  }

  async #listen(): Promise<void> {
    const session = this.#session
    const { maxBodyBytes, maxBytes } = this.#bounds
    session.on('Network.requestWillBeSent', (event) => {
      const kind = kindOf(event.type)
      if (kind === undefined || event.frameId !== this.#mainFrame) return
      const { request, requestId, redirectResponse } = event
      this.#begin(requestId, kind, request, redirectResponse !== undefined)
    })
    session.on('Network.webSocketCreated', ({ requestId, url }) => {
      this.#begin(requestId, 'socket', { method: 'GET', url, headers: {} }, false)
    })
    session.on('Network.responseReceived', ({ requestId, response }) => {
      const draft = this.#drafts.get(requestId)
      if (!draft) return
      draft.status = response.status
      draft.mediaType = response.mimeType.toLowerCase()
      draft.link = headerOf(response.headers, 'link').slice(0, 2_000)
    })
    session.on('Network.dataReceived', ({ requestId, dataLength }) => {
      const draft = this.#drafts.get(requestId)
      if (draft) draft.bytes += dataLength
    })
    session.on('Network.loadingFinished', ({ requestId }) => {
      const draft = this.#drafts.get(requestId)
      if (!draft || draft.kind === 'socket') return
      const reading = this.#read(requestId, draft).finally(() => this.#reading.delete(reading))
      this.#reading.add(reading)
    })
    const [tree] = await Promise.all([
      session.send('Page.getFrameTree'),
      session.send('Network.enable', {
        maxTotalBufferSize: maxBytes,
        maxResourceBufferSize: maxBodyBytes,
        maxPostDataSize: MAX_REQUEST_CHARS,
      }),
    ])
    this.#mainFrame = tree.frameTree.frame.id
  }

  #begin(
    requestId: string,
    kind: ExchangeKind,
    request: {
      readonly method: string
      readonly url: string
      readonly headers: Readonly<Record<string, string>>
      readonly postData?: string
    },
    redirected: boolean,
  ): void {
    if (!/^(?:https?|wss?):/.test(request.url)) return
    if (this.#drafts.size >= this.#bounds.maxExchanges && !this.#drafts.has(requestId)) {
      this.#left++
      return
    }
    this.#drafts.set(requestId, {
      method: request.method,
      url: request.url.split('#', 1)[0] as string,
      kind,
      requestHeaders: headersOf(request.headers),
      requestBody: request.postData ?? null,
      status: 0,
      redirected,
      mediaType: '',
      link: '',
      body: null,
      left: 'nothing',
      bytes: 0,
    })
  }

  async #read(requestId: string, draft: Draft): Promise<void> {
    const { maxBodyBytes, maxBytes } = this.#bounds
    if (draft.bytes > maxBodyBytes || this.#bytes + draft.bytes > maxBytes) {
      draft.left = 'too-large'
      return
    }
    this.#bytes += draft.bytes
    draft.left = 'unread'
    const answer = await this.#session.send('Network.getResponseBody', { requestId }).catch(ignore)
    if (!answer) return
    draft.body = answer.base64Encoded ? null : answer.body
    draft.left = answer.base64Encoded ? 'no-text' : 'nothing'
  }
}

function kindOf(type: string | undefined): ExchangeKind | undefined {
  switch (type) {
    case 'Document':
      return 'document'
    case 'XHR':
    case 'Fetch':
      return 'data'
    case 'EventSource':
      return 'events'
    default:
      return undefined
  }
}

function headersOf(headers: Readonly<Record<string, string>>): [string, string][] {
  return Object.entries(headers)
    .map(([name, value]): [string, string] => [name.toLowerCase(), value])
    .filter(([name]) => KEPT.has(name) || !isOrdinaryHeader(name))
}

function headerOf(headers: Readonly<Record<string, string>>, name: string): string {
  return Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1] ?? ''
}
