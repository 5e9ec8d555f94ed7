import type { CdpLink } from './devtools/cdp-link.ts'
import { within } from './devtools/within.ts'

export interface GateKeeper {
  /** Whether this frame shows blank documents that are answered here. */
  ownsBlank(frameId: string): boolean
  /** Resolves when the document may be fetched. */
  enterDocument(frameId: string, origin: string): Promise<void>
  /** The headers of a document's request as they are to be; undefined to leave them. */
  headersOf(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> | undefined
}

/** A gate that cannot be passed would hang the page: after this time it opens by itself. */
const WAIT_MS = 5000

const BLANK = '<!doctype html><title></title>'

/**
 * Stops every request for a document, in every page, popup and frame of the browser (or, on the link of one target, of that
 * target), until the keeper of its context has
 * brought the context up to date. Documents of the keeper's own blank page are answered here, and the site is not asked.
 */
export async function openDocumentGate(
  link: CdpLink,
  keeperOf: (frameId: string) => Promise<GateKeeper | undefined>,
): Promise<void> {
  link.on('Fetch.requestPaused', (event) => {
    const { requestId, request, frameId } = event as unknown as PausedRequest
    pass(requestId, request, frameId).catch(() => {})
  })
  await link.send('Fetch.enable', { patterns: [{ resourceType: 'Document', requestStage: 'Request' }] })

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
      if (keeper && /^https?:/.test(url))
        await within(WAIT_MS, keeper.enterDocument(frameId, new URL(url).origin))
    } catch {
      // The page goes on without: what could not be given to it now is given with the next document.
    }
    await link.send('Fetch.continueRequest', {
      requestId,
      ...(headers && { headers: Object.entries(headers).map(([name, value]) => ({ name, value })) }),
    })
  }
}

interface PausedRequest {
  readonly requestId: string
  readonly request: { readonly url: string; readonly headers: Readonly<Record<string, string>> }
  readonly frameId: string
}
