import { siteOfText } from '../../record/index.ts'
import type { CdpLink } from '../devtools/cdp-link.ts'

/** A header that a script of a page gave a request, once the request was sent with it. */
export interface SentHeader {
  /** The document whose script asked: URL without query and fragment. */
  readonly page: string
  /** The schemeful site of that document, of the page it is in, and of every frame between. */
  readonly site: string
  /** Whether the page was opened by the user, and not by a site or for a request. */
  readonly elsewhere: boolean
  /** The origin that the request went to. */
  readonly origin: string
  /** Lower case. */
  readonly name: string
  readonly value: string
  /** Which load of the page it was; absent where that is not known. */
  readonly document?: string | undefined
}

/** What a live document holds of tokens beside localStorage and cookies. */
export interface DocumentTokens {
  readonly origin: string
  /** The tab that the document is in: those of one origin in it have their sessionStorage in common. */
  readonly tab: string
  readonly session: ReadonlyArray<readonly [key: string, value: string]>
  /** `<meta name content>` whose name speaks of a token. */
  readonly meta: ReadonlyArray<readonly [name: string, content: string]>
}

/** Who wants to know what pages send. */
export interface RequestWatcher {
  /** Whether a header is worth waiting for until its request is sent. Called for each request of a script: cheap. */
  wants(header: SentHeader): boolean
  /** The user looks at a page of this address. */
  shows?(address: string): void
  /** Whether the documents are to be read even when nothing was sent. */
  readonly needsDocuments: boolean
  /** After the record has got what the pages wrote: what was sent since the last call, and what the documents hold. */
  take(sent: readonly SentHeader[], documents: readonly DocumentTokens[]): void
}

/** What browsers send by themselves, or what no token travels in. */
const ORDINARY =
  /^(?:accept|accept-.*|access-control-.*|cache-control|connection|content-.*|cookie|dnt|expect|host|if-.*|origin|pragma|priority|purpose|range|referer|sec-.*|te|traceparent|tracestate|transfer-encoding|upgrade|upgrade-insecure-requests|user-agent|via|x-client-data|x-requested-with)$/

const SHORTEST_CHARS = 8
const LONGEST_CHARS = 8192
/** Requests whose other half has not been reported. */
const MAX_WAITING = 256

/** What is known of the frame that a request came from. */
export interface FrameSender {
  /** Resolves when the frames are known; undefined when they are. */
  readonly known: Promise<void> | undefined
  /** Undefined where a frame above it, or the page, is of another site, or is not known. */
  siteOf(frameId: string): string | undefined
  /** Whether a page that shows this site may speak for others, too. */
  speaksElsewhere(site: string): boolean
}

/** Who speaks where a worker does. */
export interface WorkerSpeaker {
  /** The page that made it, or that it serves: URL without query and fragment. */
  readonly page: string
  readonly site: string
}

/**
 * Watches the requests of one DevTools target, and of the workers in it, for headers that the page's own script added. The renderer reports what was
 * asked for, the network what was sent: only a header that both have counts, so one that a refused preflight kept back
 * does not. Redirects are left out: what follows them there is the browser's decision, not the page's. So are frames of
 * another site than the page's, and documents whose origin is not that of their URL: sandboxed and blank ones.
 */
export class RequestObserver {
  readonly #link: CdpLink
  readonly #sender: FrameSender
  readonly #wants: (header: SentHeader) => boolean
  readonly #onSent: (header: SentHeader) => void
  readonly #asked = new Map<string, SentHeader[]>()
  /** A worker asks in a target of its own, and what the network sends for it is reported here. */
  readonly #wire = new Map<string, ReadonlyMap<string, string>>()

  constructor(
    link: CdpLink,
    sender: FrameSender,
    wants: (header: SentHeader) => boolean,
    onSent: (header: SentHeader) => void,
  ) {
    this.#link = link
    this.#sender = sender
    this.#wants = wants
    this.#onSent = onSent
  }

