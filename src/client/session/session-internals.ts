import type { Browser, BrowserContext } from 'playwright'
import type { Dispatcher } from 'undici'
import type { ContextBinding } from '../../browser/index.ts'
import { LifeCycle, OnejarError } from '../../core/index.ts'
import type { Discovery } from '../../discovery/index.ts'
import {
  type CookieSource,
  type OnejarResponse,
  type SessionHeadersAt,
  toResponse,
} from '../../http/index.ts'
import { SessionLife, SessionQuarantine, SessionTelemetry } from '../../pipeline/index.ts'
import { type ChangeSource, SessionRecord } from '../../record/index.ts'
import {
  EventHub,
  type OnChallenge,
  type RoutedResponse,
  type Send,
  type SessionEvent,
} from '../../routing/index.ts'
import {
  dropOldClearance,
  type NetworkPath,
  type Redaction,
  type Services,
  type SessionIsolation,
  SessionPersistence,
  sessionName,
  TrackingFilter,
  UnfitEntries,
  type WarningReceiver,
} from '../../services/index.ts'
import { Input } from '../input/input.ts'
import type { FetchOptions, RequestOptions } from '../options/fetch-options.ts'
import type { LoginSession } from '../options/reauthentication.ts'
import { type DiscoverOptions, discover, takeDiscoverOptions } from './discover.ts'
import { dropOverdue } from './drop-overdue.ts'
import { EventsAmongAll } from './events-among-all.ts'
import { RecordStorage, type SessionStorage } from './local-storage.ts'
import { openPage } from './open-page.ts'
import { personalCheck } from './personal-check.ts'
import { plainSend } from './plain-send.ts'
import { RecordAccess } from './record-access.ts'
import { Traffic } from './recording/traffic.ts'
import type { ReleaseReason, SessionConfig } from './session-config.ts'
import { SessionCookies } from './session-cookies.ts'
import { openDispatcher } from './session-dispatcher.ts'
import { SessionEngine } from './session-engine.ts'
import { sessionHeaders } from './session-headers.ts'
import { SessionIdentity } from './session-identity.ts'
import type { SessionParts } from './session-parts.ts'
import { redactionOf } from './session-redaction.ts'
import { SessionRequests } from './session-requests.ts'

const FETCH = new Input('session.fetch()')
const REQUEST = new Input('session.request()')
const SOLVE = new Input('session.solveChallenge()')
const DISCOVER = new Input('session.discover()')

/** Who the changes are by that a caller makes. */
export const API: ChangeSource = { name: 'api' }
const HTTP: ChangeSource = { name: 'http' }
const STORE: ChangeSource = { name: 'store' }

/**
 * A session's life: new (not loaded) -> open -> releasing -> released. The engine is there from the first request or page
 * on; a session that is being released may still have one to close.
 */
type State =
  | { readonly phase: 'new' }
  | { readonly phase: 'open'; readonly engine: SessionEngine | undefined }
  | { readonly phase: 'releasing'; readonly engine: SessionEngine | undefined; readonly done: Promise<void> }
  | { readonly phase: 'released'; readonly done: Promise<void> }

/** Which phases may follow each phase. */
const NEXT: Readonly<Record<State['phase'], readonly State['phase'][]>> = {
  new: ['open', 'releasing'],
  open: ['open', 'releasing'],
  releasing: ['releasing', 'released'],
  released: [],
}

/** What a session is made of, for the pool, the broker and workers. Users see it as a `Session`. */
export class SessionInternals implements SessionParts, WarningReceiver {
  readonly services: Services
  readonly config: SessionConfig
  readonly network: NetworkPath
  readonly record: SessionRecord
  readonly events: EventHub
  readonly identity: SessionIdentity
  readonly persistence: SessionPersistence
  /** Null where trackers' cookies are stored like others. */
  readonly tracking: TrackingFilter | null
  readonly telemetry: SessionTelemetry | null
  readonly quarantine: SessionQuarantine
  /** How long it is good for. */
  readonly life: SessionLife
  readonly traffic = new Traffic()
  readonly #telemetryReceive: CookieSource['receive'] | undefined
  #cookieSource: CookieSource | undefined
  readonly sessionHeaders: SessionHeadersAt | undefined
  readonly isolation: SessionIsolation | null
  readonly redaction: Redaction | undefined
  readonly cookies: SessionCookies
  readonly #access: RecordAccess
  #madeRequests: SessionRequests | undefined
  readonly #onRelease: (released: Promise<void>, reason: ReleaseReason) => void
  readonly #life = new LifeCycle<State>('A session', { phase: 'new' }, NEXT)
  #dispatcher: ReturnType<typeof openDispatcher> | undefined

