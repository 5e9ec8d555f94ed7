import { createHash } from 'node:crypto'
import type { APIResponse, BrowserContext, Page, Request, Route } from '@playwright/test'
import { internalsOf, type Session } from '../client/index.ts'
import { quietly } from './quietly.ts'
import { hashOf, SharedNotes } from './shared-notes.ts'

/** The notes that a token was replaced: under the URL that gave the new one, with its answer, or under this name. */
export const REFRESHED = 'refreshed'
const SPENT = 'spent'
/** What is answered where another process has replaced the token in a way that left no answer. */
const NO_CONTENT = 204
/** An answer with tokens is short. */
const MAX_BODY_BYTES = 64 * 1024

export interface RefreshParts {
  readonly context: BrowserContext
  readonly session: Session
  /** What is asked for new tokens, as `context.route()` takes it. */
  readonly url: string | RegExp
  /** What pages wrote is in the session afterwards, and they see what it holds. */
  readonly settle: () => Promise<void>
  /** The session has the cookies that the context was given, whatever its pages do. */
  readonly takeCookies: () => Promise<void>
  /** Default: the session's. */
  readonly notes?: SharedNotes
}

/** How a page's request is answered. */
type Answer = (route: Route) => Promise<void>

/**
 * Has the pages of all workers that share a session replace a token once. A token that may be used once is a trap for them:
 * each would spend it, all but the first would fail, and many sites take that for a theft. So their requests for a new one go one
 * after the other, and one that comes with an old token, or because of an answer to one, is given what the first was given.
 *
 * Once a token was sent, its answer is in the store before anybody gets it, and before the next is sent, whatever happens to
 * the page: an answer that nobody has kept locks everybody out.
 */
export class RefreshOnce {
  readonly #parts: RefreshParts
  readonly #notes: SharedNotes
  /** When pages here had a new token last, by the hash of its note, in epoch milliseconds. */
  readonly #renewedAt = new Map<string, number>()
  /** Notes that have come, and that pages do not know of yet. */
  readonly #unseen = new Map<string, object>()
  /** When a page sent the request that was refused last, or its document. */
  readonly #since = new WeakMap<Page, number>()
  readonly #unsubscribe: () => void
  readonly #closing = new AbortController()
  /** Pages that are about to be closed. */
  readonly #leaving = new WeakMap<Page, AbortController>()
  /** Requests that are held, with their pages. */
  readonly #held = new Map<Promise<void>, Page | null>()

