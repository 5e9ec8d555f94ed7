import type { Page } from 'playwright'
import { OnejarError, safeUrl } from '../../core/index.ts'
import { type CdpLink, SessionLink } from '../devtools/cdp-link.ts'
import { faultOf } from '../network-faults.ts'
import { WORLD_NAME } from '../targets/world.ts'
import { closePage } from './close-page.ts'
import { type BeforeHop, FetchHops } from './fetch-hops.ts'

/** A request as a page's own script would make it. */
export interface PageFetchRequest {
  readonly url: URL
  readonly method: string
  /** Names and values in turn. Those that the browser keeps to itself it leaves out. */
  readonly headers: readonly string[]
  readonly body: Uint8Array | null
  readonly redirect: 'follow' | 'error' | 'manual'
  /** Asked before each redirect that the browser follows. */
  readonly beforeHop?: BeforeHop | undefined
  readonly signal: AbortSignal
}

export interface PageFetchAnswer {
  readonly statusCode: number
  readonly statusText: string
  /** Lower-case names; without `set-cookie`, which no page sees. */
  readonly headers: Readonly<Record<string, string>>
  readonly url: URL
  readonly redirected: boolean
  /** With `redirect: 'manual'`: there was a redirect, and nothing more is known of it. */
  readonly opaqueRedirect: boolean
  /** The decoded body, read from the page as it is asked for: at most two chunks are held. Leaving it ends the request. */
  readonly chunks: AsyncGenerator<Buffer, void, void>
}

/** The most that an answer brings along of its body, and how long it waits for it: a short one then costs no further question. */
const FIRST = { bytes: 65_536, waitMs: 5 }

const ENCODE = `(chunks) => {
    let text = ''
    for (const chunk of chunks)
      for (let at = 0; at < chunk.length; at += 8192) text += String.fromCharCode(...chunk.subarray(at, at + 8192))
    return btoa(text)
  }`

const START_FUNCTION = `async function (id, url, init, body) {
  const encode = ${ENCODE}
  const jobs = globalThis.__onejarFetches ??= new Map()
  const controller = new AbortController()
  const job = { controller, reader: undefined }
  jobs.set(id, job)
  let violated = false
  const onViolation = ({ effectiveDirective }) => { violated ||= effectiveDirective === 'connect-src' }
  document.addEventListener('securitypolicyviolation', onViolation)
  try {
    const bytes = body === null ? undefined : Uint8Array.from(atob(body), (char) => char.charCodeAt(0))
    const response = await fetch(url, { ...init, body: bytes, signal: controller.signal })
    job.reader = response.body?.getReader()
    const { status, statusText, redirected, type } = response
    const chunks = []
    let ended = job.reader === undefined
    for (let size = 0; !ended && size < ${FIRST.bytes}; ) {
      const next = job.reader.read()
      const late = new Promise((resolve) => setTimeout(resolve, ${FIRST.waitMs}))
      // What fails here fails for whoever reads on.
      const chunk = await Promise.race([next.catch(() => undefined), late])
      if (chunk === undefined) {
        job.next = next
        break
      }
      ended = chunk.done
      if (!ended) {
        chunks.push(chunk.value)
        size += chunk.value.length
      }
    }
    if (ended) jobs.delete(id)
    const first = { data: encode(chunks), ended }
    return { status, statusText, redirected, type, url: response.url, headers: [...response.headers], first }
  } catch (error) {
    jobs.delete(id)
    // The violation is reported in a task of its own.
    await new Promise((resolve) => setTimeout(resolve, 20))
    return { failed: violated ? 'csp' : 'other' }
  } finally {
    document.removeEventListener('securitypolicyviolation', onViolation)
  }
}`

const READ_FUNCTION = `async function (id) {
  const encode = ${ENCODE}
  const jobs = globalThis.__onejarFetches
  const job = jobs?.get(id)
  const next = job?.next ?? job?.reader?.read()
  if (job) job.next = undefined
  const { done, value } = (await next) ?? { done: true }
  if (done) {
    jobs?.delete(id)
    return null
  }
  return encode([value])
}`

const ABORT_FUNCTION = `function (id) {
  const jobs = globalThis.__onejarFetches
  jobs?.get(id)?.controller.abort()
  jobs?.delete(id)
}`

