import type { CdpLink } from './devtools/cdp-link.ts'
import { within } from './devtools/within.ts'

export interface GateKeeper {
  /** Whether this frame shows blank documents that are answered here. */
  ownsBlank(frameId: string): boolean
  /** Resolves when the document may be fetched. */
  enterDocument(frameId: string, origin: string): Promise<void>
  /** The headers of a document's request as they are to be; undefined to leave them. */
  headersOf(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> | undefined
  /** Headers that the session adds to a request for this URL, as a flat list; undefined where it adds none. */
  headersAt(url: URL): readonly string[] | undefined
}

/**
 * A gate that cannot be passed would hang the page: after this time it opens by itself, and the document may lack what the
 * record holds. On a machine that has ten times as much to do as it can, what it waits for was seen to take more than five seconds.
 */
const WAIT_MS = 15_000

const BLANK = '<!doctype html><title></title>'

/**
 * Stops every request for a document, in every page, popup and frame of the browser (or, on the link of one target, of that
 * target), until the keeper of its context has
 * brought the context up to date. Documents of the keeper's own blank page are answered here, and the site is not asked.
 *
 * @param origins - where any request is stopped, whatever it is for, so that the session's own headers are added. Chromium leaves
 * them out again when it follows a redirect, and asks here anew.
 */
export async function openDocumentGate(
  link: CdpLink,
  keeperOf: (frameId: string) => Promise<GateKeeper | undefined>,
  origins: Iterable<string> = [],
): Promise<void> {
  link.on('Fetch.requestPaused', (event) => {
    const { requestId, request, frameId, resourceType } = event as unknown as PausedRequest
    const passing =
      resourceType === 'Document' ? pass(requestId, request, frameId) : add(requestId, request, frameId)
    passing.catch(() => {})
  })
  const documents = { resourceType: 'Document', requestStage: 'Request' }
  const further = [...origins].map((origin) => ({ urlPattern: `${origin}/*`, requestStage: 'Request' }))
  await link.send('Fetch.enable', { patterns: [documents, ...further] })

  async function pass(requestId: string, request: PausedRequest['request'], frameId: string): Promise<void> {
    const { url } = request
    let headers: Readonly<Record<string, string>> | undefined
    try {
      const keeper = await keeperOf(frameId)
      if (keeper?.ownsBlank(frameId)) {
        await link.send('Fetch.fulfillRequest', {
          requestId,
          responseCode: 200,
          responseHeaders: [
            { name: 'content-type', value: 'text/html' },
            { name: 'cache-control', value: 'no-store' },
          ],
          body: Buffer.from(BLANK).toString('base64'),
        })
        return
      }
      headers = keeper?.headersOf(request.headers)
      if (keeper && /^https?:/.test(url)) {
        await within(WAIT_MS, keeper.enterDocument(frameId, new URL(url).origin))
        headers = withOwn(keeper, request, headers)
      }
    } catch {
      // The page goes on without: what could not be given to it now is given with the next document.
    }
    await goOn(requestId, headers)
  }

  async function add(requestId: string, request: PausedRequest['request'], frameId = ''): Promise<void> {
    const keeper = await keeperOf(frameId).catch(() => undefined)
    await goOn(requestId, keeper && withOwn(keeper, request, undefined))
  }

  async function goOn(requestId: string, headers: PausedRequest['request']['headers'] | undefined) {
    await link.send('Fetch.continueRequest', {
      requestId,
      ...(headers && { headers: Object.entries(headers).map(([name, value]) => ({ name, value })) }),
    })
  }
}

/** A request's headers with those that the session adds; as they are, undefined perhaps, where it adds none. */
function withOwn(
  keeper: GateKeeper,
  { url, headers: sent }: PausedRequest['request'],
  headers: PausedRequest['request']['headers'] | undefined,
): PausedRequest['request']['headers'] | undefined {
  const own = keeper.headersAt(new URL(url))
  if (own === undefined) return headers
  const names = new Set(own.filter((_, at) => at % 2 === 0).map((name) => name.toLowerCase()))
  const kept = Object.entries(headers ?? sent).filter(([name]) => !names.has(name.toLowerCase()))
  const added = own.flatMap((name, at) => (at % 2 === 0 ? [[name, own[at + 1] as string] as const] : []))
  return Object.fromEntries([...kept, ...added])
}

interface PausedRequest {
  readonly requestId: string
  readonly resourceType: string
  readonly request: { readonly url: string; readonly headers: Readonly<Record<string, string>> }
  readonly frameId: string
}