  private constructor(parts: RefreshParts) {
    this.#parts = parts
    this.#notes = parts.notes ?? new SharedNotes(parts.session)
    this.#unsubscribe = this.#notes.onPut(REFRESHED, (hashes) => {
      for (const hash of hashes) this.#unseen.set(hash, {})
      this.#renew().catch(() => {})
    })
  }

  /** Begins. */
  static async start(parts: RefreshParts): Promise<RefreshOnce> {
    const once = new RefreshOnce(parts)
    const { context, url } = parts
    for (const page of context.pages()) once.#watch(page)
    context.on('page', once.#watch)
    context.on('response', once.#look)
    context.on('request', once.#leads)
    await quietly(context, () => context.route(url, once.#take))
    return once
  }

  /**
   * Ends it, for a context that is about to be closed: what was sent is answered and noted; what waits, and what pages still ask
   * for, is not sent, for the answer would be lost.
   */
  async end(): Promise<void> {
    const { context } = this.#parts
    this.#closing.abort()
    await Promise.all(this.#held.keys())
    this.#unsubscribe()
    context.off('page', this.#watch)
    context.off('response', this.#look)
    context.off('request', this.#leads)
  }

  /**
   * Chromium sends what is held when the page that asked for it goes: the token would be spent, and nobody would have the answer. So
   * a page is closed when what it sent is answered, and what waits is not sent.
   */
  readonly #watch = (page: Page): void => {
    const leaving = new AbortController()
    this.#leaving.set(page, leaving)
    const close = page.close.bind(page)
    page.close = async (options) => {
      // It may stay then.
      if (options?.runBeforeUnload !== true) leaving.abort()
      await Promise.all([...this.#held].map(([held, by]) => (by === page ? held : undefined)))
      await close(options)
    }
  }

  readonly #look = (response: { status(): number; request(): Request }): void => {
    if (response.status() === 401 || response.status() === 403) this.#note(response.request())
  }

  readonly #leads = (request: Request): void => {
    if (request.isNavigationRequest()) this.#note(request)
  }

  #note(request: Request): void {
    const page = pageOf(request)
    const { startTime } = request.timing()
    if (page !== null) this.#since.set(page, startTime > 0 ? startTime : Date.now())
  }

  readonly #take = async (route: Route, request: Request): Promise<void> => {
    const work = quietly(this.#parts.context, () => this.#answer(route, request)).catch(() =>
      route.abort().catch(() => {}),
    )
    this.#held.set(work, pageOf(request))
    await work.finally(() => this.#held.delete(work))
  }

  async #answer(route: Route, request: Request): Promise<void> {
    const page = pageOf(request)
    const leaving = page === null ? undefined : this.#leaving.get(page)
    const signal = AbortSignal.any([this.#closing.signal, ...(leaving === undefined ? [] : [leaving.signal])])
    signal.throwIfAborted()
    // Logins over HTTP replace the same cookies: one at a time with these. A token of a page's own has nothing to do with them.
    const purpose = tokenOf(request) === null ? `login ${new URL(request.url()).origin}` : giverOf(request)
    const known = () => this.#known(request)
    const send = async () => (await known()) ?? (await this.#send(route, request))
    // An answer that has been followed by another is of no use to anybody.
    await this.#notes.catchUp()
    const answer = (await known()) ?? (await this.#notes.alone(purpose, send, signal))
    await answer(route)
  }

  /** What somebody else has been answered, where the request comes too late; null where it does not. */
  async #known(request: Request): Promise<Answer | null> {
    await this.#renew()
    const presented = tokenOf(request)
    const page = pageOf(request)
    const since = (page === null ? undefined : this.#since.get(page)) ?? 0
    const giver = giverOf(request)
    const isNew = (name: string) => (this.#renewedAt.get(hashOf(name)) ?? 0) > since
    const last = this.#notes.get(giver)
    const isSpent = presented !== null && this.#notes.get(presented) !== undefined
    if (last !== undefined && (isSpent || isNew(giver))) return (route) => replay(route, last.response)
    // A login over HTTP gives cookies: who asks with a token of its own does not have it.
    if (presented === null && isNew(REFRESHED)) return (route) => replay(route, last?.response ?? null)
    return null
  }

  /** Has the token replaced, and notes what came. */
  async #send(route: Route, request: Request): Promise<Answer> {
    const response = await route.fetch()
    if (response.ok()) await this.#keep(request, response)
    return (route) => route.fulfill({ response })
  }

  async #keep(request: Request, response: APIResponse): Promise<void> {
    const presented = tokenOf(request)
    const headers = response.headersArray()
    const cookies = headers.filter(({ name }) => name.toLowerCase() === 'set-cookie')
    // Who hears of new cookies has them.
    if (cookies.length > 0)
      await this.#takeCookies(
        response.url(),
        cookies.map(({ value }) => value),
      )
    // One whose tokens are cookies may ask with the same body each time.
    if (presented !== null && cookies.length === 0) this.#notes.put(presented, SPENT)
    const kept = headers.filter((header) => header.name.toLowerCase() === 'content-type')
    const body = await response.body()
    this.#notes.put(giverOf(request), REFRESHED, {
      status: response.status(),
      url: response.url(),
      headers: kept.map(({ name, value }) => [name.toLowerCase(), value]),
      bodyBase64: body.length > MAX_BODY_BYTES ? null : body.toString('base64'),
    })
  }

  /** From the browser, which had them with the answer; from the answer itself where the browser does not say. */
  async #takeCookies(url: string, lines: readonly string[]): Promise<void> {
    const { session, takeCookies } = this.#parts
    await takeCookies().catch(() => {
      internalsOf(session).cookieSource.receive(lines, new URL(url), undefined, undefined)
    })
  }

  /** Pages have a new token when they see what came with its note. */
  async #renew(): Promise<void> {
    const unseen = [...this.#unseen]
    await this.#parts.settle()
    for (const [hash, note] of unseen) {
      // One that has come again since is still to be seen.
      if (this.#unseen.get(hash) === note) this.#unseen.delete(hash)
      this.#renewedAt.set(hash, Date.now())
    }
  }
}
async function replay(
  route: Route,
  kept: {
    readonly status: number
    readonly headers: Iterable<readonly [string, string]>
    readonly bodyBase64: string | null
  } | null,
): Promise<void> {
  if (kept === null || kept.bodyBase64 === null) return route.fulfill({ status: NO_CONTENT })
  const body = Buffer.from(kept.bodyBase64, 'base64')
  await route.fulfill({ status: kept.status, headers: Object.fromEntries(kept.headers), body })
}

/** What a request carries in its body or its Authorization header, as a name; null where it carries nothing. */
function tokenOf(request: Request): string | null {
  const { authorization = '' } = request.headers()
  const body = request.postDataBuffer()
  if (authorization === '' && (body === null || body.length === 0)) return null
  const hash = createHash('sha256').update(authorization)
  return hash
    .update('\n')
    .update(body ?? '')
    .digest('base64url')
}

function giverOf(request: Request): string {
  const { origin, pathname } = new URL(request.url())
  return `refreshed by ${origin}${pathname}`
}

/** Null for a request of a service worker, or one whose page is not there yet. */
function pageOf(request: Request): Page | null {
  try {
    return request.frame().page()
  } catch {
    return null
  }
}
