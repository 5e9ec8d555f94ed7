import { Buffer } from 'node:buffer'
import type { CDPSession, Page } from 'playwright'
import { OnejarError, safeUrl } from '../../core/index.ts'
import { type ResponseHeaders, tooLarge } from '../../http/index.ts'

/** A document of the main frame that is no page: Chromium would show it in a viewer, or download it. */
export interface FileDocument {
  readonly url: URL
  readonly statusCode: number
  readonly statusText: string
  readonly headers: ResponseHeaders
  /** Decoded. */
  readonly body: Buffer
  /** Whether it is to be kept, not shown: the page stays what it was. */
  readonly attached: boolean
}

/** Called for each; the error is the reason why it could not be read. */
export type FileListener = (file: FileDocument | OnejarError, url: URL) => void

const PAGE = /^\s*(?:text\/html|application\/xhtml\+xml|multipart\/x-mixed-replace)\b/i
const ATTACHED = /^\s*attachment\b/i
/** As Chromium recognises HTML without a type: by its first tag. */
const LOOKS_LIKE_PAGE =
  /^[\s\uFEFF]*<(?:!doctype html|!--|html|head|script|iframe|h1|div|font|table|a|style|title|b|body|br|p)[\s>]/i
const SNIFFED_BYTES = 1_024
const BODILESS = new Set([204, 205, 304])

/**
 * Takes the main frame's documents that are no pages off the network, as they come: what a viewer makes of them is not their
 * bytes, and a download has no document at all. The page stays where it was.
 */
export class FileDocuments {
  readonly #session: CDPSession
  readonly #maxBytes: number
  #mainFrame = ''
  #listener: FileListener | undefined

  private constructor(session: CDPSession, maxBytes: number) {
    this.#session = session
    this.#maxBytes = maxBytes
  }

  /** @param maxBytes - of one document, decoded; 0 for no limit */
  static async of(page: Page, maxBytes: number): Promise<FileDocuments> {
    const session = await page.context().newCDPSession(page)
    const files = new FileDocuments(session, maxBytes)
    session.on('Fetch.requestPaused', (event) => {
      files.#paused(event).catch(() => files.#send('Fetch.continueRequest', { requestId: event.requestId }))
    })
    const [tree] = await Promise.all([
      session.send('Page.getFrameTree'),
      session.send('Fetch.enable', { patterns: [{ resourceType: 'Document', requestStage: 'Response' }] }),
    ])
    files.#mainFrame = tree.frameTree.frame.id
    return files
  }

  /** From now on this listener is notified. */
  listen(listener: FileListener): void {
    this.#listener = listener
  }

  async #paused(event: PausedResponse): Promise<void> {
    const { requestId, request, frameId, responseStatusCode: status } = event
    const headers = headersOf(event.responseHeaders ?? [])
    const type = headers['content-type']
    const isRedirect = status !== undefined && status >= 300 && status < 400
    const attached = ATTACHED.test(String(headers['content-disposition'] ?? ''))
    const isPage = typeof type === 'string' && PAGE.test(type) && !attached
    const none = status === undefined || isRedirect || BODILESS.has(status)
    if (none || isPage || frameId !== this.#mainFrame || !this.#listener) {
      return this.#send('Fetch.continueRequest', { requestId })
    }
    const url = new URL(request.url)
    const body = await this.#body(requestId, url)
      .then((bytes) => (isCut(bytes, headers) ? bodyBrokeOff(url) : bytes))
      .catch((error: unknown) => (error instanceof OnejarError ? error : bodyBrokeOff(url)))
    if (body instanceof OnejarError) this.#listener(body, url)
    else if (type === undefined && !attached && isLikePage(body)) {
      return this.#send('Fetch.fulfillRequest', {
        requestId,
        responseCode: status,
        responseHeaders: [...(event.responseHeaders ?? []), { name: 'content-type', value: 'text/html' }],
        body: body.toString('base64'),
      })
    } else {
      const statusText = event.responseStatusText ?? ''
      this.#listener({ url, statusCode: status, statusText, headers, body, attached }, url)
    }
    await this.#send('Fetch.failRequest', { requestId, errorReason: 'Aborted' })
  }

  async #body(requestId: string, url: URL): Promise<Buffer> {
    const { stream } = await this.#session.send('Fetch.takeResponseBodyAsStream', { requestId })
    const chunks: Buffer[] = []
    let size = 0
    try {
      for (;;) {
        const { data, base64Encoded, eof } = await this.#session.send('IO.read', { handle: stream })
        const chunk = Buffer.from(data, base64Encoded ? 'base64' : 'utf8')
        size += chunk.length
        if (this.#maxBytes > 0 && size > this.#maxBytes) throw tooLarge(url, this.#maxBytes)
        chunks.push(chunk)
        if (eof) return Buffer.concat(chunks)
      }
    } finally {
      this.#session.send('IO.close', { handle: stream }).catch(() => {})
    }
  }

  async #send(
    method: 'Fetch.continueRequest' | 'Fetch.fulfillRequest' | 'Fetch.failRequest',
    params: object,
  ) {
    await this.#session.send(method, params as never).catch(() => {})
  }
}

function isLikePage(body: Buffer): boolean {
  return body.length === 0 || LOOKS_LIKE_PAGE.test(body.subarray(0, SNIFFED_BYTES).toString('utf8'))
}

/** The error of a document that the browser did not get whole. */
export function bodyBrokeOff(url: URL): OnejarError {
  return new OnejarError('ONEJAR_NETWORK', `The body of ${safeUrl(url)} broke off in the browser`)
}

/**
 * Whether a body ended before its length, which Chromium does not say of one that was taken off the network. Of one that came in
 * chunks or compressed nobody knows.
 */
function isCut(body: Buffer, headers: ResponseHeaders): boolean {
  const { 'content-length': length, 'content-encoding': encoding, 'transfer-encoding': chunked } = headers
  return encoding === undefined && chunked === undefined && body.length < Number(length ?? 0)
}

function headersOf(list: ReadonlyArray<{ readonly name: string; readonly value: string }>): ResponseHeaders {
  const headers: Record<string, string | string[]> = Object.create(null) as Record<string, string | string[]>
  for (const { name, value } of list) {
    const key = name.toLowerCase()
    const held = headers[key]
    headers[key] = held === undefined ? value : Array.isArray(held) ? [...held, value] : [held, value]
  }
  return { ...headers }
}

interface PausedResponse {
  readonly requestId: string
  readonly request: { readonly url: string }
  readonly frameId: string
  readonly responseStatusCode?: number
  readonly responseStatusText?: string
  readonly responseHeaders?: ReadonlyArray<{ readonly name: string; readonly value: string }>
}