  /** @param onRelease - called when the session begins to be released, with what ends when it is */
  constructor(
    services: Services,
    config: SessionConfig,
    network: NetworkPath,
    isolation: SessionIsolation | null,
    onRelease: (released: Promise<void>, reason: ReleaseReason) => void,
  ) {
    const { clock, store, telemetry, compliance, identities, warnings, writer } = services
    const { key } = config
    this.services = services
    this.config = config
    this.network = network
    this.#onRelease = onRelease
    const { events: all } = services
    this.events = new EventHub(new EventsAmongAll(all, this))
    let unfit: UnfitEntries | undefined
    const record = new SessionRecord({
      writer,
      clock,
      onUnfit: (write, reason) => {
        unfit ??= new UnfitEntries(clock, (problem) => {
          this.events.emit(problem)
          warnings.tell(problem)
        })
        unfit.report(write, reason)
      },
    })
    this.record = record
    this.telemetry =
      telemetry &&
      new SessionTelemetry(
        telemetry,
        { pseudonym: this.pseudonym, proxy: () => network.way.label },
        record,
        this.events,
      )
    this.life = new SessionLife(record, clock)
    this.#telemetryReceive = this.telemetry?.watch(record, HTTP)
    this.sessionHeaders = sessionHeaders(services.botAuth, config.requestIdHeader)
    this.isolation = isolation
    this.redaction = redactionOf(compliance.redaction, isolation)
    this.tracking = compliance.keepsTracking ? null : new TrackingFilter()
    this.quarantine = new SessionQuarantine(record, API, this.events, clock)
    this.identity = new SessionIdentity(
      record,
      API,
      config.identity,
      () => identities.get(),
      config.contextOptions.locale,
    )
    this.persistence = new SessionPersistence(store, key, {
      record,
      source: STORE,
      events: this.events,
      clock,
      tracking: this.tracking,
      isolation,
    })
    this.#access = new RecordAccess(this)
    this.cookies = new SessionCookies(record, API, this.#access)
    compliance.watch(key, this.events)
    warnings.subscribe(sessionName(key), this)
  }

  /** The record, as HTTP sees it; made for the first request. */
  get cookieSource(): CookieSource {
    const { record, life } = this
    this.#cookieSource ??= {
      header: (url, context) => record.cookieHeader(url, context),
      receive:
        this.#telemetryReceive ??
        ((lines, url, context, date) => record.receive(lines, url, context, HTTP, date)),
      onSet: (url, headers) => life.onSet(url, headers),
    }
    return this.#cookieSource
  }

