import type { Page } from 'playwright'
import type { Dispatcher } from 'undici'
import { OnejarError, safeUrl, withSignal } from '../../core/index.ts'
import {
  type CookieSource,
  type OnejarResponse,
  SessionDispatcher,
  toAbortError,
  toHttpError,
  toResponse,
} from '../../http/index.ts'
import { SessionQuarantine, SessionTelemetry } from '../../pipeline/index.ts'
import { type ChangeSource, SessionRecord } from '../../record/index.ts'
import { EventHub, type RoutedResponse, SentTokens, type SessionEvent } from '../../routing/index.ts'
import {
  dropOldClearance,
  SessionPersistence,
  TrackingFilter,
  UnfitEntries,
  withoutTracking,
} from '../../services/index.ts'
import { type ImportFormat, SESSION_FORMATS, type SessionFormat } from '../formats/format-names.ts'
import {
  type ExportedSession,
  exportEntries,
  type ImportFileOptions,
  type ImportReport,
  importOptions,
  importWrites,
  takeFile,
} from '../formats/session-formats.ts'
import { Input } from '../input/input.ts'
import { type QuarantineOptions, takeQuarantine } from '../input/take-quarantine.ts'
import { takeRequest } from '../input/take-request.ts'
import type { FetchOptions, RequestOptions } from '../options/fetch-options.ts'
import { type BlockedOrigin, blockedOriginsOf } from './blocked-origins.ts'
import type { SessionDeadLetters } from './dead-letters.ts'
import { liveSnapshot } from './live-snapshot.ts'
import { SessionStorage } from './local-storage.ts'
import { SessionCookies } from './session-cookies.ts'
import { SessionEngine } from './session-engine.ts'
import { SessionIdentity } from './session-identity.ts'
import type { SessionResponse } from './session-response.ts'
import type { ReleaseReason, SessionSetup } from './session-setup.ts'
import type { SessionTokenBindings } from './token-bindings.ts'

/** How long a session that is released waits for the requests that are on their way. */
const GRACE_MS = 5_000