interface StartReply {
  readonly failed?: 'csp' | 'other'
  readonly status: number
  readonly statusText: string
  readonly redirected: boolean
  readonly type: string
  readonly url: string
  readonly headers: ReadonlyArray<readonly [string, string]>
  /** The beginning of the body, in base64. */
  readonly first: { readonly data: string; readonly ended: boolean }
}

/** What the network reported of a request. */
interface Seen {
  readonly url: string
  /** Where redirects have led to. */
  at: string
  /** Resolves when it failed, to whether it was for CORS. */
  readonly failed: PromiseWithResolvers<boolean>
}

const MAX_SEEN = 256
/** The network reports a failure a little after the script sees it. */
const FAILURE_LAG_MS = 250

/**
 * Fetches inside an open page: with the browser's own connections, as the page's own script would. The fetch is that of an
 * isolated world, which the page can neither see nor replace. The page's CSP and CORS apply to it; Chromium passes its
 * requests by the site's service worker, so it is always the site that answers. May be used concurrently.
 */
export class PageFetcher {
  readonly #page: Page
  readonly #link: CdpLink
  readonly #hops: FetchHops
  readonly #seen = new Map<string, Seen>()
  #contextId: Promise<number> | undefined
  #nextId = 0

  private constructor(page: Page, link: CdpLink) {
    this.#page = page
    this.#link = link
    this.#hops = new FetchHops(link)
  }

  static async open(page: Page): Promise<PageFetcher> {
    const link = new SessionLink(await page.context().newCDPSession(page))
    const fetcher = new PageFetcher(page, link)
    await fetcher.#watch()
    return fetcher
  }