  /** Made for the first request: most sessions of a broker are idle. */
  get #requests(): SessionRequests {
    this.#madeRequests ??= this.#makeRequests()
    return this.#madeRequests
  }

  #makeRequests(): SessionRequests {
    const { identity, persistence, sessionHeaders, isolation, traffic, config, services } = this
    const tell = (event: Parameters<typeof services.warnings.tell>[0] & SessionEvent) => {
      this.events.emit(event)
      services.warnings.tell(event)
    }
    return new SessionRequests({
      identity,
      persistence,
      sessionHeaders,
      isolation,
      traffic,
      personal: personalCheck(config, tell, services),
      timeoutMs: config.timeoutMs,
      assertOpen: () => this.assertOpen(),
    })
  }

  /** Called by what warns a session. */
  warned(event: SessionEvent): void {
    this.events.receive(event)
    // A function of the user's that fails is reported once, and may have failed while the session was opened.
    if (event.type === 'callback') this.events.keep(event)
    if (event.type === 'store' && event.state === 'back') this.persistence.follow()
  }

  /** Loads the session from the store, or starts it afresh. @throws what the store throws, unless it is away */
  async load(): Promise<void> {
    try {
      await this.persistence.load()
    } catch (error) {
      this.services.warnings.unsubscribe(sessionName(this.config.key), this)
      throw error
    }
    this.#life.setState({ phase: 'open', engine: undefined })
    this.#dropOldClearance()
    dropOverdue(this.record, this.config.resilience, this.services.clock.now())
    const [state, why] = this.stored
      ? (['opened', 'the store had it'] as const)
      : (['created', 'it is new'] as const)
    this.events.report(this.#lifeEvent(state, why))
    this.network.onChange(async () => {
      this.events.report(this.#lifeEvent('rotated', 'its proxy failed, and it goes on through another one'))
      this.#dropOldClearance()
      await this.started?.browser.renew()
    })
  }

  /** What sends requests and opens pages; made when it is first asked for. */
  get engine(): SessionEngine {
    const state = this.#life.state
    if (state.phase === 'new' || state.phase === 'released') throw closed()
    if (state.engine !== undefined) return state.engine
    const engine = new SessionEngine({
      session: this,
      storeSource: STORE,
      send: (url, options) => this.fetch(url, options),
      loginSession: (send) => this.#loginSession(send),
    })
    // A request that was taken before the release may be sent during it.
    this.#life.setState({ ...state, engine })
    return engine
  }

  /** The same where it is there already. */
  get started(): SessionEngine | undefined {
    const { state } = this.#life
    return 'engine' in state ? state.engine : undefined
  }

  /** Whether the store knew the session when it was opened. */
  get stored(): boolean {
    return this.persistence.stored
  }

  /** What logs, traces and the audit trail call the session. */
  get pseudonym(): string {
    return this.services.store.store.pseudonym(this.config.key)
  }

  /** Names and values of the live cookies. */
  get cookieBytes(): number {
    return this.telemetry?.cookieBytes ?? 0
  }

  get closed(): boolean {
    const { phase } = this.#life.state
    return phase === 'releasing' || phase === 'released'
  }

  /** @throws OnejarError ONEJAR_POLICY_DENIED where the tenant's policy lets nobody look at pages */
  permitPage(what: string): void {
    const { isolation } = this
    if (isolation === null || isolation.permit('render', what) === 'allow') return
    throw isolation.denial('render', what)
  }

  /** @throws OnejarError ONEJAR_CLOSED */
  assertOpen(): void {
    if (this.closed) throw closed()
  }

  async fetch(input: string | URL | Request, options?: FetchOptions): Promise<OnejarResponse> {
    const response = await this.#requests.send(input, options, FETCH, () => this.engine)
    return toResponse(response, { via: response.via })
  }

  request(url: string | URL, options?: RequestOptions): Promise<RoutedResponse> {
    return this.#requests.send(url, options, REQUEST, () => this.engine)
  }

  /** The same over HTTP alone: what comes is the response, a challenge and a CAPTCHA page too, and blocks nothing. */
  requestPlain(url: string | URL, options?: RequestOptions): Promise<RoutedResponse> {
    return this.#requests.send(url, options, REQUEST, () => {
      const { engine } = this
      return { send: plainSend(this, engine), beforeHop: engine.beforeHop }
    })
  }

  /** Opens a page once, and finds out which of its requests holds what is wanted. */
  async discover(input: string | URL, options?: DiscoverOptions): Promise<Discovery> {
    this.assertOpen()
    const url = DISCOVER.url(input)
    const taken = takeDiscoverOptions(options, DISCOVER)
    return discover(url, taken, {
      session: this,
      bindings: this.engine.tokens,
      load: (wrap) =>
        this.#requests.send(url, taken.load, DISCOVER, () => {
          const { send, beforeHop } = this.engine
          return { send: wrap(send), beforeHop }
        }),
    })
  }

  localStorage(origin: string | URL): SessionStorage {
    this.assertOpen()
    return new RecordStorage(origin, this.record, API, this.#access)
  }

  get dispatcher(): Dispatcher {
    this.#dispatcher ??= openDispatcher(this, this.engine)
    return this.#dispatcher
  }

  /** @param observedLifeMs - how long the clearance before was seen to last, where another process knows it */
  async solveChallenge(url: string | URL, observedLifeMs: number | null = null): Promise<void> {
    this.assertOpen()
    // A solve is proven over HTTP under the same identity. Without one it is its own evidence.
    await this.identity.load().catch(() => {})
    await this.engine.router.solve(SOLVE.url(url), observedLifeMs)
  }

  /**
   * Renews the clearance that a solve left which ended then, while it is the last one and holds.
   *
   * @param endedAt - epoch milliseconds
   */
  async renew(url: string | URL, endedAt: number): Promise<void> {
    this.assertOpen()
    await this.engine.router.renew(SOLVE.url(url), endedAt)
  }

  /** The contexts that are in a browser of somebody else now, for `attach`. @throws what the browser says */
  contextsOf(browser: Browser): Promise<ReadonlySet<string>> {
    return this.services.browser.contextsOf(browser)
  }

  /** See `SessionBrowser.attach`. */
  attach(
    context: BrowserContext,
    how: Parameters<SessionEngine['browser']['attach']>[1],
  ): Promise<ContextBinding> {
    this.assertOpen()
    return this.engine.browser.attach(context, how)
  }

  /** Asks a person about what blocks the session at the origin of a URL; undefined where nothing does. */
  handOver(url: URL, onChallenge: OnChallenge): Promise<boolean> | undefined {
    this.assertOpen()
    this.permitPage('A link for a person')
    return this.engine.router.handOver(url, onChallenge)
  }

  /** Calls back with each event, at once. The callback must not throw. */
  observe(callback: (event: SessionEvent) => void): void {
    this.events.tap(callback, true)
  }

  /** Brings what open pages wrote into the record. */
  pull(): Promise<void> {
    return this.started?.browser.pull() ?? Promise.resolve()
  }

  /** Resolves when open pages see what the record holds. */
  push(): Promise<void> {
    return this.started?.browser.push() ?? Promise.resolve()
  }

  /** Idempotent. @param reason - for the metrics */
  release(reason: ReleaseReason): Promise<void> {
    const state = this.#life.state
    if (state.phase === 'releasing' || state.phase === 'released') return state.done
    const done = Promise.resolve().then(() => this.#release())
    this.#life.setState({ phase: 'releasing', engine: this.started, done })
    if (reason === 'rotated')
      this.events.report(this.#lifeEvent('rotated', 'the table of proxies gives it another one'))
    this.events.report(this.#lifeEvent('parked', reason))
    const released = () => this.#life.setState({ phase: 'released', done })
    done.then(released, released)
    this.#onRelease(done, reason)
    return done
  }

  async #release(): Promise<void> {
    this.started?.stop()
    await this.#madeRequests?.drained()
    // Its file is written while the browser can still be asked; that it could not be is thrown when all else is done.
    const [recorded] = await Promise.allSettled([this.traffic.close()])
    try {
      await this.started?.browser.close()
    } finally {
      this.started?.forget()
    }
    this.#dispatcher?.close()
    try {
      // A response that comes later than this finds the record alone: there is nothing left to write it to.
      await this.persistence.close()
      await this.#forget()
      const withheld = this.tracking?.names ?? []
      if (withheld.length > 0) {
        const names = withheld.join(' ')
        this.services.compliance.note('tracking-withheld', this.config.key, { names })
      }
    } finally {
      this.services.warnings.unsubscribe(sessionName(this.config.key), this)
      this.telemetry?.close()
      this.events.end()
    }
    if (recorded.status === 'rejected') throw recorded.reason
  }

  /** A session that its tenant's policy does not let stay. */
  async #forget(): Promise<void> {
    const { isolation, services, config } = this
    if (isolation?.look('retain') !== 'deny') return
    isolation.decide('retain')
    await services.store.store.remove(config.key)
  }

  #lifeEvent(state: Extract<SessionEvent, { type: 'session' }>['state'], reason: string): SessionEvent {
    return { type: 'session', at: this.services.clock.now(), state, reason }
  }

  /** What a site gave to another address is not shown through this one. */
  #dropOldClearance(): void {
    if (!this.config.keepClearance) dropOldClearance(this.record, this.network.way.name, API)
  }

  /** What a login hook gets for a session: its requests go through `send`. */
  #loginSession(send: Send): LoginSession {
    const { id, tenant } = this.config.key
    const target = () => ({ send, beforeHop: this.engine.beforeHop })
    return {
      id,
      tenant,
      cookies: this.cookies,
      fetch: async (input, options) => {
        const response = await this.#requests.send(input, options, FETCH, target)
        return toResponse(response, { via: response.via })
      },
      request: (url, options) => this.#requests.send(url, options, REQUEST, target),
      page: async () => {
        this.assertOpen()
        return openPage(this, 'session.page() in a login')
      },
      localStorage: (origin) => this.localStorage(origin),
    }
  }
}

function closed(): OnejarError {
  return new OnejarError('ONEJAR_CLOSED', 'The session was released')
}