  /** Begins. */
  async observe(): Promise<void> {
    await this.#listen(this.#link, (event) => {
      const { documentURL, frameId, loaderId } = event
      const site = frameId === undefined ? undefined : this.#sender.siteOf(frameId)
      if (site === undefined || siteOfText(documentURL) !== site) return undefined
      return { page: documentURL, site, elsewhere: this.#sender.speaksElsewhere(site), document: loaderId }
    })
  }

  /**
   * Observes a worker, too.
   *
   * @param speaker - who speaks where it does, asked for each request
   * @param isPages - whether a page of its own has made it: then it may speak where that may
   */
  async observeWorker(
    link: CdpLink,
    speaker: () => WorkerSpeaker | undefined,
    isPages: boolean,
  ): Promise<void> {
    await this.#listen(link, () => {
      const from = speaker()
      return from && { ...from, elsewhere: isPages && this.#sender.speaksElsewhere(from.site), document: '' }
    })
  }

  async #listen(link: CdpLink, from: (event: RequestEvent) => From | undefined): Promise<void> {
    link.on('Network.requestWillBeSent', (event) => {
      const { known } = this.#sender
      if (known === undefined) this.#noteAsked(event as unknown as RequestEvent, from)
      else known.then(() => this.#noteAsked(event as unknown as RequestEvent, from))
    })
    link.on('Network.requestWillBeSentExtraInfo', (event) =>
      this.#noteSent(event as unknown as ExtraInfoEvent),
    )
    await link.send('Network.enable', { maxTotalBufferSize: 0, maxResourceBufferSize: 0, maxPostDataSize: 0 })
  }

  #noteAsked(event: RequestEvent, of: (event: RequestEvent) => From | undefined): void {
    const { requestId, request, type, redirectResponse } = event
    const sent = this.#wire.get(requestId)
    this.#wire.delete(requestId)
    if (redirectResponse || (type !== 'XHR' && type !== 'Fetch')) return
    const from = of(event)
    const headers = from === undefined ? [] : pageHeaders(request, from).filter(this.#wants)
    if (headers.length === 0) return
    if (sent) this.#both(headers, sent)
    else keep(this.#asked, requestId, headers)
  }

  #noteSent({ requestId, headers }: ExtraInfoEvent): void {
    const waiting = this.#asked.get(requestId)
    this.#asked.delete(requestId)
    const sent = new Map<string, string>()
    for (const [name, value] of Object.entries(headers)) {
      const lower = name.toLowerCase()
      if (lower === 'origin' || isTelling(lower, value)) sent.set(lower, value)
    }
    if (waiting) this.#both(waiting, sent)
    else if (sent.size > 0) keep(this.#wire, requestId, sent)
  }

  #both(headers: readonly SentHeader[], sent: ReadonlyMap<string, string>): void {
    for (const header of headers) {
      // Browsers leave it out where a script reads from the document's own origin.
      const from = sent.get('origin') ?? header.origin
      if (from === new URL(header.page).origin && sent.get(header.name) === header.value) this.#onSent(header)
    }
  }
}

type From = Pick<SentHeader, 'page' | 'site' | 'elsewhere' | 'document'>

function pageHeaders({ url, headers }: RequestEvent['request'], from: From): SentHeader[] {
  const found: SentHeader[] = []
  for (const name in headers) {
    const lower = name.toLowerCase()
    const value = headers[name] as string
    if (!isTelling(lower, value)) continue
    if (!/^https?:/.test(url) || !/^https?:/.test(from.page)) return []
    const page = new URL(from.page)
    found.push({
      ...from,
      page: page.origin + page.pathname,
      origin: new URL(url).origin,
      name: lower,
      value,
    })
  }
  return found
}

/** Whether browsers send a header of this name by themselves, or no token travels in it. */
export function isOrdinaryHeader(name: string): boolean {
  return ORDINARY.test(name)
}

function isTelling(name: string, value: string): boolean {
  return value.length >= SHORTEST_CHARS && value.length <= LONGEST_CHARS && !isOrdinaryHeader(name)
}

function keep<V>(map: Map<string, V>, key: string, value: V): void {
  map.set(key, value)
  if (map.size <= MAX_WAITING) return
  const [oldest] = map.keys()
  map.delete(oldest as string)
}

interface RequestEvent {
  readonly requestId: string
  readonly request: { readonly url: string; readonly headers: Readonly<Record<string, string>> }
  readonly documentURL: string
  readonly type?: string
  readonly redirectResponse?: unknown
  readonly frameId?: string
  readonly loaderId?: string
}

interface ExtraInfoEvent {
  readonly requestId: string
  readonly headers: Readonly<Record<string, string>>
}
