import { isDeepStrictEqual } from 'node:util'
import type PQueue from 'p-queue'
import type { Page } from 'playwright'
import type { Dispatcher } from 'undici'
import type { BrowserHost, ContextBinding, ContextOptions } from '../browser/index.ts'
import type { Classifier } from '../challenge/index.ts'
import { type Clock, isOnejarError, OnejarError, parseHttpUrl, safeUrl, withSignal } from '../core/index.ts'
import {
  type CookieSource,
  type HttpTransport,
  IdentityHeaders,
  type OnejarResponse,
  SessionDispatcher,
  toAbortError,
  toResponse,
} from '../http/index.ts'
import { type ChangeSource, type Identity, SessionRecord } from '../record/index.ts'
import {
  BindingLearner,
  EventHub,
  type RoutedResponse,
  Router,
  type SessionEvent,
  TokenBindings,
  TokenSources,
} from '../routing/index.ts'
import type { SessionKey, SessionLink, StoredChanges, WriteBehind } from '../store/index.ts'
import { checkOptions, defaultContext, type FetchOptions, type RequestOptions } from './fetch-options.ts'
import { SessionBindings } from './session-bindings.ts'
import { SessionCookies } from './session-cookies.ts'
import {
  type ExportedSession,
  exportEntries,
  type ImportReport,
  importWrites,
  type SessionFormat,
} from './session-formats.ts'
import { SessionStorage } from './session-storage.ts'

export interface SessionSetup {
  readonly key: SessionKey
  readonly http: HttpTransport
  readonly browser: BrowserHost
  readonly contextOptions: ContextOptions
  /** What the caller chose to show; null to send no identity headers. It goes before what the record holds. */
  readonly identity: Identity | null | undefined
  /** What the browser shows; null where there is none. Asked once, and kept in the record. */
  readonly ownIdentity: () => Promise<Identity | null>
  readonly classifier: Classifier
  readonly store: WriteBehind
  readonly persist: 'behind' | 'before-response'
  readonly clock: Clock
  readonly writer: string
  readonly timeoutMs: number
  readonly visitTimeoutMs: number
  /** Where escalations wait for a page; shared by the sessions of a broker. */
  readonly visits: PQueue
  readonly blockResources: boolean
  /** Called when the session begins to be parked, with what ends when it is. */
  readonly onRelease: (released: Promise<void>) => void
}

/** How long a session that is released waits for the requests that are on their way. */
const GRACE_MS = 5_000

/** undici's shape of a response, and which way it came. */
export type SessionResponse = Pick<
  RoutedResponse,
  'statusCode' | 'statusText' | 'headers' | 'trailers' | 'body' | 'url' | 'redirected' | 'httpVersion' | 'via'
>

const API: ChangeSource = { name: 'api' }
const HTTP: ChangeSource = { name: 'http' }
const STORE: ChangeSource = { name: 'store' }

/**
 * One identity on one or more sites: HTTP requests and browser pages on the same record. Made by `broker.session()`. All
 * methods may be called concurrently.
 */
export class Session {
  readonly id: string
  readonly tenant: string
  readonly cookies: SessionCookies
  /** Which headers take their value from what pages keep. */
  readonly bindings: SessionBindings
  readonly #setup: SessionSetup
  readonly #record: SessionRecord
  readonly #events = new EventHub()
  readonly #router: Router
  readonly #learner: BindingLearner
  readonly #link: SessionLink
  readonly #cookieSource: CookieSource
  #identityHeaders: IdentityHeaders | null | undefined
  #identityLoading: Promise<IdentityHeaders | null> | undefined
  #binding: ContextBinding | undefined
  #opening: Promise<ContextBinding> | undefined
  #dispatcher: SessionDispatcher | undefined
  #room: Promise<void> | undefined
  #unsubscribe: (() => void) | undefined
  /** Requests that have not got their response. */
  #underway = 0
  #onIdle: (() => void) | undefined
  #released: Promise<void> | undefined

