import { isAscii, isUtf8 } from 'node:buffer'
import type { Download, Page, Request as PageRequest, Response as PageResponse } from 'playwright'
import { faultOf } from '../../browser/index.ts'
import type { Classifier, Verdict } from '../../challenge/index.ts'
import { OnejarError } from '../../core/index.ts'
import type { ResponseHeaders } from '../../http/index.ts'
import { siteOfHost } from '../../record/index.ts'
import { withoutUrls } from '../pages/page-error.ts'

/** What the main frame finally showed. */
export interface VisitAnswer {
  readonly url: URL
  readonly statusCode: number
  readonly statusText: string
  readonly headers: ResponseHeaders
  readonly body: Buffer
  readonly verdict: Verdict
  /** The `Cookie` header that it was asked for with. A secret: for comparing only. */
  readonly sentCookie: string
}

export type VisitOutcome =
  /** The main frame got a response that is no challenge: the site lets the browser through. */
  | { readonly kind: 'passed'; readonly answer: VisitAnswer }
  /**
   * The site's script left something new in the record and nothing more happened, or what was asked for is no document but
   * a download: a replay has to tell.
   */
  | { readonly kind: 'unproven' }
  /** A puzzle for a person or a refusal; the same challenge over and over; or no end within the time. */
  | {
      readonly kind: 'failed'
      readonly why: 'stopped' | 'loop' | 'time'
      readonly verdict: Verdict | null
      /** What showed it; null when nothing came. */
      readonly at: URL | null
    }

export interface VisitOptions {
  readonly url: URL
  readonly classifier: Classifier
  readonly timeoutMs: number
  /** How long nothing may happen after the record got something new before the visit counts as unproven. */
  readonly quietMs?: number
  /** Brings what the browser wrote into the record; resolves to whether cookies for the URL changed since the start. */
  readonly changed: () => Promise<boolean>
}

const QUIET_MS = 1500
/** A challenge that loads so many documents in one visit does not let anybody through. */
const MAX_ROUNDS = 10
const LOOK_EVERY_MS = 250
/** A document whose body takes longer, or never ends, holds up nobody who has the clearance already. */
const SLOW_MS = 3_000
/** A challenge that sends the browser to another site may want it back: so long the page there is no evidence. */
const ELSEWHERE_MS = 5_000

/**
 * Lets the site's own script run in a page until there is evidence that the challenge is over. Never clicks or types:
 * what asks for a person fails.
 *
 * @throws OnejarError ONEJAR_BROWSER_FAILED when the page crashes or is closed, ONEJAR_NETWORK, ONEJAR_PROXY_FAILED or
 * ONEJAR_ADDRESS_REFUSED when it cannot be loaded
 */
