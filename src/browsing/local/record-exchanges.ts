import { isUtf8 } from 'node:buffer'
import type { Page, Request } from 'playwright'
import { type CdpLink, isOrdinaryHeader, SessionLink } from '../../browser/index.ts'
import { ignore } from '../../core/index.ts'
import {
  type ExchangeKind,
  type ExchangeRequester,
  type RecordedExchange,
  type Recording,
  type RecordingBounds,
  readableHeaders,
} from '../../discovery/index.ts'
import { siteOfText } from '../../record/index.ts'
import { NestedTargets } from './nested-targets.ts'

/** How long the bodies that were asked for may take at the end. */
const TAKE_MS = 2_000
const MAX_REQUEST_CHARS = 64 * 1024
/** Of the headers that browsers may add, those by which a server knows what is asked for. */
const KINDS: Readonly<Record<string, string>> = { fetch: 'Fetch', xhr: 'XHR' }
const KEPT = new Set(['accept', 'content-type', 'x-requested-with'])

type Draft = { -readonly [K in keyof RecordedExchange]: RecordedExchange[K] } & {
  bytes: number
  /** The schemeful site of the document or worker whose script asked. */
  readonly site: string | null
}

/**
 * Keeps what a page asks for and gets: its document, and what the scripts of it, of its frames and of their workers fetch, as far as
 * they are of its site. Bounded in number and in bytes. Pictures, scripts and styles are left out.
 */
export class ExchangeRecorder {
  readonly #bounds: RecordingBounds
  readonly #drafts: Draft[] = []
  readonly #reading = new Set<Promise<void>>()
  /** Requests that Playwright reported, too: by method and URL, how many. */
  readonly #reported = new Map<string, number>()
  #mainFrame = ''
  #bytes = 0
  #left = 0
  #leave = () => {}

  private constructor(bounds: RecordingBounds) {
    this.#bounds = bounds
  }

  /** Records from now on. The session ends with its page. */
  static async of(page: Page, bounds: RecordingBounds): Promise<ExchangeRecorder> {
    const link = new SessionLink(await page.context().newCDPSession(page))
    const recorder = new ExchangeRecorder(bounds)
    const nested = new NestedTargets(async ({ link: inner, kind, url }) => {
      await recorder.#listen(inner, kind, url)
    })
    const [{ frameTree }, leave] = await Promise.all([
      link.send<{ frameTree: { frame: { id: string } } }>('Page.getFrameTree'),
      nested.followShared(page),
      recorder.#listen(link, 'page'),
      // A browser that cannot show its workers to us is one without.
      nested.follow(link).catch(ignore),
    ])
    recorder.#mainFrame = frameTree.frame.id
    const context = page.context()
    const finished = (request: Request) => recorder.#finished(request, page)
    context.on('requestfinished', finished)
    recorder.#leave = () => {
      context.off('requestfinished', finished)
      leave()
    }
    page.once('close', () => recorder.#leave())
    return recorder
  }

