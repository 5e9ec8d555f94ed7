import type { BrowserContext, Page } from 'playwright'
import type { Dispatcher } from 'undici'
import { OnejarError } from '../../core/index.ts'
import type { Discovery } from '../../discovery/index.ts'
import type { OnejarResponse } from '../../http/index.ts'
import type { SessionReport } from '../../report/index.ts'
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
import { type AttachedContext, attachContext } from './attached-context.ts'
import { type BlockedOrigin, blockedOriginsOf } from './blocked-origins.ts'
import type { SessionDeadLetters } from './dead-letters.ts'
import type { DiscoverOptions } from './discover.ts'
import { liveSnapshot } from './live-snapshot.ts'
import type { SessionStorage } from './local-storage.ts'
import { openPage } from './open-page.ts'
import { openReport, type ReportOptions } from './open-report.ts'
import { type HarRecording, openRecording, type RecordOptions } from './recording/har-recording.ts'
import type { SessionCookies } from './session-cookies.ts'
import { API, type SessionInternals } from './session-internals.ts'
import type { SessionResponse } from './session-response.ts'
import type { SessionRoutes } from './session-routes.ts'
import type { SessionTokenBindings } from './token-bindings.ts'

const PAGE = new Input('session.page()')
const EXPORT = new Input('session.export()')
const UNBLOCK = new Input('session.unblock()')
const QUARANTINED = new Input('session.quarantined()')
const LIFT = new Input('session.liftQuarantine()')

/**
 * A user on one or more sites: HTTP requests and browser pages on the same record. Made by `broker.session()`. All methods
 * may be called concurrently.
 *
 * @example
 * ```ts
 * const session = await broker.session('alice')
 * await session.fetch('https://example.com/login', { method: 'POST', body: new URLSearchParams({ user: 'alice' }) })
 * const page = await session.page()
 * await page.goto('https://example.com/')
 * await page.close()
 * ```
 */
export class Session {
  /** The id that `broker.session()` was called with. */
  readonly id: string
  /** The tenant; `default` where none was given. */
  readonly tenant: string
  /**
   * The cookies of the session: read and write them here, without a request.
   *
   * @example
   * ```ts
   * console.log(session.cookies.header('https://example.com/'))
   * ```
   */
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
   * Sends a request by the cheapest transport that works (`response.via` names it) and resolves to a standard Response. It
   * is bound to the session, so it can be handed to anything that takes a `fetch`.
   *
   * As a rule it costs one round trip to the site. A challenge costs page loads in the browser as well, where `escalate` is
   * not false; the first request to an origin also fetches its robots.txt.
   *
   * @param input - an absolute `http:` or `https:` URL, or a Request
   * @throws OnejarError ONEJAR_BAD_URL, ONEJAR_BAD_OPTIONS, ONEJAR_TIMEOUT, ONEJAR_ABORTED, ONEJAR_NETWORK,
   * ONEJAR_RATE_LIMITED, ONEJAR_ROBOTS_DISALLOWED, ONEJAR_CAPTCHA, ONEJAR_BLOCKED, ONEJAR_CHALLENGE_UNSOLVED,
   * ONEJAR_BROWSER_NOT_FOUND, ONEJAR_CLOSED, and others that `ERRORS` describes
   * @example
   * ```ts
   * const response = await session.fetch('https://example.com/api/orders', {
   *   headers: { accept: 'application/json' },
   *   timeoutMs: 10_000,
   * })
   * if (response.ok) console.log(await response.json())
   * ```
   * @example
   * ```ts
   * import ky from 'ky'
   *
   * const api = ky.create({ fetch: session.fetch })
   * const orders = await api.get('https://example.com/api/orders').json()
   * ```
   * @example
   * ```ts
   * const title = await session.fetch('https://example.com/', { extract: { title: 'h1' } })
   * console.log(await title.json()) // { title: '…' }
   * ```
   */
  async fetch(input: string | URL | Request, options?: FetchOptions): Promise<OnejarResponse> {
    return this.#internals.fetch(input, options)
  }

  /**
   * The same as `fetch`, with the response in the shape of undici's `request()`: it makes no Headers and no web stream. Read
   * the body, or `dump()` it: until then it holds its connection.
   *
   * @throws OnejarError what `fetch` throws
   * @example
   * ```ts
   * const { statusCode, body } = await session.request('https://example.com/api/orders')
   * const orders = statusCode === 200 ? await body.json() : await body.dump()
   * ```
   */
  request(url: string | URL, options?: RequestOptions): Promise<SessionResponse> {
    return this.#internals.request(url, options)
  }