  private constructor(setup: SessionSetup) {
    this.id = setup.key.id
    this.tenant = setup.key.tenant
    this.#setup = setup
    this.#record = new SessionRecord({ writer: setup.writer, clock: setup.clock })
    const record = this.#record
    this.#cookieSource = {
      header: (url, context) => record.cookieHeader(url, context),
      receive: (lines, url, context, date) => record.receive(lines, url, context, HTTP, date),
    }
    this.#link = setup.store.link(setup.key, {
      onNews: (changes) => this.#takeNews(changes),
      recall: () => [...record.entries()],
    })
    this.cookies = new SessionCookies(record, API, {
      writable: () => this.#assertOpen(),
      settled: () => this.#settled(),
    })
    const sources = new TokenSources(record)
    const bindings = new TokenBindings(record, sources, this.#events, setup.clock)
    this.#learner = new BindingLearner(record, bindings, sources, STORE)
    this.bindings = new SessionBindings(bindings, () => this.#assertOpen())
    this.#router = new Router({
      record,
      bindings,
      http: setup.http,
      cookies: this.#cookieSource,
      classifier: setup.classifier,
      browser: {
        live: () => (this.#binding === undefined || this.#binding.asleep ? undefined : this.#binding),
        open: () => this.#open(),
        idle: async () => this.#binding?.pull(),
      },
      events: this.#events,
      clock: setup.clock,
      visitTimeoutMs: setup.visitTimeoutMs,
      visits: setup.visits,
      blockResources: setup.blockResources,
    })
  }

  /** Loads the session from the store, or starts it afresh. Used by the broker. */
  static async open(setup: SessionSetup): Promise<Session> {
    const session = new Session(setup)
    await session.#load()
    return session
  }

  /**
   * A standard Response, by the cheapest transport that works; `response.via` tells which.
   *
   * @throws OnejarError ONEJAR_BAD_URL, ONEJAR_BAD_OPTIONS, ONEJAR_TIMEOUT, ONEJAR_ABORTED, ONEJAR_NETWORK,
   * ONEJAR_CAPTCHA, ONEJAR_BLOCKED, ONEJAR_CHALLENGE_UNSOLVED, ONEJAR_BROWSER_NOT_FOUND, ONEJAR_CLOSED and those that
   * `ERRORS` describes
   */
  async fetch(input: string | URL | Request, options: FetchOptions = {}): Promise<OnejarResponse> {
    const response =
      input instanceof Request
        ? await this.#send(input.url, { ...fromRequest(input), ...options }, 'session.fetch()')
        : await this.#send(input, options, 'session.fetch()')
    return toResponse(response, { via: response.via })
  }

  /** The fast path: undici's shape of a response. Throws what `fetch` throws. The body has to be read or dumped. */
  request(url: string | URL, options: RequestOptions = {}): Promise<SessionResponse> {
    return this.#send(url, options, 'session.request()')
  }

  /** An undici dispatcher on the record, for `fetch(url, { dispatcher })` and other undici clients. It does not escalate. */
  get dispatcher(): Dispatcher {
    this.#dispatcher ??= new SessionDispatcher({
      transport: this.#setup.http,
      cookies: this.#cookieSource,
      identity: {
        headersFor: (url, context) => this.#identityHeaders?.headersFor(url, context) ?? [],
      },
      before: () => {
        if (this.#identityHeaders === undefined) return this.#identity().then(() => this.#pull())
        return this.#binding && !this.#binding.asleep ? this.#pull() : undefined
      },
      after: () => (this.#binding && !this.#binding.asleep ? this.#settled() : undefined),
    })
    return this.#dispatcher
  }

  /**
   * An ordinary Playwright page on the record: it starts with everything the session holds, and what it does the next
   * request sees. Close it when done.
   *
   * @throws OnejarError ONEJAR_BROWSER_NOT_FOUND, ONEJAR_BROWSER_FAILED, ONEJAR_CLOSED
   */
  async page(): Promise<Page> {
    this.#assertOpen()
    return (await this.#open()).newPage()
  }

  /** The localStorage of an origin. */
  storage(origin: string | URL): SessionStorage {
    return new SessionStorage(origin, this.#record, API, {
      writable: () => this.#assertOpen(),
      pull: () => this.#pull(),
      settled: () => this.#settled(),
    })
  }

  /**
   * The session in a file form, with what open pages have written until now. What the form cannot carry is listed. The
   * text holds the session's secrets.
   *
   * @throws OnejarError ONEJAR_CLOSED
   */
  async export(format: SessionFormat): Promise<ExportedSession> {
    this.#assertOpen()
    await this.#pull()
    return exportEntries(this.#record.entries(), format, this.#setup.clock.now())
  }

  /**
   * Takes a file's cookies and storage into the session, beside what it holds: the file goes before where both have
   * something. Resolves when open pages see it.
   *
   * @param input - the file's content, or what was parsed from it
   * @throws OnejarError ONEJAR_BAD_INPUT when the file as a whole has no known form (nothing is taken then), ONEJAR_CLOSED
   */
  async import(
    input: string | Uint8Array | object,
    format: SessionFormat | 'auto' = 'auto',
  ): Promise<ImportReport> {
    this.#assertOpen()
    const { writes, report } = importWrites(input, format, { tick: () => this.#record.tick() })
    this.#record.write(writes, API)
    await this.#settled()
    return report
  }

  /** What happens from now on, and why: challenges, visits, routes. Ends with the session. */
  events(): AsyncIterableIterator<SessionEvent> {
    return this.#events.listen()
  }

  /** Lets requests to an origin go on that a CAPTCHA or a block had halted. */
  resume(origin: string | URL): void {
    this.#router.resume(parseHttpUrl(origin).origin)
  }

  /** Tells the session's listeners of what concerns its store. Used by the broker. */
  note(event: SessionEvent): void {
    this.#events.emit(event)
    if (event.type === 'store' && event.state === 'back') this.#link.follow().catch(() => {})
  }

  /**
   * Resolves when the record holds what open pages wrote, and the store holds the record.
   *
   * @throws OnejarError ONEJAR_STORE_UNAVAILABLE, ONEJAR_CLOSED
   */
  async flush(): Promise<void> {
    this.#assertOpen()
    await this.#pull()
    await this.#link.flush()
  }

  /**
   * Parks the session: requests on their way get a few seconds to end, visits of the browser are given up, pages and their
   * context are closed, the record is flushed. Getting it from the broker again opens it anew. Idempotent.
   *
   * @throws OnejarError ONEJAR_STORE_UNAVAILABLE when the store could not take what was left; it is lost then
   */
  release(): Promise<void> {
    if (this.#released === undefined) {
      this.#released = Promise.resolve().then(() => this.#release())
      this.#setup.onRelease(this.#released)
    }
    return this.#released
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.release()
  }

  async #send(input: string | URL, options: RequestOptions, what: string): Promise<RoutedResponse> {
    this.#assertOpen()
    checkOptions(options, what)
    const url = parseHttpUrl(input)
    const { context } = options
    const signal = options.signal ?? undefined
    let timeoutMs = options.timeoutMs ?? this.#setup.timeoutMs
    this.#underway++
    try {
      if (this.#room !== undefined || this.#identityHeaders === undefined) {
        timeoutMs = await this.#ready(url, timeoutMs, signal)
      }
      const response = await this.#router.send({
        url,
        method: options.method === undefined ? undefined : normalizeMethod(options.method),
        headers: options.headers as never,
        body: options.body,
        context: context ?? defaultContext(url, options),
        signal,
        timeoutMs,
        redirect: options.redirect,
        maxRedirects: options.maxRedirects,
        identity: this.#identityHeaders ?? undefined,
        render: options.render,
        escalate: options.escalate,
        expect: options.expect,
      })
      if (this.#setup.persist === 'before-response') await this.#persisted(response)
      return response
    } finally {
      if (--this.#underway === 0) this.#onIdle?.()
    }
  }

  /** Waits for the first identity, or for room in the queue to the store. Resolves to what is left of the time. */
  async #ready(url: URL, timeoutMs: number, signal: AbortSignal | undefined): Promise<number> {
    const startedAt = performance.now()
    const limit = Promise.withResolvers<never>()
    const timer = setTimeout(() => {
      limit.reject(new OnejarError('ONEJAR_TIMEOUT', `${safeUrl(url)} took longer than ${timeoutMs} ms`))
    }, timeoutMs)
    try {
      await withSignal(Promise.race([Promise.all([this.#room, this.#identity()]), limit.promise]), signal)
    } catch (error) {
      throw signal?.aborted ? toAbortError(signal.reason, url) : error
    } finally {
      clearTimeout(timer)
    }
    return Math.max(1, Math.ceil(timeoutMs - (performance.now() - startedAt)))
  }

  /** What the response changed is in the store; where it cannot be, nobody gets the response. */
  async #persisted({ body }: RoutedResponse): Promise<void> {
    try {
      await this.#link.flush()
    } catch (error) {
      body.on('error', () => {}).destroy()
      throw error
    }
  }

  async #load(): Promise<void> {
    try {
      const stored = await this.#link.load()
      this.#record.merge(stored.entries, STORE)
      await this.#link.follow()
    } catch (error) {
      // The store is away: work goes on in memory, and what it holds comes as news when it is back.
      if (!(error instanceof OnejarError) || error.code !== 'ONEJAR_STORE_UNAVAILABLE') throw error
    }
    this.#unsubscribe = this.#record.subscribe((delta, source) => {
      if (source === STORE) return
      const room = this.#link.push(delta)
      if (room === undefined) return
      const waited = room.finally(() => {
        if (this.#room === waited) this.#room = undefined
      })
      this.#room = waited
    })
  }

  #takeNews(changes: StoredChanges): void {
    for (const { reason, payloadHash } of changes.problems) {
      const at = this.#setup.clock.now()
      this.#events.emit({ type: 'store', at, state: 'problem', reason: `${reason} ${payloadHash}` })
    }
    this.#record.merge(changes.entries, STORE)
  }

  /** The session's identity: from the record, or taken now and kept there. */
  #identity(): Promise<IdentityHeaders | null> {
    this.#identityLoading ??= this.#loadIdentity().catch((error) => {
      this.#identityLoading = undefined
      throw error
    })
    return this.#identityLoading
  }

  async #loadIdentity(): Promise<IdentityHeaders | null> {
    const { identity: chosen, ownIdentity } = this.#setup
    let identity = chosen === undefined ? (this.#record.value('identity', '') ?? null) : chosen
    if (chosen === undefined && identity === null) {
      identity = await ownIdentity().catch((error) => {
        // HTTP goes on without a browser; an escalation will say what is wrong with it.
        if (isOnejarError(error, 'ONEJAR_BROWSER_FAILED')) return null
        throw error
      })
    }
    if (identity !== null && !isDeepStrictEqual(identity, this.#record.value('identity', ''))) {
      this.#record.write([{ kind: 'identity', id: '', value: identity }], API)
    }
    this.#identityHeaders = identity === null ? null : new IdentityHeaders(identity)
    return this.#identityHeaders
  }

  #open(): Promise<ContextBinding> {
    this.#assertOpen()
    if (this.#binding && !this.#binding.closed) return Promise.resolve(this.#binding)
    this.#opening ??= this.#bind().finally(() => {
      this.#opening = undefined
    })
    return this.#opening
  }

  async #bind(): Promise<ContextBinding> {
    await this.#identity()
    const identity = this.#record.value('identity', '')
    this.#binding = await this.#setup.browser.bind(
      this.#record,
      {
        ...this.#setup.contextOptions,
        identity,
      },
      this.#learner,
    )
    if (this.#released) await this.#binding.close()
    return this.#binding
  }

  #pull(): Promise<void> {
    return this.#binding?.pull() ?? Promise.resolve()
  }

  #settled(): Promise<void> {
    return this.#binding?.push() ?? Promise.resolve()
  }

  #assertOpen(): void {
    if (this.#released) throw new OnejarError('ONEJAR_CLOSED', 'The session was released')
  }

  async #release(): Promise<void> {
    this.#router.close()
    await this.#drained()
    await this.#opening?.catch(() => undefined)
    await this.#binding?.close()
    this.#dispatcher?.close()
    // A response that comes later than this finds the record alone: there is nothing left to write it to.
    this.#unsubscribe?.()
    try {
      await this.#link.close()
    } finally {
      this.#events.end()
    }
  }

  /** Resolves when no request is on its way, or when they have had their time. */
  async #drained(): Promise<void> {
    if (this.#underway === 0) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, GRACE_MS)
      this.#onIdle = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}

/** Fetch standard, "normalize a method": six names are known in any case. */
function normalizeMethod(method: string): string {
  return /^(?:delete|get|head|options|post|put)$/i.test(method) ? method.toUpperCase() : method
}

/** What a Request says that the options do not. */
function fromRequest(request: Request): FetchOptions {
  return {
    method: request.method,
    headers: request.headers,
    signal: request.signal,
    redirect: request.redirect,
    ...(request.body ? { body: request.body as ReadableStream<Uint8Array> } : {}),
  }
}