  /** What was kept until now; answers that are still on their way have no body. Shared workers are followed no longer. */
  async taken(): Promise<Recording> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, TAKE_MS)
    })
    await Promise.race([Promise.all(this.#reading), late])
    clearTimeout(timer)
    this.#leave()
    // A challenge's documents came before the page's.
    const last = this.#drafts.findLastIndex(({ kind }) => kind === 'document')
    const site = this.#drafts[last]?.site
    const exchanges = this.#drafts
      .filter((one, at) =>
        one.kind === 'document' ? at === last : one.requester === 'page' || one.site === site,
      )
      .map(({ bytes: _, site: __, ...exchange }) => exchange)
    return { exchanges, left: this.#left }
  }

  /** @param workerUrl - where the target is a worker: it has no document */
  async #listen(link: CdpLink, of: ExchangeRequester, workerUrl?: string): Promise<void> {
    const { maxBodyBytes, maxBytes } = this.#bounds
    const drafts = new Map<string, Draft>()
    const begin = (requestId: string, kind: ExchangeKind, request: Asked, more: Partial<Draft>) => {
      const draft = this.#begin(kind, request, more, drafts.get(requestId))
      if (draft) drafts.set(requestId, draft)
    }
    const on = <Event>(name: string, handler: (event: Event) => void) =>
      link.on(name, (event) => handler(event as Event))
    on<RequestEvent>('Network.requestWillBeSent', (event) => {
      const { request, requestId, redirectResponse, frameId, documentURL } = event
      const kind = kindOf(event.type)
      if (kind === undefined) return
      const isMain = of === 'page' && frameId === this.#mainFrame
      const requester = isMain ? 'page' : of === 'page' ? 'frame' : of
      // What a frame shows is data to its page.
      const shown = kind === 'document' && !isMain ? 'data' : kind
      const site = siteOf(of === 'worker' ? workerUrl : kind === 'document' ? request.url : documentURL)
      begin(requestId, shown, request, { requester, site, redirected: redirectResponse !== undefined })
    })
    const socket = ({ requestId = '', transportId = requestId, url }: SocketEvent) =>
      begin(
        transportId,
        'socket',
        { method: 'GET', url, headers: {} },
        { requester: of, site: siteOf(workerUrl) },
      )
    on('Network.webSocketCreated', socket)
    on('Network.webTransportCreated', socket)
    on<ResponseEvent>('Network.responseReceived', ({ requestId, response }) => {
      const draft = drafts.get(requestId)
      if (!draft) return
      draft.status = response.status
      draft.mediaType = response.mimeType.toLowerCase()
      draft.link = headerOf(response.headers, 'link').slice(0, 2_000)
      draft.answerHeaders = readableHeaders(response.headers)
      draft.byServiceWorker = response.fromServiceWorker === true
      if (draft.mediaType === 'text/event-stream') draft.kind = 'events'
    })
    on<{ requestId: string; dataLength: number }>('Network.dataReceived', ({ requestId, dataLength }) => {
      const draft = drafts.get(requestId)
      if (draft) draft.bytes += dataLength
    })
    on<{ requestId: string }>('Network.loadingFinished', ({ requestId }) => {
      const draft = drafts.get(requestId)
      if (!draft || draft.kind === 'socket') return
      const ask = () => link.send<Body>('Network.getResponseBody', { requestId })
      const reading = this.#keep(draft, ask).finally(() => this.#reading.delete(reading))
      this.#reading.add(reading)
    })
    await link.send('Network.enable', {
      maxTotalBufferSize: maxBytes,
      maxResourceBufferSize: maxBodyBytes,
      maxPostDataSize: MAX_REQUEST_CHARS,
    })
  }

  /**
   * A worker can have asked before its target is listened to: Playwright holds it until it listens itself, and reports what was missed. All
   * else that it reports is known already.
   */
  #finished(request: Request, page: Page): void {
    if (kindOf(KINDS[request.resourceType()]) === undefined || request.redirectedTo() !== null) return
    const from = speakerOf(request, page)
    if (from === undefined) return
    const [method, url] = [request.method(), request.url().split('#', 1)[0] as string]
    const times = (this.#reported.get(`${method} ${url}`) ?? 0) + 1
    this.#reported.set(`${method} ${url}`, times)
    if (this.#drafts.filter((one) => one.method === method && one.url === url).length >= times) return
    const asked = { method, url, headers: request.headers(), postData: request.postData() ?? undefined }
    const redirected = request.redirectedFrom() !== null
    const draft = this.#begin(
      'data',
      asked,
      { requester: 'worker', site: siteOf(from), redirected },
      undefined,
    )
    if (!draft) return
    const reading = this.#readReported(request, draft)
      .catch(ignore)
      .finally(() => this.#reading.delete(reading))
    this.#reading.add(reading)
  }

  async #readReported(request: Request, draft: Draft): Promise<void> {
    const response = await request.response()
    if (response === null) return
    draft.status = response.status()
    const headers = response.headers()
    draft.mediaType = (headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''
    draft.link = (headers['link'] ?? '').slice(0, 2_000)
    draft.answerHeaders = readableHeaders(headers)
    draft.byServiceWorker = response.fromServiceWorker()
    draft.bytes = (await request.sizes()).responseBodySize
    await this.#keep(draft, async () => {
      const body = await response.body()
      return isUtf8(body)
        ? { body: body.toString(), base64Encoded: false }
        : { body: '', base64Encoded: true }
    })
  }

  /** @param before - the same request, which is sent elsewhere now */
  #begin(
    kind: ExchangeKind,
    { method, url, headers, postData }: Asked,
    more: Partial<Draft>,
    before: Draft | undefined,
  ): Draft | undefined {
    if (!/^(?:https?|wss?):/.test(url)) return undefined
    if (this.#drafts.length >= this.#bounds.maxExchanges && before === undefined) {
      this.#left++
      return undefined
    }
    const draft: Draft = {
      method,
      url: url.split('#', 1)[0] as string,
      kind,
      requester: 'page',
      byServiceWorker: false,
      requestHeaders: headersOf(headers),
      requestBody: postData ?? null,
      status: 0,
      redirected: false,
      mediaType: '',
      link: '',
      answerHeaders: [],
      body: null,
      left: 'nothing',
      bytes: 0,
      site: null,
      ...more,
    }
    if (before === undefined) this.#drafts.push(draft)
    else this.#drafts[this.#drafts.indexOf(before)] = draft
    return draft
  }

  /** Keeps an answer's body, as far as there is room. */
  async #keep(draft: Draft, read: () => Promise<Body | undefined>): Promise<void> {
    const { maxBodyBytes, maxBytes } = this.#bounds
    if (draft.bytes > maxBodyBytes || this.#bytes + draft.bytes > maxBytes) {
      draft.left = 'too-large'
      return
    }
    this.#bytes += draft.bytes
    draft.left = 'unread'
    const answer = await read().catch(ignore)
    if (!answer) return
    draft.body = answer.base64Encoded ? null : answer.body
    draft.left = answer.base64Encoded ? 'no-text' : 'nothing'
  }
}

interface Body {
  readonly body: string
  readonly base64Encoded: boolean
}

interface Asked {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly postData?: string | undefined
}

interface RequestEvent {
  readonly requestId: string
  readonly request: Asked
  readonly documentURL: string
  readonly type?: string
  readonly frameId?: string
  readonly redirectResponse?: unknown
}

interface ResponseEvent {
  readonly requestId: string
  readonly response: {
    readonly status: number
    readonly mimeType: string
    readonly headers: Readonly<Record<string, string>>
    readonly fromServiceWorker?: boolean
  }
}

interface SocketEvent {
  readonly requestId?: string
  readonly transportId?: string
  readonly url: string
}

/** The site of a document or worker; null where it has none. One that was made of a blob is of the origin that made it. */
function siteOf(url: string | undefined): string | null {
  const origin = URL.parse(url ?? '')?.origin
  return origin === undefined || origin === 'null' ? null : (siteOfText(origin) ?? null)
}

/** The address of the service worker that asked, or of the document in this page whose script or worker did; undefined for others. */
function speakerOf(request: Request, page: Page): string | undefined {
  const worker = request.serviceWorker()
  if (worker !== null) return worker.url()
  try {
    const frame = request.frame()
    return frame.page() === page ? frame.url() : undefined
  } catch {
    return undefined
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
