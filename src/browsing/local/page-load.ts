import type { Download, Page, Request as PageRequest, Response as PageResponse } from 'playwright'
import { faultOf } from '../../browser/index.ts'
import { certaintyOf, standsAlone, UNTAKEN_ANSWER, type Verdict } from '../../challenge/index.ts'
import { ignore, OnejarError, safeUrl } from '../../core/index.ts'
import { siteOfHost } from '../../record/index.ts'
import { corrected, type Judge, mayBeMistaken } from '../judge.ts'
import { ClearanceWatch, type CookieEvidence } from './clearance-watch.ts'
import { contentAtRest } from './content-at-rest.ts'
import { bodyBrokeOff, type FileDocument, type FileDocuments } from './file-documents.ts'
import { LoadStage } from './load-stage.ts'
import { documentOfFile, type LoadedDocument, pairsSetBy, readDocument } from './loaded-document.ts'
import { withoutUrls } from './page-error.ts'

export type FailedLoad = Extract<PageLoadOutcome, { kind: 'failed' }>

export type PageLoadOutcome =
  /** The main frame got a response that is no challenge: the site lets the browser through. */
  | {
      readonly kind: 'passed'
      readonly answer: LoadedDocument
      /** It had been taken for a challenge, by this verdict; null where it never was. */
      readonly mistaken: Verdict | null
    }
  /**
   * The site's script left something new in the record and nothing more happened, or what was asked for is no document but
   * a download: a replay has to tell.
   */
  | { readonly kind: 'unproven'; readonly download?: URL }
  /** A puzzle for a person or a refusal; the same challenge over and over; or no end within the time. */
  | {
      readonly kind: 'failed'
      readonly why: 'stopped' | 'loop' | 'time' | 'answer'
      readonly verdict: Verdict | null
      /** What showed it; null when nothing came. */
      readonly at: URL | null
    }

export interface PageLoadOptions {
  readonly url: URL
  readonly classifier: Judge
  readonly timeoutMs: number
  /** Where a clearance shows that a script left without going on. Default: only a document counts. */
  readonly cookies?: CookieEvidence | undefined
  /** Takes documents that are no pages as answers. Default: they are left to the browser. */
  readonly files?: FileDocuments | undefined
  /** How long a place in line is held, where that is longer than the solve may take, in milliseconds. Default: no longer. */
  readonly roomMs?: number | undefined
  /** Called for each document of a waiting room. */
  readonly onRoom?: ((url: URL, verdict: Verdict) => void) | undefined
}

/** A challenge that loads so many documents in one solve does not let anybody through. */
const MAX_ROUNDS = 10
const LOOK_EVERY_MS = 250
/** A document whose body takes longer, or never ends, holds up nobody who has the clearance already. */
const SLOW_MS = 3_000
/** A challenge that sends the browser to another site may want it back: so long the page there is no evidence. */
const ELSEWHERE_MS = 5_000
/** How long a page that may be no challenge has to be at rest. */
const REST_MS = 3_000
/** How long the next document may take after one that says that the answer was not taken. */
const ANSWER_MS = 2_000
/** The same after one that broke off: what came of its script may be at work. */
const BROKEN_MS = 2_000

/**
 * Lets the site's own script run in a page until there is evidence that the challenge is over. Never clicks or types:
 * what asks for a person fails. A page that was taken for a challenge and shows itself as something else has passed.
 *
 * @throws OnejarError ONEJAR_BROWSER_FAILED when the page crashes or is closed, ONEJAR_NETWORK, ONEJAR_PROXY_FAILED or
 * ONEJAR_ADDRESS_REFUSED when it cannot be loaded, ONEJAR_BAD_RESPONSE when it cannot be decoded
 */
export async function loadPage(page: Page, options: PageLoadOptions): Promise<PageLoadOutcome> {
  return new PageLoad(page, options).run()
}

class PageLoad {
  readonly #page: Page
  readonly #options: PageLoadOptions
  readonly #outcome = Promise.withResolvers<PageLoadOutcome>()
  #watch: ClearanceWatch | undefined
  #last: LoadedDocument | null = null
  #rounds = 0
  /** How many documents are being read that are waited for. */
  #judging = 0
  readonly #stage = new LoadStage()
  /** What the main frame got or asked for last. */
  #current: string
  /** The main frame's last request for a document. */
  #asked: PageRequest | undefined
  /** The last one of which a document has come. */
  #answered: PageRequest | undefined
  #timer: NodeJS.Timeout | undefined
  readonly #startedAt = performance.now()

  constructor(page: Page, options: PageLoadOptions) {
    this.#page = page
    this.#options = options
    this.#current = options.url.href.split('#', 1)[0] as string
  }

