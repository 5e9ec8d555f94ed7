import type { Page } from 'playwright'
import type { Dispatcher } from 'undici'
import { OnejarError } from '../../core/index.ts'
import type { OnejarResponse } from '../../http/index.ts'
import type { SessionEvent } from '../../routing/index.ts'
import { withoutTracking } from '../../services/index.ts'
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
import { setInternals } from '../internals.ts'
import type { FetchOptions, RequestOptions } from '../options/fetch-options.ts'
import { type BlockedOrigin, blockedOriginsOf } from './blocked-origins.ts'
import type { SessionDeadLetters } from './dead-letters.ts'
import { liveSnapshot } from './live-snapshot.ts'
import type { SessionStorage } from './local-storage.ts'
import type { SessionCookies } from './session-cookies.ts'
import { API, type SessionInternals } from './session-internals.ts'
import type { SessionResponse } from './session-response.ts'
import type { SessionTokenBindings } from './token-bindings.ts'

const PAGE = new Input('session.page()')
const EXPORT = new Input('session.export()')
const UNBLOCK = new Input('session.unblock()')
const QUARANTINED = new Input('session.quarantined()')
const LIFT = new Input('session.liftQuarantine()')

/**
 * One identity on one or more sites: HTTP requests and browser pages on the same record. Made by `broker.session()`. All
 * methods may be called concurrently.
 */
export class Session {
  readonly id: string
  readonly tenant: string
  readonly cookies: SessionCookies
  readonly #internals: SessionInternals

  /** Use `broker.session()`. */
  constructor(internals: SessionInternals) {
    this.#internals = internals
    setInternals(this, internals)
    this.id = internals.config.key.id
    this.tenant = internals.config.key.tenant
    this.cookies = internals.cookies
    this.fetch = this.fetch.bind(this)
    this.request = this.request.bind(this)
  }

  /**
   * A standard Response, by the cheapest transport that works; `response.via` names it. Bound to the session, so that it
   * can be handed to what takes a `fetch`.
   *
   * @example
   * const api = ky.create({ fetch: session.fetch })
   * @throws OnejarError ONEJAR_BAD_URL, ONEJAR_BAD_OPTIONS, ONEJAR_TIMEOUT, ONEJAR_ABORTED, ONEJAR_NETWORK,
   * ONEJAR_CAPTCHA, ONEJAR_BLOCKED, ONEJAR_CHALLENGE_UNSOLVED, ONEJAR_BROWSER_NOT_FOUND, ONEJAR_CLOSED and those that
   * `ERRORS` describes
   */
  async fetch(input: string | URL | Request, options?: FetchOptions): Promise<OnejarResponse> {
    return this.#internals.fetch(input, options)
  }

  /** The fast path: undici's shape of a response. Throws what `fetch` throws. The body has to be read or dumped. */
  request(url: string | URL, options?: RequestOptions): Promise<SessionResponse> {
    return this.#internals.request(url, options)
  }

  /** Which headers take their value from what pages keep. */
  get tokenBindings(): SessionTokenBindings {
    this.#internals.assertOpen()
    return this.#internals.engine.bindings
  }

  /** Requests that were given up. */
  get deadLetters(): SessionDeadLetters {
    this.#internals.assertOpen()
    return this.#internals.engine.deadLetters
  }

  /**
   * An undici dispatcher on the record, for `fetch(url, { dispatcher })` and other undici clients. It does not escalate; where
   * the session is blocked or in quarantine it refuses with the same error as `fetch`.
   */
  get dispatcher(): Dispatcher {
    this.#internals.assertOpen()
    if (this.#internals.services.compliance.redaction !== undefined) {
      const what = 'session.dispatcher: bodies that pass through it are not redacted, and the broker redacts'
      throw new OnejarError('ONEJAR_BAD_OPTIONS', what)
    }
    return this.#internals.dispatcher
  }

