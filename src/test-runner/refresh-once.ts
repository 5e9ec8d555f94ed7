import { createHash } from 'node:crypto'
import type { APIResponse, BrowserContext, Page, Request, Route } from '@playwright/test'
import type { Session } from '../client/index.ts'
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
}

/**
 * Has the pages of all workers that share a session replace a token once. A token that may be used once is a trap for them:
 * each would spend it, all but the first would fail, and many sites take that for a theft. So their requests for a new one go one
 * after the other, and one that comes with an old token, or because of an answer to one, is given what the first was given.
 */
export class RefreshOnce {
  readonly #parts: RefreshParts
  readonly #notes: SharedNotes
  /** When pages here had a new token last, by the hash of its note, in epoch milliseconds. */
  readonly #renewedAt = new Map<string, number>()
  #renewing: Promise<void> = Promise.resolve()
  /** When a page sent the request that was refused last, or its document. */
  readonly #since = new WeakMap<Page, number>()
  readonly #unsubscribe: () => void

  private constructor(parts: RefreshParts) {
    this.#parts = parts
    this.#notes = new SharedNotes(parts.session)
    this.#unsubscribe = this.#notes.onPut(REFRESHED, (hashes) => {
      this.#renewing = this.#renewed(hashes).catch(() => {})
    })
  }

  /** Begins. */
  static async start(parts: RefreshParts): Promise<RefreshOnce> {
    const once = new RefreshOnce(parts)
    const { context, url } = parts
    context.on('response', once.#look)
    context.on('request', once.#leads)
    await quietly(context, () => context.route(url, once.#take))
    return once
  }

  async end(): Promise<void> {
    const { context, url } = this.#parts
    this.#unsubscribe()
    context.off('response', this.#look)
    context.off('request', this.#leads)
    await quietly(context, () => context.unroute(url, this.#take)).catch(() => {})
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
    const { context } = this.#parts
    // Logins over HTTP replace the same cookies: one at a time with these. A token of a page's own has nothing to do with them.
    const purpose = tokenOf(request) === null ? `login ${new URL(request.url()).origin}` : giverOf(request)
    const work = async () => {
      if (await this.#replay(route, request)) return
      await this.#notes.alone(purpose, () => this.#answer(route, request))
    }
    await quietly(context, work).catch(() => route.abort().catch(() => {}))
  }

  /** Answers what somebody else has been answered, where the request comes too late; false where it does not. */
  async #replay(route: Route, request: Request): Promise<boolean> {
    await this.#parts.settle()
    await this.#renewing
    const presented = tokenOf(request)
    const page = pageOf(request)
    const since = (page === null ? undefined : this.#since.get(page)) ?? 0
    const giver = giverOf(request)
    const isNew = (name: string) => (this.#renewedAt.get(hashOf(name)) ?? 0) > since
    const last = this.#notes.get(giver)
    const isSpent = presented !== null && this.#notes.get(presented) !== undefined
    if (last !== undefined && (isSpent || isNew(giver))) await replay(route, last.response)
    // A login over HTTP gives cookies: who asks with a token of its own does not have it.
    else if (presented === null && isNew(REFRESHED)) await replay(route, last?.response ?? null)
    else return false
    return true
  }

  async #answer(route: Route, request: Request): Promise<void> {
    if (await this.#replay(route, request)) return
    const response = await route.fetch()
    await this.#parts.settle()
    if (response.ok()) await this.#keep(request, response)
    await route.fulfill({ response })
  }

  async #keep(request: Request, response: APIResponse): Promise<void> {
    const presented = tokenOf(request)
    const headers = response.headersArray()
    const isCookie = ({ name }: { name: string }) => name.toLowerCase() === 'set-cookie'
    // One whose tokens are cookies may ask with the same body each time.
    if (presented !== null && !headers.some(isCookie)) this.#notes.put(presented, SPENT)
    const kept = headers.filter((header) => header.name.toLowerCase() === 'content-type')
    const body = await response.body()
    this.#notes.put(giverOf(request), REFRESHED, {
      status: response.status(),
      url: response.url(),
      headers: kept.map(({ name, value }) => [name.toLowerCase(), value]),
      bodyBase64: body.length > MAX_BODY_BYTES ? null : body.toString('base64'),
    })
  }

  /** Pages have a new token when they see what came with the note. */
  async #renewed(hashes: readonly string[]): Promise<void> {
    await this.#parts.settle()
    for (const hash of hashes) this.#renewedAt.set(hash, Date.now())
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