  async run(): Promise<PageLoadOutcome> {
    const { url, timeoutMs, cookies } = this.#options
    const page = this.#page
    const onResponse = (response: PageResponse) => void this.#onResponse(response)
    // What the site's script offers besides is no answer.
    const onDownload = (download: Download) => {
      if (download.url() !== this.#current) return
      this.#outcome.resolve({ kind: 'unproven', download: new URL(download.url()) })
    }
    const onRequest = (request: PageRequest) => {
      if (isMainNavigation(page, request)) this.#asked = request
    }
    const onRequestFailed = (request: PageRequest) => {
      if (!request.isNavigationRequest() || request.frame() !== page.mainFrame()) return
      const fault = faultOf(page, request.url())
      if (fault !== undefined) this.#outcome.reject(fault)
      else if (request === this.#answered) this.#brokeOff(request)
    }
    const gone = (what: string) =>
      this.#outcome.reject(new OnejarError('ONEJAR_BROWSER_FAILED', `The page ${what}`))
    const onCrash = () => gone('crashed')
    const onClose = () => gone('was closed')
    if (cookies) this.#watch = new ClearanceWatch(cookies, (await cookies.read()) ?? '')
    const ticker = setInterval(() => void this.#look(), LOOK_EVERY_MS)
    this.#timer = setTimeout(() => this.#timeIsUp(), timeoutMs)
    this.#options.files?.listen((file, at) => void this.#onFile(file, at).catch(ignore))
    page.on('request', onRequest)
    page.on('response', onResponse)
    page.on('download', onDownload)
    page.on('requestfailed', onRequestFailed)
    page.on('crash', onCrash)
    page.on('close', onClose)
    try {
      page.goto(url.href, { waitUntil: 'commit', timeout: timeoutMs }).catch((cause) => {
        if (/Download is starting/.test(String(cause))) return this.#outcome.resolve({ kind: 'unproven' })
        // A script that navigates away at once, and an answer without a document, end a goto too: they are no failure.
        if (!/ERR_ABORTED|interrupted|Timeout/.test(String(cause))) {
          this.#outcome.reject(faultOf(page, url.href) ?? notLoaded(url, withoutUrls(cause)))
        }
      })
      return await this.#outcome.promise
    } finally {
      this.#stage.end()
      clearInterval(ticker)
      clearTimeout(this.#timer)
      page.off('request', onRequest)
      page.off('response', onResponse)
      page.off('download', onDownload)
      page.off('requestfailed', onRequestFailed)
      page.off('crash', onCrash)
      page.off('close', onClose)
    }
  }

  async #onResponse(response: PageResponse): Promise<void> {
    if (!isMainDocument(this.#page, response)) return
    if (isRedirect(response)) return
    // Counted when they come: a script that reloads at once leaves no time to read its document.
    if (++this.#rounds > MAX_ROUNDS) return this.#fail('loop')
    this.#stage.documentCame()
    const round = this.#rounds
    let waited = true
    this.#judging++
    const done = () => {
      if (waited) this.#judging--
      waited = false
    }
    const slow = setTimeout(done, SLOW_MS)
    this.#watch?.restart()
    this.#current = response.url()
    this.#answered = response.request()
    try {
      const answer = await readDocument(response, this.#options.classifier, round > 1)
      this.#last = answer
      const { verdict } = answer
      if (this.#mayBeWanted(answer)) {
        await this.#discount(response)
        void this.#lookAtRest(answer, round).catch(ignore)
      } else if (stopsHere(verdict)) this.#fail('stopped')
      else if (verdict.kind === 'waiting-room') this.#inLine(answer)
      else if (verdict.kind === 'js-challenge') {
        await this.#discount(response)
        const isOver = verdict.evidence.some(({ signal }) => signal === UNTAKEN_ANSWER)
        if (isOver && round === this.#rounds) this.#stage.settle(ANSWER_MS, () => this.#fail('answer'))
      } else this.#passed(answer, round)
    } catch {
      // The document was replaced before its body could be read: the next one is judged.
    } finally {
      clearTimeout(slow)
      done()
    }
  }

  /** The document has come, and its body does not come whole. One that is replaced is no failure. */
  #brokeOff(request: PageRequest): void {
    const why = request.failure()?.errorText ?? ''
    if (/ERR_ABORTED/.test(why)) return
    const url = new URL(request.url())
    const error = /ERR_CONTENT_DECODING/.test(why)
      ? new OnejarError('ONEJAR_BAD_RESPONSE', `The browser cannot decode the body of ${safeUrl(url)}`)
      : bodyBrokeOff(url)
    this.#stage.settle(BROKEN_MS, () => this.#outcome.reject(error))
  }

  /** What is no page shows no challenge to a script: it has passed, unless it says no. */
  async #onFile(file: FileDocument | OnejarError, at: URL): Promise<void> {
    if (++this.#rounds > MAX_ROUNDS) return this.#fail('loop')
    this.#stage.documentCame()
    const round = this.#rounds
    this.#watch?.restart()
    this.#current = at.href
    if (file instanceof OnejarError) return this.#outcome.reject(file)
    const answer = await documentOfFile(file, this.#asked, this.#options.classifier, round > 1)
    this.#last = answer
    if (this.#mayBeWanted(answer)) this.#mistaken(answer)
    else if (stopsHere(answer.verdict)) this.#fail('stopped')
    else if (answer.verdict.kind !== 'js-challenge') this.#passed(answer, round)
  }

  #passed(answer: LoadedDocument, round: number): void {
    const pass = () => this.#outcome.resolve({ kind: 'passed', answer, mistaken: null })
    const { url } = this.#options
    if (round === 1 || siteOfHost(answer.url.hostname) === siteOfHost(url.hostname)) pass()
    else if (round === this.#rounds) this.#stage.settle(ELSEWHERE_MS, pass)
  }

  /** A place in line is no challenge that comes again and again, and takes its time. */
  #inLine({ url, verdict }: LoadedDocument): void {
    const { roomMs = 0, timeoutMs, onRoom } = this.#options
    onRoom?.(url, verdict)
    this.#rounds = 1
    const leftMs = Math.max(roomMs, timeoutMs) - (performance.now() - this.#startedAt)
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#timeIsUp(), leftMs)
  }

  /** Whether what was taken for a challenge may be what was asked for. */
  #mayBeWanted({ url, statusCode, verdict }: LoadedDocument): boolean {
    const asked = this.#options.url.href.split('#', 1)[0]
    return url.href.split('#', 1)[0] === asked && mayBeMistaken(statusCode, verdict)
  }

  /** What the page is once its scripts have done what they do. */
  async #lookAtRest(answer: LoadedDocument, round: number): Promise<void> {
    const isOver = () => this.#stage.over || round !== this.#rounds
    const html = await contentAtRest(this.#page, REST_MS, isOver)
    if (html === null || isOver()) return
    const { verdict, url, statusCode } = answer
    const head = { url, method: 'GET', statusCode, headers: { 'content-type': 'text/html; charset=utf-8' } }
    const live = this.#options.classifier.judgeWhole(head, Buffer.from(html))
    const isBox = certaintyOf(verdict) === 'box'
    if (live.kind === 'ok' || (isBox && !standsAlone(html))) return this.#mistaken(answer)
    if (verdict.kind === 'captcha') return this.#fail('stopped')
    // A script may still be at work on it.
    this.#stage.mayBeWanted(answer)
  }

  #mistaken(answer: LoadedDocument): void {
    const { verdict } = answer
    const wanted = { ...answer, verdict: corrected(verdict) }
    this.#outcome.resolve({ kind: 'passed', answer: wanted, mistaken: verdict })
  }

  async #look(): Promise<void> {
    const isQuiet = () => this.#judging === 0 && this.#stage.atWork
    if (this.#last?.verdict.kind === 'waiting-room') return
    if (await this.#watch?.look(isQuiet)) this.#outcome.resolve({ kind: 'unproven' })
  }

  /** What a document sets that is no way through is no clearance. */
  async #discount(response: PageResponse): Promise<void> {
    this.#watch?.discount(await pairsSetBy(response).catch(() => []))
  }

  #timeIsUp(): void {
    const { resort } = this.#stage
    if (resort) this.#mistaken(resort)
    else if (this.#watch?.changed && this.#last?.verdict.kind !== 'waiting-room')
      this.#outcome.resolve({ kind: 'unproven' })
    else this.#fail('time')
  }

  #fail(why: 'stopped' | 'loop' | 'time' | 'answer'): void {
    this.#outcome.resolve({
      kind: 'failed',
      why,
      verdict: this.#last?.verdict ?? null,
      at: this.#last?.url ?? null,
    })
  }
}

function stopsHere(verdict: Verdict): boolean {
  return verdict.kind === 'captcha' || verdict.kind === 'block' || verdict.kind === 'rate-limited'
}

function isMainDocument(page: Page, response: PageResponse): boolean {
  return isMainNavigation(page, response.request())
}

function isMainNavigation(page: Page, request: PageRequest): boolean {
  try {
    return request.isNavigationRequest() && request.frame() === page.mainFrame()
  } catch {
    // A service worker's, or one whose frame is gone.
    return false
  }
}

function isRedirect(response: PageResponse): boolean {
  return response.status() >= 300 && response.status() < 400 && response.status() !== 304
}

/** Why a page could not be loaded, as Chromium calls it. */
function notLoaded(url: URL, cause: Error & { readonly code?: string }): OnejarError {
  // Of a browser that speaks to its proxy itself nothing more is known.
  const ofProxy = /ERR_(?:PROXY|TUNNEL|SOCKS|MANDATORY_PROXY)/.test(cause.message)
  const why = cause.code === undefined ? '' : `: ${cause.code}`
  const what = `The browser could not load ${url.origin}${url.pathname}${why}`
  return new OnejarError(ofProxy ? 'ONEJAR_PROXY_FAILED' : 'ONEJAR_NETWORK', what, { cause })
}