  /**
   * An ordinary Playwright page on the record: it starts with everything the session holds, and what it does the next
   * request sees. Close it when done.
   *
   * @throws OnejarError ONEJAR_BROWSER_NOT_FOUND, ONEJAR_BROWSER_FAILED, ONEJAR_CLOSED
   */
  async page(options?: Readonly<Record<string, never>>): Promise<Page> {
    this.#internals.assertOpen()
    PAGE.members(options, [])
    return (await this.#internals.engine.browser.open()).newPage()
  }

  /** The localStorage of an origin. */
  localStorage(origin: string | URL): SessionStorage {
    return this.#internals.localStorage(origin)
  }

  /**
   * The session in a file form, with what open pages have written until now, their sessionStorage and databases included.
   * What the form cannot carry, or the browser did not give, is listed. The text holds the session's secrets.
   *
   * @throws OnejarError ONEJAR_CLOSED, ONEJAR_AUDIT_FAILED
   */
  async export(format: SessionFormat): Promise<ExportedSession> {
    this.#internals.assertOpen()
    EXPORT.required(format, 'format', SESSION_FORMATS)
    await this.#internals.pull()
    const { services, config, record, tracking, started } = this.#internals
    services.compliance.record('session-exported', config.key, { format })
    const live = await liveSnapshot(started?.browser)
    const filtered = tracking ? withoutTracking(record.entries()) : null
    const entries = filtered?.entries ?? record.entries()
    const exported = exportEntries(entries, format, services.clock.now(), live.writes)
    return { ...exported, losses: [...exported.losses, ...live.losses, ...(filtered?.losses ?? [])] }
  }

  /**
   * Takes a file's cookies and storage into the session, beside what it holds: the file wins where both have
   * something. Resolves when open pages see it.
   *
   * @param input - the file's content, or what was parsed from it
   * @param options - the format, which is otherwise recognised by the content; or options
   * @throws OnejarError ONEJAR_BAD_INPUT when the file as a whole has no known form (nothing is taken then),
   * ONEJAR_BAD_OPTIONS, ONEJAR_CLOSED
   */
  async import(
    input: string | Uint8Array | object,
    options: ImportFormat | 'auto' | ImportFileOptions = 'auto',
  ): Promise<ImportReport> {
    this.#internals.assertOpen()
    const { format, site } = importOptions(options)
    const { writes, report } = importWrites(takeFile(input), format, {
      tick: () => this.#internals.record.tick(),
      site,
    })
    this.#internals.record.write(writes, API)
    await this.#internals.push()
    return report
  }

  /**
   * Has the browser pass the challenge that a site has put before this URL, so that requests that follow need not meet it.
   * What the site then sets is in the record. Joins a solve for the origin that is under way.
   *
   * @throws OnejarError ONEJAR_BAD_URL, ONEJAR_CHALLENGE_UNSOLVED, ONEJAR_CHALLENGE_LOOP, ONEJAR_CAPTCHA, ONEJAR_BLOCKED,
   * ONEJAR_RATE_LIMITED, ONEJAR_BROWSER_NOT_FOUND, ONEJAR_BROWSER_FAILED, ONEJAR_QUEUE_UNAVAILABLE, ONEJAR_NETWORK,
   * ONEJAR_CLOSED
   */
  async solveChallenge(url: string | URL): Promise<void> {
    await this.#internals.solveChallenge(url)
  }

  /** What happens from now on, and why: challenges, solves, routes. Ends with the session. */
  events(): AsyncIterableIterator<SessionEvent> {
    return this.#internals.events.listen()
  }

  /**
   * Lets requests to an origin go on that a CAPTCHA, a block, a quarantine, a Retry-After or its failures had stopped: here
   * and in every other process that has the session. A quarantine of the whole session stays: see `liftQuarantine()`.
   *
   * @throws OnejarError ONEJAR_BAD_URL, ONEJAR_CLOSED
   */
  unblock(origin: string | URL): void {
    this.#internals.assertOpen()
    const internals = this.#internals
    const url = UNBLOCK.url(origin)
    internals.quarantine.lift(url.origin)
    const isBlocked = internals.record.value('halt', url.origin) !== undefined
    const engine = isBlocked ? internals.engine : internals.started
    engine?.router.unblock(url.origin)
    engine?.resilience.lift(url.origin)
  }

  /** The origins at which the session has to stop until `resume`, and why; the one that was met first first. */
  blockedOrigins(): readonly BlockedOrigin[] {
    this.#internals.assertOpen()
    return blockedOriginsOf(this.#internals.record)
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

  /** Whether the store had the session when it was opened. Costs nothing. */
  get stored(): boolean {
    return this.#internals.stored
  }

  /** Whether it was released: it cannot be used any more. */
  get closed(): boolean {
    return this.#internals.closed
  }

  /**
   * Keeps the session from being used for a while, in every process that has it: its requests fail with
   * ONEJAR_QUARANTINED until then.
   *
   * @param reason - in a sentence without secrets, of up to 1,024 characters
   * @throws OnejarError ONEJAR_CLOSED, ONEJAR_BAD_URL, ONEJAR_BAD_OPTIONS
   */
  quarantine(reason: string, options?: QuarantineOptions): void {
    this.#internals.assertOpen()
    const taken = takeQuarantine(reason, options)
    this.#internals.quarantine.put(taken.origin, taken.reason, taken.forMs, taken.from)
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
    this.#internals.assertOpen()
    return this.#internals.quarantine.describe(
      origin === undefined ? undefined : QUARANTINED.url(origin).origin,
    )
  }

  /**
   * Ends a quarantine before its time, in every process that has the session: that of the whole session, or that of an
   * origin. Make sure first that what led to it (`quarantined()` says) is over: a pinned key that did not fit can be a thief.
   *
   * @throws OnejarError ONEJAR_CLOSED, ONEJAR_BAD_URL
   */
  liftQuarantine(origin?: string | URL): void {
    this.#internals.assertOpen()
    this.#internals.quarantine.lift(origin === undefined ? undefined : LIFT.url(origin).origin)
  }

  /**
   * Resolves when the record holds what open pages wrote, and the store holds the record.
   *
   * @throws OnejarError ONEJAR_STORE_UNAVAILABLE, ONEJAR_CLOSED
   */
  async flush(): Promise<void> {
    this.#internals.assertOpen()
    await this.#internals.pull()
    await this.#internals.persistence.flush()
  }

  /**
   * Releases the session: requests under way get a few seconds to end, solves are given up, pages and their
   * context are closed, the record is flushed. Getting it from the broker again opens it anew. Idempotent.
   *
   * @throws OnejarError ONEJAR_STORE_UNAVAILABLE when the store could not take what was left; it is lost then
   */
  release(): Promise<void> {
    return this.#internals.release('released')
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.release()
  }
}
