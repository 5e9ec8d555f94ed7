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

/**
 * Watches the requests of one DevTools target for headers that the page's own script added. The renderer reports what was
 * asked for, the network what was sent: only a header that both have counts, so one that a refused preflight kept back
 * does not. Redirects are left out: what follows them there is the browser's decision, not the page's. So are frames of
 * another site than the page's, and documents whose origin is not that of their URL: sandboxed and blank ones.
 */
export async function observeRequests(
  link: CdpLink,
  sender: FrameSender,
  wants: (header: SentHeader) => boolean,
  onSent: (header: SentHeader) => void,
): Promise<void> {
  const asked = new Map<string, SentHeader[]>()
  const wire = new Map<string, ReadonlyMap<string, string>>()
  const both = (headers: readonly SentHeader[], sent: ReadonlyMap<string, string>) => {
    for (const header of headers) {
      // Browsers leave it out where a script reads from the document's own origin.
      const from = sent.get('origin') ?? header.origin
      if (from === new URL(header.page).origin && sent.get(header.name) === header.value) onSent(header)
    }
  }
  const onAsked = (event: Record<string, unknown>) => {
    const { requestId, request, documentURL, type, redirectResponse, frameId, loaderId } =
      event as unknown as RequestEvent
    const sent = wire.get(requestId)
    wire.delete(requestId)
    if (redirectResponse || (type !== 'XHR' && type !== 'Fetch')) return
    const site = frameId === undefined ? undefined : sender.siteOf(frameId)
    if (site === undefined || siteOfText(documentURL) !== site) return
    const from = { site, elsewhere: sender.speaksElsewhere(site), document: loaderId }
    const headers = pageHeaders(request, documentURL, from).filter(wants)
    if (headers.length === 0) return
    if (sent) both(headers, sent)
    else keep(asked, requestId, headers)
  }
  link.on('Network.requestWillBeSent', (event) => {
    if (sender.known === undefined) onAsked(event)
    else sender.known.then(() => onAsked(event))
  })
  link.on('Network.requestWillBeSentExtraInfo', (event) => {
    const { requestId, headers } = event as unknown as ExtraInfoEvent
    const waiting = asked.get(requestId)
    asked.delete(requestId)
    const sent = new Map<string, string>()
    for (const [name, value] of Object.entries(headers)) {
      const lower = name.toLowerCase()
      if (lower === 'origin' || isTelling(lower, value)) sent.set(lower, value)
    }
    if (waiting) both(waiting, sent)
    else if (sent.size > 0) keep(wire, requestId, sent)
  })
  await link.send('Network.enable', { maxTotalBufferSize: 0, maxResourceBufferSize: 0, maxPostDataSize: 0 })
}

function pageHeaders(
  { url, headers }: RequestEvent['request'],
  documentURL: string,
  from: Pick<SentHeader, 'site' | 'elsewhere' | 'document'>,
): SentHeader[] {
  const found: SentHeader[] = []
  for (const name in headers) {
    const lower = name.toLowerCase()
    const value = headers[name] as string
    if (!isTelling(lower, value)) continue
    if (!/^https?:/.test(url) || !/^https?:/.test(documentURL)) return []
    const page = new URL(documentURL)
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