  /**
   * Opens a page once, looks at what it asks for itself, and says which of its requests holds what is wanted: so that plain HTTP can ask
   * for the data without the page. Each comes with its URL as a template, the place of each text, the headers that it needs, what
   * pages it, whether HTTP can ask for it, why it has its rank, and a snippet that makes the request. Nothing is sent again.
   *
   * Costs one page load. At most 200 requests and 16 MiB of their answers are looked into; those of frames and workers are not.
   *
   * @param options - what is wanted: texts that the page shows, or fields by selector. Default: all that it shows
   * @throws OnejarError ONEJAR_BAD_URL, ONEJAR_BAD_OPTIONS, ONEJAR_DISCOVERY_FAILED, ONEJAR_BROWSER_NOT_FOUND, and what `fetch` throws
   * @example
   * ```ts
   * const { requests } = await session.discover('https://example.com/', { want: { title: 'h1' } })
   * for (const { method, url, replayable, reasons } of requests) console.log(method, url, replayable, reasons)
   * ```
   */
  discover(url: string | URL, options?: DiscoverOptions): Promise<Discovery> {
    return this.#internals.discover(url, options)
  }

  /**
   * Which request headers take their value from a cookie or a storage item of a page.
   *
   * @throws OnejarError ONEJAR_CLOSED
   * @example
   * ```ts
   * for (const { origin, header } of session.tokenBindings.list()) console.log(origin, header)
   * ```
   */
  get tokenBindings(): SessionTokenBindings {
    this.#internals.assertOpen()
    return this.#internals.engine.bindings
  }

  /**
   * Which fields of which pages come from the pages' own data, over HTTP: what `fetch(url, { extract })` has learned.
   *
   * @throws OnejarError ONEJAR_CLOSED
   * @example
   * ```ts
   * for (const { pattern, requests } of session.routes.list()) console.log(pattern, requests)
   * ```
   */
  get routes(): SessionRoutes {
    this.#internals.assertOpen()
    return this.#internals.engine.routes
  }

  /**
   * The requests that failed for good and are kept, where the option `deadLetters` is set.
   *
   * @throws OnejarError ONEJAR_CLOSED
   * @example
   * ```ts
   * for (const { id, url, code } of session.deadLetters.list()) console.log(id, url, code)
   * ```
   */
  get deadLetters(): SessionDeadLetters {
    this.#internals.assertOpen()
    return this.#internals.engine.deadLetters
  }

  /**
   * An undici dispatcher on the record, for `request(url, { dispatcher })` of undici and other undici clients. It sends over
   * HTTP only and never escalates. Where the session is blocked or in quarantine it refuses with the same error as `fetch`.
   *
   * @throws OnejarError ONEJAR_CLOSED, ONEJAR_BAD_OPTIONS where the broker has the option `redact`: bodies that pass through
   * a dispatcher are not redacted
   * @example
   * ```ts
   * import { request } from 'undici'
   *
   * const { body } = await request('https://example.com/', { dispatcher: session.dispatcher })
   * console.log(await body.text())
   * ```
   */
  get dispatcher(): Dispatcher {
    this.#internals.assertOpen()
    if (this.#internals.redaction !== undefined) {
      const what = 'session.dispatcher: bodies that pass through it are not redacted, and the broker redacts'
      throw new OnejarError('ONEJAR_BAD_OPTIONS', what)
    }
    return this.#internals.dispatcher
  }