export async function visit(page: Page, options: VisitOptions): Promise<VisitOutcome> {
  const { url, classifier, timeoutMs, quietMs = QUIET_MS } = options
  const outcome = Promise.withResolvers<VisitOutcome>()
  let lastVerdict: Verdict | null = null
  let lastUrl: URL | null = null
  let rounds = 0
  let changedAt: number | undefined
  let judging = 0
  let elsewhere: NodeJS.Timeout | undefined
  /** What the main frame got or asked for last. */
  let current = url.href.split('#', 1)[0]

  const onResponse = async (response: PageResponse) => {
    if (!isMainDocument(page, response) || isRedirect(response)) return
    // Counted when they come: a script that reloads at once leaves no time to read its document.
    if (++rounds > MAX_ROUNDS) return fail('loop')
    clearTimeout(elsewhere)
    elsewhere = undefined
    const round = rounds
    let waited = true
    judging++
    const done = () => {
      if (waited) judging--
      waited = false
    }
    const slow = setTimeout(done, SLOW_MS)
    changedAt = undefined
    current = response.url()
    try {
      const answer = await judge(response, classifier)
      lastVerdict = answer.verdict
      lastUrl = answer.url
      if (stopsHere(answer.verdict)) fail('stopped')
      else if (answer.verdict.kind !== 'js-challenge') {
        const pass = () => outcome.resolve({ kind: 'passed', answer })
        if (round === 1 || siteOfHost(answer.url.hostname) === siteOfHost(url.hostname)) pass()
        else if (round === rounds) elsewhere = setTimeout(pass, ELSEWHERE_MS)
      }
    } catch {
      // The document was replaced before its body could be read: the next one is judged.
    } finally {
      clearTimeout(slow)
      done()
    }
  }
  const fail = (why: 'stopped' | 'loop' | 'time') =>
    outcome.resolve({ kind: 'failed', why, verdict: lastVerdict, at: lastUrl })
  // What the site's script offers besides is no answer.
  const onDownload = (download: Download) => {
    if (download.url() === current) outcome.resolve({ kind: 'unproven' })
  }
  const onRequestFailed = (request: PageRequest) => {
    if (!request.isNavigationRequest() || request.frame() !== page.mainFrame()) return
    const fault = faultOf(page, request.url())
    if (fault !== undefined) outcome.reject(fault)
  }
  const gone = (what: string) => outcome.reject(new OnejarError('ONEJAR_BROWSER_FAILED', `The page ${what}`))
  const onCrash = () => gone('crashed')
  const onClose = () => gone('was closed')

  const look = async () => {
    if (!(await options.changed())) return
    changedAt ??= performance.now()
    const quiet = judging === 0 && !elsewhere && performance.now() - changedAt >= quietMs
    if (quiet && rounds > 0) outcome.resolve({ kind: 'unproven' })
  }
  const ticker = setInterval(() => look().catch(() => {}), LOOK_EVERY_MS)
  const timer = setTimeout(() => fail('time'), timeoutMs)
  page.on('response', onResponse)
  page.on('download', onDownload)
  page.on('requestfailed', onRequestFailed)
  page.on('crash', onCrash)
  page.on('close', onClose)
  try {
    page.goto(url.href, { waitUntil: 'commit', timeout: timeoutMs }).catch((cause) => {
      if (/Download is starting/.test(String(cause))) return outcome.resolve({ kind: 'unproven' })
      // A script that navigates away at once, and an answer without a document, end a goto too: they are no failure.
      if (!/ERR_ABORTED|interrupted|Timeout/.test(String(cause))) {
        // Of a browser that speaks to its proxy itself nothing more is known.
        const code = /ERR_(?:PROXY|TUNNEL|SOCKS|MANDATORY_PROXY)/.test(String(cause))
          ? 'ONEJAR_PROXY_FAILED'
          : 'ONEJAR_NETWORK'
        const what = `The browser could not load ${url.origin}${url.pathname}`
        outcome.reject(faultOf(page, url.href) ?? new OnejarError(code, what, { cause: withoutUrls(cause) }))
      }
    })
    return await outcome.promise
  } finally {
    clearInterval(ticker)
    clearTimeout(timer)
    clearTimeout(elsewhere)
    page.off('response', onResponse)
    page.off('download', onDownload)
    page.off('requestfailed', onRequestFailed)
    page.off('crash', onCrash)
    page.off('close', onClose)
  }
}

/** Reads a main document's response and says what it is. */
async function judge(response: PageResponse, classifier: Classifier): Promise<VisitAnswer> {
  const url = new URL(response.url())
  const body = await response.body()
  const headers = asRead(await headersOf(response), body)
  const head = { url, method: response.request().method(), statusCode: response.status(), headers }
  const peek = classifier.needsPeek(head) ? body.subarray(0, classifier.peekBytes) : body.subarray(0, 0)
  return {
    url,
    statusCode: response.status(),
    statusText: response.statusText(),
    headers: decoded(headers),
    body,
    verdict: classifier.judge(head, peek, peek.length === body.length, Date.now()),
    sentCookie: (await response.request().headerValue('cookie')) ?? '',
  }
}

async function headersOf(response: PageResponse): Promise<ResponseHeaders> {
  const headers: Record<string, string | string[]> = {}
  for (const { name, value } of await response.headersArray()) {
    const key = name.toLowerCase()
    const held = headers[key]
    headers[key] = held === undefined ? value : Array.isArray(held) ? [...held, value] : [held, value]
  }
  return headers
}

const UTF_8 = /charset\s*=\s*["']?utf-?8/i
const TEXT = /^\s*(?:text\/|application\/(?:[\w.-]+\+)?(?:xml|json|javascript)\b)/i

/** Chromium hands texts over in UTF-8 whatever they came in: the header says so then, and goes before what the text says. */
function asRead(headers: ResponseHeaders, body: Buffer): ResponseHeaders {
  const type = headers['content-type']
  if (typeof type !== 'string' || !TEXT.test(type) || UTF_8.test(type)) return headers
  if (!isUtf8(body) || (isAscii(body) && !(/utf-16/i.test(type) && !body.includes(0)))) return headers
  const bare = type.replace(/;\s*charset\s*=[^;]*/i, '')
  return { ...headers, 'content-type': `${bare}; charset=utf-8` }
}

/** The browser has decoded the body: what told how is gone. */
function decoded({
  'content-encoding': _,
  'content-length': __,
  'transfer-encoding': ___,
  ...rest
}: ResponseHeaders) {
  return rest
}

function stopsHere(verdict: Verdict): boolean {
  return verdict.kind === 'captcha' || verdict.kind === 'block' || verdict.kind === 'rate-limited'
}

function isMainDocument(page: Page, response: PageResponse): boolean {
  const request = response.request()
  return request.isNavigationRequest() && response.frame() === page.mainFrame()
}

function isRedirect(response: PageResponse): boolean {
  return response.status() >= 300 && response.status() < 400 && response.status() !== 304
}