const FETCH = new Input('session.fetch()')
const REQUEST = new Input('session.request()')
const OBSERVE = new Input('session.observe()')
const PAGE = new Input('session.page()')
const EXPORT = new Input('session.export()')
const SOLVE = new Input('session.solveChallenge()')
const UNBLOCK = new Input('session.unblock()')
const QUARANTINED = new Input('session.quarantined()')
const LIFT = new Input('session.liftQuarantine()')

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
  readonly #setup: SessionSetup
  readonly #record: SessionRecord
  readonly #events = new EventHub()
  readonly #identity: SessionIdentity
  readonly #persistence: SessionPersistence
  /** Null where trackers' cookies are stored like others. */
  readonly #tracking: TrackingFilter | null
  readonly #telemetry: SessionTelemetry | null
  readonly #quarantine: SessionQuarantine
  readonly #cookieSource: CookieSource
  /** Undefined until a request or a page is wanted. */
  #started: SessionEngine | undefined
  #dispatcher: SessionDispatcher | undefined
  /** Requests that have not got their response. */
  #underway = 0
  #onIdle: (() => void) | undefined
  #released: Promise<void> | undefined

  private constructor(setup: SessionSetup) {
    const { key, clock, telemetry } = setup
    this.id = key.id
    this.tenant = key.tenant
    this.#setup = setup
    const unfit = new UnfitEntries(clock, (problem) => {
      this.#events.emit(problem)
      setup.warn(problem)
    })
    const record = new SessionRecord({
      writer: setup.writer,
      clock,
      onUnfit: (write, reason) => unfit.report(write, reason),
    })
    this.#record = record
    this.#telemetry =
      telemetry && new SessionTelemetry(telemetry, setup.store.store.pseudonym(key), record, this.#events)
    this.#cookieSource = {
      header: (url, context) => record.cookieHeader(url, context),
      receive:
        this.#telemetry?.watch(record, HTTP) ??
        ((lines, url, context, date) => record.receive(lines, url, context, HTTP, date)),
    }
    this.#tracking = setup.compliance.keepsTracking ? null : new TrackingFilter()
    this.#quarantine = new SessionQuarantine(record, API, this.#events, clock)
    this.#identity = new SessionIdentity(record, API, setup.identity, setup.ownIdentity)
    this.#persistence = new SessionPersistence(setup.store, key, {
      record,
      source: STORE,
      events: this.#events,
      clock,
      tracking: this.#tracking,
    })
    this.cookies = new SessionCookies(record, API, {
      writable: () => this.#assertOpen(),
      pull: () => this.#pull(),
      claim: (what) => this.#started?.browser.claim(what),
      settled: () => this.#push(),
    })
    this.fetch = this.fetch.bind(this)
    this.request = this.request.bind(this)
    setup.compliance.watch(key, this.#events)
  }

  /** Loads the session from the store, or starts it afresh. Used by the broker. */
  static async open(setup: SessionSetup): Promise<Session> {
    const session = new Session(setup)
    await session.#persistence.load()
    session.#dropOldClearance()
    setup.network.onChange(async () => {
      session.#dropOldClearance()
      await session.#started?.browser.renew()
    })
    return session
  }

  /** What a site gave to another address is not shown through this one. */
  #dropOldClearance(): void {
    const { keepClearance, network } = this.#setup
    if (!keepClearance) dropOldClearance(this.#record, network.way.name, API)
  }

  /**
   * A standard Response, by the cheapest transport that works; `response.via` tells which. Bound to the session, so that it
   * can be handed to what takes a `fetch`.
   *
   * @example
   * const api = ky.create({ fetch: session.fetch })
   * @throws OnejarError ONEJAR_BAD_URL, ONEJAR_BAD_OPTIONS, ONEJAR_TIMEOUT, ONEJAR_ABORTED, ONEJAR_NETWORK,
   * ONEJAR_CAPTCHA, ONEJAR_BLOCKED, ONEJAR_CHALLENGE_UNSOLVED, ONEJAR_BROWSER_NOT_FOUND, ONEJAR_CLOSED and those that
   * `ERRORS` describes
   */
  async fetch(input: string | URL | Request, options?: FetchOptions): Promise<OnejarResponse> {
    const response = await this.#send(input, options, FETCH)
    return toResponse(response, { via: response.via })
  }

  /** The fast path: undici's shape of a response. Throws what `fetch` throws. The body has to be read or dumped. */
  request(url: string | URL, options?: RequestOptions): Promise<SessionResponse> {
    return this.#send(url, options, REQUEST)
  }

  /** Which headers take their value from what pages keep. */
  get tokenBindings(): SessionTokenBindings {
    this.#assertOpen()
    return this.#engine.bindings
  }

  /** Requests that were given up. */
  get deadLetters(): SessionDeadLetters {
    this.#assertOpen()
    return this.#engine.deadLetters
  }

  /**
   * An undici dispatcher on the record, for `fetch(url, { dispatcher })` and other undici clients. It does not escalate; where
   * the session is halted or in quarantine it refuses with the same error as `fetch`.
   */
  get dispatcher(): Dispatcher {
    this.#assertOpen()
    if (this.#setup.compliance.redaction !== undefined) {
      const what = 'session.dispatcher: bodies that pass through it are not redacted, and the broker redacts'
      throw new OnejarError('ONEJAR_BAD_OPTIONS', what)
    }
    const { tokens, browser, router } = this.#engine
    const { network } = this.#setup
    this.#dispatcher ??= new SessionDispatcher({
      get transport() {
        return network.transport
      },
      cookies: this.#cookieSource,
      identity: {
        headersFor: (url, context) => this.#identity.headers?.headersFor(url, context) ?? [],
        priorityFor: (context) => this.#identity.headers?.priorityFor(context),
      },
      extraHeaders: (url, own) => (tokens.empty ? undefined : new SentTokens(tokens, own).headersFor(url)),
      before: (url) => {
        this.#assertOpen()
        const refusal = this.#quarantine.refusal(url) ?? router.blocked(url)
        if (refusal !== undefined) throw refusal
        if (this.#identity.headers === undefined) {
          return this.#identity
            .load()
            .then(() => this.#admit(url))
            .then(() => browser.pull())
        }
        const wait = this.#admit(url)
        if (wait === undefined) return browser.live()?.pull()
        return wait.then(() => browser.live()?.pull())
      },
      after: () => browser.live()?.push(),
      onError: (error, url) => this.#quarantine.distrust(toHttpError(error, url)),
    })
    return this.#dispatcher
  }

  /**
   * An ordinary Playwright page on the record: it starts with everything the session holds, and what it does the next
   * request sees. Close it when done.
   *
   * @throws OnejarError ONEJAR_BROWSER_NOT_FOUND, ONEJAR_BROWSER_FAILED, ONEJAR_CLOSED
   */
  async page(options?: Readonly<Record<string, never>>): Promise<Page> {
    this.#assertOpen()
    PAGE.members(options, [])
    return (await this.#engine.browser.open()).newPage()
  }

  /** The localStorage of an origin. */
  localStorage(origin: string | URL): SessionStorage {
    this.#assertOpen()
    return new SessionStorage(origin, this.#record, API, {
      writable: () => this.#assertOpen(),
      pull: () => this.#pull(),
      claim: (what) => this.#started?.browser.claim(what),
      settled: () => this.#push(),
    })
  }

  /**
   * The session in a file form, with what open pages have written until now, their sessionStorage and databases included.
   * What the form cannot carry, or the browser did not give, is listed. The text holds the session's secrets.
   *
   * @throws OnejarError ONEJAR_CLOSED, ONEJAR_AUDIT_FAILED
   */
  async export(format: SessionFormat): Promise<ExportedSession> {
    this.#assertOpen()
    EXPORT.required(format, 'format', SESSION_FORMATS)
    await this.#pull()
    const { compliance, key, clock } = this.#setup
    compliance.record('session-exported', key, { format })
    const live = await liveSnapshot(this.#started?.browser)
    const filtered = this.#tracking ? withoutTracking(this.#record.entries()) : null
    const entries = filtered?.entries ?? this.#record.entries()
    const exported = exportEntries(entries, format, clock.now(), live.writes)
    return { ...exported, losses: [...exported.losses, ...live.losses, ...(filtered?.losses ?? [])] }
  }

  /**
   * Takes a file's cookies and storage into the session, beside what it holds: the file goes before where both have
   * something. Resolves when open pages see it.
   *
   * @param input - the file's content, or what was parsed from it
   * @param options - the form, which is told by the content otherwise; or options
   * @throws OnejarError ONEJAR_BAD_INPUT when the file as a whole has no known form (nothing is taken then),
   * ONEJAR_BAD_OPTIONS, ONEJAR_CLOSED
   */
  async import(
    input: string | Uint8Array | object,
    options: ImportFormat | 'auto' | ImportFileOptions = 'auto',
  ): Promise<ImportReport> {
    this.#assertOpen()
    const { format, site } = importOptions(options)
    const { writes, report } = importWrites(takeFile(input), format, {
      tick: () => this.#record.tick(),
      site,
    })
    this.#record.write(writes, API)
    await this.#push()
    return report
  }

  /**
   * Has the browser pass the challenge that a site has put before this URL, so that requests that follow need not meet it.
   * What the site then gives is in the record. Joins a visit to the origin that is under way.
   *
   * @param observedLifeMs - how long the clearance before was seen to last, where somebody else knows it. Used by workers.
   * @throws OnejarError ONEJAR_BAD_URL, ONEJAR_CHALLENGE_UNSOLVED, ONEJAR_CHALLENGE_LOOP, ONEJAR_CAPTCHA, ONEJAR_BLOCKED,
   * ONEJAR_RATE_LIMITED, ONEJAR_BROWSER_NOT_FOUND, ONEJAR_BROWSER_FAILED, ONEJAR_QUEUE_UNAVAILABLE, ONEJAR_NETWORK,
   * ONEJAR_CLOSED
   */
  async solveChallenge(url: string | URL, observedLifeMs: number | null = null): Promise<void> {
    this.#assertOpen()
    // A visit is proven over HTTP under the same identity. Without one it is its own evidence.
    await this.#identity.load().catch(() => {})
    await this.#engine.router.solve(SOLVE.url(url), observedLifeMs)
  }

  /**
   * Renews the clearance that a visit left which ended then, while it is the last one and holds. Used by workers.
   *
   * @param endedAt - epoch milliseconds
   * @throws OnejarError ONEJAR_BAD_URL, ONEJAR_CLOSED
   */
  async renew(url: string | URL, endedAt: number): Promise<void> {
    this.#assertOpen()
    await this.#engine.router.renew(SOLVE.url(url), endedAt)
  }

  /** What happens from now on, and why: challenges, visits, routes. Ends with the session. */
  events(): AsyncIterableIterator<SessionEvent> {
    return this.#events.listen()
  }

  /**
   * Lets requests to an origin go on that a CAPTCHA, a block, a quarantine, a Retry-After or its failures had stopped: here
   * and in every other process that has the session. A quarantine of the whole session stays: see `liftQuarantine()`.
   *
   * @throws OnejarError ONEJAR_BAD_URL, ONEJAR_CLOSED
   */
  unblock(origin: string | URL): void {
    this.#assertOpen()
    const url = UNBLOCK.url(origin)
    this.#quarantine.lift(url.origin)
    const isHalted = this.#record.value('halt', url.origin) !== undefined
    const engine = isHalted ? this.#engine : this.#started
    engine?.router.unblock(url.origin)
    engine?.resilience.lift(url.origin)
  }

  /** The origins at which the session has to stop until `resume`, and why; the one that was met first first. */
  blockedOrigins(): readonly BlockedOrigin[] {
    this.#assertOpen()
    return blockedOriginsOf(this.#record)
  }

  /** @deprecated `tokenBindings`; this name goes with 1.0. */
  get bindings(): SessionTokenBindings {
    return this.tokenBindings
  }

  /** @deprecated `localStorage()`; this name goes with 1.0. */
  storage(origin: string | URL): SessionStorage {
    return this.localStorage(origin)
  }

  /** @deprecated `solveChallenge()`; this name goes with 1.0. */
  visit(url: string | URL): Promise<void> {
    return this.solveChallenge(url)
  }

  /** @deprecated `unblock()`; this name goes with 1.0. */
  resume(origin: string | URL): void {
    this.unblock(origin)
  }

  /** Whether it was released: it cannot be used any more. */
  get closed(): boolean {
    return this.#released !== undefined
  }

  /**
   * Keeps the session from being used for a while, in every process that has it: its requests fail with
   * ONEJAR_QUARANTINED until then.
   *
   * @param reason - in a sentence without secrets, of up to 1,024 characters
   * @throws OnejarError ONEJAR_CLOSED, ONEJAR_BAD_URL, ONEJAR_BAD_OPTIONS
   */
  quarantine(reason: string, options?: QuarantineOptions): void {
    this.#assertOpen()
    const taken = takeQuarantine(reason, options)
    this.#quarantine.put(taken.origin, taken.reason, taken.forMs, taken.from)
  }

  /**
   * Until when and why the session is not to be used, at an origin or altogether; null when it may be. `until` is epoch
   * milliseconds as they were expected; `remainingMs` counts on, also where the system's clock was set since.
   *
   * @throws OnejarError ONEJAR_CLOSED, ONEJAR_BAD_URL
   */
  quarantined(
    origin?: string | URL,
  ): { readonly until: number; readonly remainingMs: number; readonly reason: string } | null {
    this.#assertOpen()
    return this.#quarantine.describe(origin === undefined ? undefined : QUARANTINED.url(origin).origin)
  }

  /**
   * Ends a quarantine before its time, in every process that has the session: that of the whole session, or that of an
   * origin. Make sure first that what led to it (`quarantined()` says) is over: a pinned key that did not fit can be a thief.
   *
   * @throws OnejarError ONEJAR_CLOSED, ONEJAR_BAD_URL
   */
  liftQuarantine(origin?: string | URL): void {
    this.#assertOpen()
    this.#quarantine.lift(origin === undefined ? undefined : LIFT.url(origin).origin)
  }

  /** Calls back with each event, at once. Used by the pool. */
  observe(callback: (event: SessionEvent) => void): void {
    if (typeof callback !== 'function') throw OBSERVE.bad('callback: expected a function')
    this.#events.tap((event) => {
      this.#setup.userCode.run('session.observe()', () => callback(event))
    }, true)
  }

  /** Whether the store knew the session when it was opened. */
  get stored(): boolean {
    return this.#persistence.stored
  }

  /** Names and values of the live cookies. Used by the broker. */
  get cookieBytes(): number {
    return this.#telemetry?.cookieBytes ?? 0
  }

  /** Tells the session's listeners of what concerns its store. Used by the broker. */
  note(event: SessionEvent): void {
    this.#events.emit(event)
    if (event.type === 'store' && event.state === 'back') this.#persistence.follow()
  }

  /**
   * Resolves when the record holds what open pages wrote, and the store holds the record.
   *
   * @throws OnejarError ONEJAR_STORE_UNAVAILABLE, ONEJAR_CLOSED
   */
  async flush(): Promise<void> {
    this.#assertOpen()
    await this.#pull()
    await this.#persistence.flush()
  }

  /**
   * Parks the session: requests on their way get a few seconds to end, visits of the browser are given up, pages and their
   * context are closed, the record is flushed. Getting it from the broker again opens it anew. Idempotent.
   *
   * @param reason - for the metrics
   * @throws OnejarError ONEJAR_STORE_UNAVAILABLE when the store could not take what was left; it is lost then
   */
  release(reason: ReleaseReason = 'released'): Promise<void> {
    if (this.#released === undefined) {
      this.#released = Promise.resolve().then(() => this.#release())
      this.#setup.onRelease(this.#released, reason)
    }
    return this.#released
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.release()
  }

  async #send(
    target: string | URL | Request,
    options: RequestOptions | undefined,
    input: Input,
  ): Promise<RoutedResponse> {
    this.#assertOpen()
    const request = takeRequest(target, options, input)
    const { url, signal, body } = request
    let timeoutMs = request.timeoutMs ?? this.#setup.timeoutMs
    this.#underway++
    try {
      const reading = body?.settled()
      if (reading !== undefined) await withSignal(reading, signal)
      if (this.#persistence.room !== undefined || this.#identity.headers === undefined) {
        timeoutMs = await this.#ready(url, timeoutMs, signal)
      }
      const identity = this.#identity.source
      const { way, robots } = this.#engine
      const beforeHop = request.robots === false ? undefined : robots?.beforeHop
      return await way({ ...request, timeoutMs, identity, beforeHop })
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
      await withSignal(
        Promise.race([Promise.all([this.#persistence.room, this.#identity.load()]), limit.promise]),
        signal,
      )
    } catch (error) {
      throw signal?.aborted ? toAbortError(signal.reason, url) : error
    } finally {
      clearTimeout(timer)
    }
    return Math.max(1, Math.ceil(timeoutMs - (performance.now() - startedAt)))
  }

  /** Before a request that does not pass through the steps: it waits no longer than others may. */
  #admit(url: URL): Promise<void> | undefined {
    return this.#engine.robots?.admit(url, { url, timeoutMs: this.#setup.timeoutMs })
  }

  get #engine(): SessionEngine {
    this.#started ??= new SessionEngine({
      setup: this.#setup,
      record: this.#record,
      events: this.#events,
      identity: this.#identity,
      persistence: this.#persistence,
      telemetry: this.#telemetry,
      quarantine: this.#quarantine,
      cookieSource: this.#cookieSource,
      storeSource: STORE,
      login: this,
      assertOpen: () => this.#assertOpen(),
    })
    return this.#started
  }

  /** Brings what open pages wrote into the record. */
  #pull(): Promise<void> {
    return this.#started?.browser.pull() ?? Promise.resolve()
  }

  /** Resolves when open pages see what the record holds. */
  #push(): Promise<void> {
    return this.#started?.browser.push() ?? Promise.resolve()
  }

  #assertOpen(): void {
    if (this.#released) throw new OnejarError('ONEJAR_CLOSED', 'The session was released')
  }

  async #release(): Promise<void> {
    this.#started?.stop()
    await this.#drained()
    await this.#started?.browser.close()
    this.#dispatcher?.close()
    try {
      // A response that comes later than this finds the record alone: there is nothing left to write it to.
      await this.#persistence.close()
      const withheld = this.#tracking?.names ?? []
      if (withheld.length > 0) {
        this.#setup.compliance.note('tracking-withheld', this.#setup.key, { names: withheld.join(' ') })
      }
    } finally {
      this.#telemetry?.close()
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