  /**
   * Opens an ordinary Playwright page on the record. It starts with everything that the session holds, and the session's
   * next request sees what it does. Close it when the work is done: an open page keeps the process alive, and `await using broker`
   * closes all of them at the end.
   *
   * The first page of a broker starts the browser (about a second); the first page of a session opens a context.
   *
   * @throws OnejarError ONEJAR_BROWSER_NOT_FOUND, ONEJAR_BROWSER_FAILED, ONEJAR_BAD_OPTIONS, ONEJAR_CLOSED
   * @example
   * ```ts
   * const page = await session.page()
   * await page.goto('https://example.com/')
   * await page.evaluate(() => localStorage.setItem('seen', '1'))
   * await page.close()
   * const { headers } = await session.fetch('https://example.com/')
   * ```
   */
  async page(options?: Readonly<Record<string, never>>): Promise<Page> {
    this.#internals.assertOpen()
    PAGE.members(options, [])
    return openPage(this.#internals, 'session.page()')
  }

  /**
   * Has the session live in a browser context of yours: launched with any options, persistent, over CDP, or the test runner's.
   * What its pages do is in the session at its next request, and the other way round; `session.page()` and escalation open
   * their pages in it. Both sides hold the same afterwards; where both have something, the session's value wins. The context is
   * neither replaced nor closed. It goes through the proxy that it was made with, not the session's; a session that shows nothing
   * of itself yet shows what the context does.
   *
   * @param context - a Playwright BrowserContext of Chromium; or the DevTools address of a browser, whose default context is
   * attached: a person's own Chrome, or one that Selenium or Puppeteer drives
   * @param options - `contextId`: of the browser at the address, the context with this id instead, as `context.id` of one that
   * Puppeteer's `browser.createBrowserContext()` made
   * @throws OnejarError ONEJAR_BAD_OPTIONS for what is no open context of Chromium, ONEJAR_CONTEXT_IN_USE,
   * ONEJAR_BROWSER_FAILED, ONEJAR_POLICY_DENIED, ONEJAR_CLOSED
   * @example
   * ```ts
   * import type { Browser } from 'playwright'
   *
   * async function logInByPage(browser: Browser): Promise<void> {
   *   const context = await browser.newContext({ locale: 'de-DE' })
   *   const attached = await session.attach(context)
   *   const page = await context.newPage()
   *   await page.goto('https://example.com/login')
   *   await page.getByRole('button', { name: 'Log in' }).click()
   *   const response = await session.fetch('https://example.com/account')
   *   await attached.detach()
   * }
   * ```
   */
  async attach(
    context: BrowserContext | string | URL,
    options?: { readonly contextId?: string | undefined },
  ): Promise<AttachedContext> {
    return attachContext(this.#internals, context, options)
  }

  /**
   * The localStorage of an origin. The call itself costs nothing.
   *
   * @param origin - a URL of the site
   * @throws OnejarError ONEJAR_BAD_URL, ONEJAR_CLOSED
   * @example
   * ```ts
   * await session.localStorage('https://example.com').set('theme', 'dark')
   * ```
   */
  localStorage(origin: string | URL): SessionStorage {
    return this.#internals.localStorage(origin)
  }

  /**
   * The session in a file form, with what open pages have written until now, their sessionStorage and databases included.
   * `losses` lists what the form cannot carry and what the browser did not give. The text holds the session's secrets. Costs
   * one round trip to the browser where pages are open.
   *
   * @throws OnejarError ONEJAR_BAD_OPTIONS, ONEJAR_CLOSED, ONEJAR_AUDIT_FAILED
   * @example
   * ```ts
   * import { writeFile } from 'node:fs/promises'
   *
   * const { text, losses } = await session.export('playwright')
   * await writeFile('alice.json', text, { mode: 0o600 })
   * for (const { what, count } of losses) console.warn(`${count} cookies lose their ${what}`)
   * ```
   */
  async export(format: SessionFormat): Promise<ExportedSession> {
    this.#internals.assertOpen()
    EXPORT.required(format, 'format', SESSION_FORMATS)
    await this.#internals.pull()
    const { services, config, record, tracking, started, isolation } = this.#internals
    const sharing = isolation?.permit('share', 'session.export()')
    services.compliance.record('session-exported', config.key, { format })
    const cookiesOnly = sharing === 'transform'
    const live = cookiesOnly ? { writes: [], losses: [] } : await liveSnapshot(started?.browser)
    const filtered = tracking ? withoutTracking(record.entries()) : null
    const kept = filtered?.entries ?? record.entries()
    const entries = cookiesOnly ? [...kept].filter(({ kind }) => kind === 'cookie') : kept
    const exported = exportEntries(entries, format, services.clock.now(), live.writes)
    return { ...exported, losses: [...exported.losses, ...live.losses, ...(filtered?.losses ?? [])] }
  }

  /**
   * Takes a file's cookies and storage into the session, beside what it holds: the file wins where both have something.
   * Resolves when open pages see it.
   *
   * @param input - the file's content, or what was parsed from it
   * @param options - the format, or options. Default: `auto`, which recognises the format by the content
   * @throws OnejarError ONEJAR_BAD_INPUT when the file as a whole has no known form (nothing is taken then),
   * ONEJAR_BAD_OPTIONS, ONEJAR_CLOSED
   * @example
   * ```ts
   * const file = '.example.com\tTRUE\t/\tTRUE\t0\tsid\t31d4d96e'
   * const { cookies, problems } = await session.import(file, 'netscape')
   * console.log(`${cookies} cookies, ${problems.length} problems`)
   * ```
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
   * Has the browser pass the challenge that a site shows before this URL, so that later requests do not meet it. The cookies
   * that the site then sets are in the record. Joins a solve for the origin that is under way. Costs a page load or more.
   *
   * @throws OnejarError ONEJAR_BAD_URL, ONEJAR_CHALLENGE_UNSOLVED, ONEJAR_CHALLENGE_LOOP, ONEJAR_CAPTCHA, ONEJAR_BLOCKED,
   * ONEJAR_RATE_LIMITED, ONEJAR_BROWSER_NOT_FOUND, ONEJAR_BROWSER_FAILED, ONEJAR_QUEUE_UNAVAILABLE, ONEJAR_NETWORK,
   * ONEJAR_CLOSED
   * @example
   * ```ts
   * await session.solveChallenge('https://example.com/')
   * const response = await session.fetch('https://example.com/')
   * ```
   */
  async solveChallenge(url: string | URL): Promise<void> {
    await this.#internals.solveChallenge(url)
  }

  /**
   * What happens from now on, and why: challenges, solves, routes, retries. Ends with the session. A listener that is 10,000
   * events behind loses the oldest, and gets an event `lost` with their number.
   *
   * @example
   * ```ts
   * const listening = (async () => {
   *   for await (const event of session.events()) console.log(event.type, new Date(event.at).toISOString())
   * })()
   * await session.fetch('https://example.com/')
   * await session.release()
   * await listening
   * ```
   */
  events(): AsyncIterableIterator<SessionEvent> {
    return this.#internals.events.listen()
  }

  /**
   * What happens from now on, collected: for a page that shows a run to people (`html()`), or as data. While it watches, each
   * request is reported; that costs some microseconds a request, and memory for the latest of them alone.
   *
   * @param options - how many are kept
   * @throws OnejarError ONEJAR_BAD_OPTIONS, ONEJAR_CLOSED
   * @example
   * ```ts
   * import { writeFile } from 'node:fs/promises'
   *
   * const report = session.report()
   * await session.fetch('https://example.com/')
   * await writeFile('report.html', report.html({ title: 'A run' }))
   * report.stop()
   * ```
   */
  report(options?: ReportOptions): SessionReport {
    return openReport(this.#internals, options)
  }

  /**
   * Records from now on what the session sends and gets, over HTTP, by fetches in pages, and by its pages themselves, as one HAR 1.2
   * file, which browsers' developer tools open. Secrets are left out unless they are asked for.
   *
   * @param options - the file, and what is written to it
   * @returns the recording; its `stop()` writes the file
   * @throws OnejarError ONEJAR_BAD_OPTIONS (also where the file cannot be written), ONEJAR_AUDIT_FAILED, ONEJAR_CLOSED
   * @example
   * ```ts
   * const recording = session.record({ har: 'trace.har' })
   * await session.fetch('https://example.com/')
   * await recording.stop()
   * ```
   */
  record(options: RecordOptions): HarRecording {
    return openRecording(this.#internals, options)
  }

  /**
   * Lets requests to an origin be sent again that a CAPTCHA, a block, a quarantine, a Retry-After or failures had stopped:
   * here, and in every other process that has the session. A quarantine of the whole session stays: see `liftQuarantine()`.
   *
   * @throws OnejarError ONEJAR_BAD_URL, ONEJAR_CLOSED
   * @example
   * ```ts
   * for (const { origin } of session.blockedOrigins()) session.unblock(origin)
   * ```
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

  /**
   * The origins to which the session sends nothing more until `unblock(origin)`, and why; the oldest block first. Costs
   * nothing.
   *
   * @throws OnejarError ONEJAR_CLOSED
   * @example
   * ```ts
   * for (const { origin, verdict, reason } of session.blockedOrigins()) console.log(origin, verdict, reason)
   * ```
   */
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

  /**
   * Whether the store had the session when it was opened. Costs nothing.
   *
   * @example
   * ```ts
   * if (!session.stored) await session.cookies.set('consent=yes; Path=/', 'https://example.com/')
   * ```
   */
  get stored(): boolean {
    return this.#internals.stored
  }

  /**
   * Until when the session is good by what its sites say, in epoch milliseconds: the last end among Max-Age and Expires of its cookies,
   * `exp` of JSON web tokens in cookies and localStorage, and, for cookies that name no end, Cache-Control and Expires of the
   * responses that set them while the session was open. Null where nothing names an end. Costs a walk through the session.
   *
   * @example
   * ```ts
   * const { endsAt } = session
   * if (endsAt !== null) console.log(`good for ${Math.round((endsAt - Date.now()) / 60_000)} minutes`)
   * ```
   */
  get endsAt(): number | null {
    return this.#internals.life.endsAt
  }

  /**
   * What logs, traces and the audit trail call the session: a keyed hash of tenant and id, 22 characters, the same in every process
   * with the store's keys.
   */
  get pseudonym(): string {
    return this.#internals.pseudonym
  }

  /**
   * Whether the session was released: it cannot be used any more. Costs nothing.
   *
   * @example
   * ```ts
   * const open = session.closed ? await broker.session(session.id) : session
   * ```
   */
  get closed(): boolean {
    return this.#internals.closed
  }

  /**
   * Keeps the session from being used for a while, in every process that has it: until then its requests fail with
   * ONEJAR_QUARANTINED.
   *
   * @param reason - a sentence without secrets, of up to 1,024 characters
   * @param options - where, and for how long; default: everywhere, for 10 minutes
   * @throws OnejarError ONEJAR_CLOSED, ONEJAR_BAD_URL, ONEJAR_BAD_OPTIONS
   * @example
   * ```ts
   * session.quarantine('the account was locked', { origin: 'https://example.com', forMs: 3_600_000 })
   * ```
   */
  quarantine(reason: string, options?: QuarantineOptions): void {
    this.#internals.assertOpen()
    const taken = takeQuarantine(reason, options)
    this.#internals.quarantine.put(taken.origin, taken.reason, taken.forMs, taken.from)
  }

  /**
   * Until when and why the session is not to be used, at an origin or altogether; null when it may be used. `until` is in
   * epoch milliseconds, as it was expected when the quarantine began. `remainingMs` counts down, even where the system's
   * clock has been set since. Costs nothing.
   *
   * @throws OnejarError ONEJAR_CLOSED, ONEJAR_BAD_URL
   * @example
   * ```ts
   * const quarantine = session.quarantined('https://example.com')
   * if (quarantine !== null) console.log(`${quarantine.reason}; over in ${quarantine.remainingMs} ms`)
   * ```
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
   * origin. First make sure that its cause (see `quarantined()`) is gone: a server whose key does not match a pin may be an
   * attacker's.
   *
   * @throws OnejarError ONEJAR_CLOSED, ONEJAR_BAD_URL
   * @example
   * ```ts
   * session.liftQuarantine('https://example.com')
   * ```
   */
  liftQuarantine(origin?: string | URL): void {
    this.#internals.assertOpen()
    this.#internals.quarantine.lift(origin === undefined ? undefined : LIFT.url(origin).origin)
  }

  /**
   * Resolves when the record holds what open pages wrote, and the store holds the record. Without it, both happen by
   * themselves within moments. Costs one round trip to the store.
   *
   * @throws OnejarError ONEJAR_STORE_UNAVAILABLE, ONEJAR_CLOSED
   * @example
   * ```ts
   * await session.cookies.set('step=3; Path=/', 'https://example.com/')
   * await session.flush()
   * ```
   */
  async flush(): Promise<void> {
    this.#internals.assertOpen()
    await this.#internals.pull()
    await this.#internals.persistence.flush()
  }

  /**
   * Releases the session: requests under way get a few seconds to end, solves are given up, pages and their context are
   * closed, and the record is written to the store. `broker.session()` opens it again. Idempotent.
   *
   * @throws OnejarError ONEJAR_STORE_UNAVAILABLE when the store did not take what was left; it is lost then
   * @example
   * ```ts
   * await session.release()
   * ```
   */
  release(): Promise<void> {
    return this.#internals.release('released')
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.release()
  }
}