  /** Of the document that is there now. */
  get origin(): string {
    return new URL(this.#page.url()).origin
  }

  get closed(): boolean {
    return this.#page.isClosed()
  }

  /**
   * Resolves when the headers are in.
   *
   * @throws OnejarError ONEJAR_PAGE_FETCH_REFUSED when the page's CSP or CORS does not allow it, ONEJAR_NETWORK,
   * ONEJAR_TOO_MANY_REDIRECTS where redirects are refused, ONEJAR_BROWSER_FAILED when the page navigates or goes; and the
   * signal's reason, and what `beforeHop` refuses with
   */
  async fetch(request: PageFetchRequest): Promise<PageFetchAnswer> {
    const { url, method, headers, body, redirect, beforeHop, signal } = request
    const id = ++this.#nextId
    const pairs: Array<[string, string]> = []
    for (let i = 0; i < headers.length; i += 2) pairs.push([headers[i] as string, headers[i + 1] as string])
    const init = { method, headers: pairs, redirect, credentials: 'include' }
    const abort = () => void this.#call(ABORT_FUNCTION, [id]).catch(() => {})
    signal.throwIfAborted()
    signal.addEventListener('abort', abort, { once: true })
    const watched = beforeHop && redirect === 'follow' ? await this.#hops.watch(url, beforeHop) : undefined
    try {
      const encoded = body === null ? null : Buffer.from(body).toString('base64')
      const reply = await this.#call<StartReply>(START_FUNCTION, [id, url.href, init, encoded])
      if (signal.aborted) throw signal.reason
      const seen = this.#look(url)
      if (watched?.refusal !== undefined) throw watched.refusal
      if (reply.failed !== undefined) throw await this.#failure(request, reply.failed, seen)
      return {
        statusCode: reply.status,
        statusText: reply.statusText,
        headers: Object.fromEntries(reply.headers),
        url: new URL(reply.url || url.href),
        redirected: reply.redirected,
        opaqueRedirect: reply.type === 'opaqueredirect',
        chunks: this.#chunks(id, reply.first, signal, () => signal.removeEventListener('abort', abort)),
      }
    } catch (error) {
      signal.removeEventListener('abort', abort)
      throw signal.aborted ? signal.reason : error
    } finally {
      watched?.end()
    }
  }

  async close(): Promise<void> {
    this.#link.close()
    await closePage(this.#page)
  }

  async *#chunks(
    id: number,
    first: StartReply['first'],
    signal: AbortSignal,
    done: () => void,
  ): AsyncGenerator<Buffer, void, void> {
    const read = () => {
      const chunk = this.#call<string | null>(READ_FUNCTION, [id])
      chunk.catch(() => {})
      return chunk
    }
    let { ended } = first
    try {
      let next = ended ? null : read()
      if (first.data !== '') yield Buffer.from(first.data, 'base64')
      while (next !== null) {
        const chunk = await next
        if (signal.aborted) throw signal.reason
        if (chunk === null) break
        next = read()
        yield Buffer.from(chunk, 'base64')
      }
      ended = true
    } catch (error) {
      throw signal.aborted ? signal.reason : error
    } finally {
      done()
      if (!ended) this.#call(ABORT_FUNCTION, [id]).catch(() => {})
    }
  }

  async #watch(): Promise<void> {
    const link = this.#link
    link.on('Page.frameNavigated', ({ frame }) => {
      if ((frame as { parentId?: string }).parentId === undefined) this.#contextId = undefined
    })
    link.on('Network.requestWillBeSent', (event) => {
      const { requestId, request, redirectResponse } = event as unknown as NetworkEvent
      if (!request) return
      const before = this.#seen.get(requestId)
      if (redirectResponse && before) before.at = request.url
      if (redirectResponse) return
      this.#seen.set(requestId, { url: request.url, at: request.url, failed: Promise.withResolvers() })
      if (this.#seen.size > MAX_SEEN) this.#seen.delete([...this.#seen.keys()][0] as string)
    })
    link.on('Network.loadingFailed', (event) => {
      const { requestId, corsErrorStatus } = event as unknown as NetworkEvent
      this.#seen.get(requestId)?.failed.resolve(corsErrorStatus !== undefined)
    })
    await Promise.all([
      link.send('Page.enable'),
      link.send('Network.enable', { maxTotalBufferSize: 0, maxResourceBufferSize: 0 }),
    ])
  }

  /** What the network reported of the last request for this URL. */
  #look(url: URL): Seen | undefined {
    const [href] = url.href.split('#', 1)
    return [...this.#seen.values()].findLast((seen) => seen.url === href)
  }

  async #failure(
    { url, redirect }: PageFetchRequest,
    failed: 'csp' | 'other',
    seen: Seen | undefined,
  ): Promise<OnejarError> {
    const shown = safeUrl(url)
    const fault = failed === 'csp' ? undefined : faultOf(this.#page, seen?.at ?? url.href)
    if (fault !== undefined) return fault
    const by = failed === 'csp' ? 'csp' : seen && (await isCorsFailure(seen)) ? 'cors' : null
    if (by !== null) {
      const why = by === 'csp' ? 'the content security policy' : 'CORS'
      const what = `A page of ${this.origin} may not fetch ${shown}: ${why} forbids it`
      return new OnejarError('ONEJAR_PAGE_FETCH_REFUSED', what, { details: { refusedBy: by } })
    }
    if (redirect === 'error') {
      return new OnejarError(
        'ONEJAR_TOO_MANY_REDIRECTS',
        `${shown} failed or redirects, and redirects are refused`,
      )
    }
    return new OnejarError('ONEJAR_NETWORK', `The page could not fetch ${shown}`)
  }

  async #call<Result>(functionDeclaration: string, args: readonly unknown[]): Promise<Result> {
    try {
      this.#contextId ??= this.#world()
      const { result, exceptionDetails } = await this.#link.send<CallReply<Result>>(
        'Runtime.callFunctionOn',
        {
          functionDeclaration,
          executionContextId: await this.#contextId,
          arguments: args.map((value) => ({ value })),
          awaitPromise: true,
          returnByValue: true,
          silent: true,
        },
      )
      if (exceptionDetails) throw new Error('The function failed in the page')
      return result.value as Result
    } catch {
      // Messages of the protocol can quote what was called: none is passed on.
      throw new OnejarError('ONEJAR_BROWSER_FAILED', 'The page that fetches has gone or navigated away')
    }
  }

  async #world(): Promise<number> {
    const { frameTree } = await this.#link.send<{ frameTree: { frame: { id: string } } }>('Page.getFrameTree')
    const { executionContextId } = await this.#link.send<{ executionContextId: number }>(
      'Page.createIsolatedWorld',
      { frameId: frameTree.frame.id, worldName: `${WORLD_NAME}-fetch` },
    )
    return executionContextId
  }
}

async function isCorsFailure({ failed }: Seen): Promise<boolean> {
  const timer = setTimeout(() => failed.resolve(false), FAILURE_LAG_MS)
  return failed.promise.finally(() => clearTimeout(timer))
}

interface CallReply<Result> {
  readonly result: { readonly value?: Result }
  readonly exceptionDetails?: unknown
}

interface NetworkEvent {
  readonly requestId: string
  readonly request?: { readonly url: string }
  readonly redirectResponse?: unknown
  readonly corsErrorStatus?: unknown
}
