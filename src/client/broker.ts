import { randomBytes } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import PQueue from 'p-queue'
import { BrowserHost, type OpenBrowser } from '../browser/index.ts'
import { Classifier } from '../challenge/index.ts'
import { addressPolicy, narrowestAddresses } from '../compliance/index.ts'
import { type Clock, OnejarError, parseOptions } from '../core/index.ts'
import { HttpTransport, type ProxyOptions, splitProxy } from '../http/index.ts'
import { SolveQueue } from '../queue/index.ts'
import type { Identity } from '../record/index.ts'
import {
  assertNetwork,
  type BrokerWarning,
  browserRelay,
  Compliance,
  FailedProxies,
  failsOver,
  httpTelemetry,
  IdentityCache,
  NetworkPath,
  networkArgs,
  type ProxyRoute,
  type ProxySetting,
  type ProxyTable,
  proxyFor,
  proxyTableSchema,
  Transports,
  type TransportUse,
  trailPath,
  UserCallbacks,
  type Way,
  wayName,
} from '../services/index.ts'
import {
  currentKeys,
  openStore,
  type SessionInfo,
  type Store,
  type StoreHealth,
  type StoreStatus,
  storeOptionsOf,
  storePlace,
  WriteBehind,
} from '../store/index.ts'
import { Telemetry } from '../telemetry/index.ts'
import { Input } from './input/input.ts'
import {
  type BrokerOptions,
  brokerOptionsSchema,
  type ParsedBrokerOptions,
  type ParsedSessionOptions,
  type SessionOptions,
  sessionOptionsSchema,
} from './options/broker-options.ts'
import { type PoolOptions, poolOptionsSchema } from './options/pool-options.ts'
import { resiliencePlan } from './options/resilience-options.ts'
import { sameOption } from './options/same-options.ts'
import { SessionPool } from './pool/session-pool.ts'
import { Session } from './session/session.ts'
import type { ReleaseReason } from './session/session-setup.ts'
import { readStored, type SessionView } from './session/stored-session.ts'

/** What `openBroker()` does, once all that it needs is loaded. */
export async function createBroker(
  options: BrokerOptions = {},
  surroundings: BrokerSurroundings = {},
): Promise<Broker> {
  const given = parseOptions(brokerOptionsSchema, options, 'openBroker()')
  const callbacks = new UserCallbacks(given.onWarning, surroundings.clock)
  const { clock } = callbacks
  const parsed = { ...given, onWarning: callbacks.onWarning }
  assertNetwork(parsed)
  const { store: target, onWarning } = parsed
  const warn = (
    problem: Pick<Extract<BrokerWarning, { type: 'store' }>, 'reason' | 'payloadHash' | 'stack'>,
  ) => onWarning({ type: 'store', at: clock.now(), state: 'problem', ...problem })
  let outage: OnejarError | undefined
  const classifier = new Classifier(parsed.signals.length === 0 ? undefined : { signals: parsed.signals })
  const storeOptions = storeOptionsOf(target ?? {})
  const { keys = storeOptions.keys, keysRefreshMs = storeOptions.keysRefreshMs } = parsed
  // The trail is chained with the keys of its beginning, until the broker is opened anew.
  const trailKeys = trailPath(parsed) !== null ? await currentKeys(keys) : undefined
  const changed = {
    ...(keys === undefined ? {} : { keys }),
    ...(keysRefreshMs === undefined ? {} : { keysRefreshMs }),
  }
  const store = await openStore(
    { ...storeOptions, ...changed },
    {
      clock,
      onProblem: ({ reason, payloadHash, stack }) => warn({ reason, payloadHash, stack }),
      onAway: (error) => {
        outage = error
      },
      onRefused: ({ code, message }) => warn({ reason: `${code}: ${message}` }),
      onKeysFailed: ({ code, message }) => warn({ reason: `${code}: ${message}` }),
    },
  )
  try {
    const { keepIdentity, openBrowser } = surroundings
    return new Broker(
      { ...parsed, keys: trailKeys },
      { store, outage, classifier, clock, callbacks, keepIdentity, openBrowser },
    )
  } catch (error) {
    await store.close()
    throw error
  }
}

/** What a broker works with beside its options. */
export interface BrokerSurroundings {
  /** Default: the system's. */
  readonly clock?: Clock
  /** Whether what the browser shows is remembered on the disk. Default: unless the store is in memory, which leaves no trace. */
  readonly keepIdentity?: boolean
  /** Starts the browser, or connects to it. Default: `openBrowser` of `browser/`. */
  readonly openBrowser?: OpenBrowser | undefined
}

/** A session with entries that the store does not have. */
export interface UnwrittenSession {
  /** A keyed hash, as logs have it. */
  readonly session: string
  readonly entries: number
}

interface OpenSession {
  readonly options: ParsedSessionOptions
  readonly session: Promise<Session>
}

/** Keeps sessions, and closes what it made. Made by `openBroker()`. */
export class Broker {
  readonly #options: ParsedBrokerOptions
  readonly #clock: Clock
  readonly #callbacks: UserCallbacks
  readonly #store: WriteBehind
  readonly #browser: BrowserHost
  readonly #classifier: Classifier
  readonly #compliance: Compliance
  readonly #identities: IdentityCache
  readonly #visits: PQueue
  readonly #pools = new Map<string, SessionPool>()
  #proxyTable: ProxyTable
  #keepClearance: boolean
  /** Those of open sessions. */
  readonly #proxies = new Map<string, ProxySetting | undefined>()
  readonly #failed = new FailedProxies()
  readonly #queue: SolveQueue | null
  readonly #telemetry: Telemetry | null
  /** What the gauges ask, until the broker is closed. */
  readonly #gauges: readonly (() => void)[]
  readonly #sessions = new Map<string, OpenSession>()
  /** Those of them that are open by now. */
  readonly #opened = new Map<string, Session>()
  /** Sessions that are being parked: the next of the same name waits for it, and reads what it wrote. */
  readonly #parking = new Map<string, Promise<void>>()
  /** By tenant, proxy, connector and pins: sessions with the same share their connections. */
  readonly #transports = new Transports((use) => this.#makeTransport(use))
  readonly #writer = randomBytes(9).toString('base64url')
  #closed: Promise<void> | undefined
  /** What closing could not write. */
  readonly #lost: UnwrittenSession[] = []

  /** Use `openBroker()`. */
  constructor(
    options: ParsedBrokerOptions,
    parts: {
      readonly store: Store
      /** Why the store is away, when it is. */
      readonly outage: OnejarError | undefined
      readonly classifier: Classifier
      readonly clock: Clock
      readonly callbacks: UserCallbacks
      readonly keepIdentity: boolean | undefined
      readonly openBrowser: OpenBrowser | undefined
    },
  ) {
    this.#options = options
    this.#clock = parts.clock
    this.#classifier = parts.classifier
    this.#compliance = new Compliance(options, parts)
    this.#store = new WriteBehind(parts.store, {
      clock: parts.clock,
      outage: parts.outage,
      onStatus: (status) => this.#tellStatus(status),
      onLost: (key, entries) => {
        if (this.#closed) this.#lost.push({ session: parts.store.pseudonym(key), entries })
      },
      onPurged: ({ sessions, entries }) => {
        if (sessions + entries > 0) this.#compliance.note('store-purged', null, { sessions, entries })
      },
      onRefused: ({ tenant, id }, entries, error) => {
        const reason = `${entries.length} entries were refused: ${error.code}`
        const warning: BrokerWarning = { type: 'store', at: this.#clock.now(), state: 'problem', reason }
        this.#options.onWarning(warning)
        this.#sessions.get(sessionKey(tenant, id))?.session.then((session) => session.note(warning), ignore)
      },
    })
    const { browser } = options
    const args = [...networkArgs(options), ...browser.args]
    this.#browser = new BrowserHost({ ...browser, args }, parts.openBrowser)
    this.#proxyTable = options.proxyRoutes
    this.#keepClearance = options.keepClearance
    this.#visits = new PQueue({ concurrency: options.browser.maxSolves })
    this.#queue = options.queue === undefined ? null : new SolveQueue(options.queue, parts.store)
    this.#callbacks = parts.callbacks
    this.#callbacks.onFailure = (failure) => this.#note(failure)
    this.#telemetry = Telemetry.open(options.telemetry, this.#callbacks.code)
    this.#gauges = this.#openGauges()
    const keepsIdentity = parts.keepIdentity ?? !isInMemory(options.store)
    this.#identities = new IdentityCache(options.browser, this.#browser, keepsIdentity, () =>
      this.#tellNoBrowser(),
    )
  }

  /**
   * The session with this id: the one that is open, the stored one, or a new one. Options that are left out do not matter
   * to a session that is open already; those that are given have to be the ones it was opened with. Functions (`reauthenticate`, `connect`, a
   * provider of credentials) do not count in that: the first stays until the session is released.
   *
   * @throws OnejarError ONEJAR_BAD_OPTIONS (also when the session is open with other options), ONEJAR_CLOSED
   */
  async session(id: string, options: SessionOptions = {}): Promise<Session> {
    this.#assertOpen()
    if (typeof id !== 'string' || id === '' || id.length > 1024 || !id.isWellFormed()) {
      const what = 'broker.session(): the id has to be a text of 1 to 1,024 characters of Unicode'
      throw new OnejarError('ONEJAR_BAD_OPTIONS', what)
    }
    const parsed = parseOptions(sessionOptionsSchema, options, 'broker.session()')
    const key = sessionKey(parsed.tenant, id)
    const open = this.#sessions.get(key)
    if (open) {
      assertSame(parsed, open.options)
      return open.session
    }
    const session = this.#open(id, parsed, key)
    this.#sessions.set(key, { options: parsed, session })
    session.then(
      (opened) => this.#opened.set(key, opened),
      () => this.#sessions.delete(key),
    )
    return session
  }

  /**
   * A pool of sessions: a bound on how many are open, and what parks them. Its name has to be its own within the tenant.
   *
   * @example
   * ```ts
   * const pool = broker.pool({ name: 'shop', maxSessions: 50 })
   * const orders = await pool.use(async (session) => (await session.fetch('https://shop.example/api/orders')).json())
   * ```
   * @throws OnejarError ONEJAR_BAD_OPTIONS (also when there is a pool of this name), ONEJAR_CLOSED
   */
  pool(options: PoolOptions = {}): SessionPool {
    this.#assertOpen()
    const parsed = parseOptions(poolOptionsSchema, options, 'broker.pool()')
    const name = sessionKey(parsed.session.tenant, parsed.name)
    if (this.#pools.has(name)) {
      throw new OnejarError('ONEJAR_BAD_OPTIONS', `broker.pool(): there is a pool ${parsed.name} already`)
    }
    const pool: SessionPool = new SessionPool(parsed, {
      open: (id, own) => this.session(id, own),
      clock: this.#clock,
      storeIsUp: () => this.#store.health.state === 'up',
      onClose: () => {
        if (this.#pools.get(name) === pool) this.#pools.delete(name)
      },
    })
    this.#pools.set(name, pool)
    return pool
  }

  /**
   * Puts another table of proxies in place. Sessions whose proxy stays go on; the others are parked (their requests get a
   * few seconds to end) and take the new proxy when they are opened again. Connections through proxies that are of no
   * use any more are closed. What challenges left a session that moves is not shown through its new proxy, unless
   * `keepClearance` (default: the broker's) says so.
   *
   * @returns how many sessions were parked and how many go on
   * @throws OnejarError ONEJAR_BAD_OPTIONS (then the old table stays), ONEJAR_CLOSED
   */
  async rotateProxies(
    routes: readonly ProxyRoute[],
    options?: { readonly keepClearance?: boolean },
  ): Promise<{ readonly parked: number; readonly kept: number }> {
    this.#assertOpen()
    const given = ROTATE.members(options, ['keepClearance'])
    const keepClearance = ROTATE.flag(given.keepClearance, 'keepClearance') ?? this.#options.keepClearance
    this.#proxyTable = parseOptions(proxyTableSchema, routes, 'broker.rotateProxies()')
    this.#keepClearance = keepClearance
    const open = [...this.#sessions.values()]
    const moved: Session[] = []
    for (const { options, session: opening } of open) {
      const session = await opening.catch(() => null)
      if (session === null) continue
      const { id, tenant } = session
      const was = this.#proxies.get(sessionKey(tenant, id))
      if (!isDeepStrictEqual(was, this.#proxyOf(id, options))) moved.push(session)
    }
    await Promise.all(moved.map((session) => session.release('rotated')))
    await this.#transports.closeIdle()
    return { parked: moved.length, kept: open.length - moved.length }
  }

  /**
   * The sessions with entries that the store does not have, and while the broker is being closed those that it did not take.
   * Used by the service.
   */
  get unwritten(): readonly UnwrittenSession[] {
    const waiting = this.#store.unwritten.map(({ session, entries }) => ({
      session: this.#store.store.pseudonym(session),
      entries,
    }))
    return [...this.#lost, ...waiting]
  }

  /** How the store is, and what waits to be written: for a gauge or a health check. Costs nothing. */
  get storeHealth(): StoreHealth {
    return this.#store.health
  }

  /** The sessions that the store keeps, in no order. @throws OnejarError ONEJAR_STORE_UNAVAILABLE, ONEJAR_CLOSED */
  list(filter?: { readonly tenant?: string }): AsyncIterable<SessionInfo> {
    this.#assertOpen()
    const tenant = takeTenant(filter, LIST)
    return this.#store.store.list(tenant === undefined ? {} : { tenant })
  }

  /**
   * Forgets a session: parks it when it is open, then removes it from the store. False when the store had none.
   *
   * @throws OnejarError ONEJAR_STORE_UNAVAILABLE, ONEJAR_CLOSED
   */
  async remove(id: string, options?: { readonly tenant?: string }): Promise<boolean> {
    this.#assertOpen()
    REMOVE.text(id, 'id')
    const tenant = takeTenant(options, REMOVE) ?? 'default'
    const key = sessionKey(tenant, id)
    await this.#sessions.get(key)?.session.then((session) => session.release(), ignore)
    await this.#parking.get(key)?.catch(ignore)
    return this.#store.store.remove({ tenant, id })
  }

  /**
   * What the store or the open session holds, without opening one. Used by the service.
   *
   * @throws OnejarError ONEJAR_STORE_UNAVAILABLE, ONEJAR_CLOSED
   */
  async view(id: string, tenant: string): Promise<SessionView> {
    if (this.#closed) throw new OnejarError('ONEJAR_CLOSED', 'The broker is closed')
    const key = sessionKey(tenant, id)
    const open = await this.#sessions.get(key)?.session
    if (open !== undefined) return open
    await this.#parking.get(key)?.catch(ignore)
    return readStored(this.#store.store, { tenant, id }, this.#clock)
  }

  /** Parks a session that nobody uses, if it is open. Used by the service. Throws as `Session.release()`. */
  async park(id: string, tenant: string): Promise<void> {
    await this.#sessions.get(sessionKey(tenant, id))?.session.then((session) => session.release('idle'))
  }

  /** How many sessions are open. */
  get openSessions(): number {
    return this.#opened.size
  }

  /** Seals texts for those who share the store. Used by workers. */
  get envelope(): Pick<Store, 'sealText' | 'openText'> {
    return this.#store.store
  }

  /** Releases every session, then closes the browser, the connections and the store. Idempotent. */
  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #assertOpen(): void {
    if (this.#closed) throw new OnejarError('ONEJAR_CLOSED', 'The broker is closed')
  }

  async #open(id: string, options: ParsedSessionOptions, key: string): Promise<Session> {
    await this.#parking.get(key)?.catch(ignore)
    const broker = this.#options
    const chosen = options.identity === undefined ? broker.identity : options.identity
    const network = this.#network(id, options, key)
    const opening = Session.open({
      key: { tenant: options.tenant, id },
      network,
      keepClearance: options.keepClearance ?? this.#keepClearance,
      browser: this.#browser,
      addresses: narrowestAddresses(broker.addresses, options.addresses ?? 'any'),
      identity: chosen as Identity | null | undefined,
      ownIdentity: () => this.#identities.get(),
      classifier: this.#classifier,
      store: this.#store,
      compliance: this.#compliance,
      persist: broker.persist,
      clock: this.#clock,
      writer: this.#writer,
      resilience: resiliencePlan(broker, options),
      warn: broker.onWarning,
      userCode: this.#callbacks.code,
      timeoutMs: broker.timeoutMs,
      solveTimeoutMs: broker.solveTimeoutMs,
      visits: this.#visits,
      blockResources: broker.browser.blockResources,
      answerFromSolve: broker.browser.answerFromSolve,
      queue: this.#queue,
      recycleAfterPages: broker.browser.recycleAfterPages,
      recycleAfterBytes: broker.browser.recycleAfterMegabytes * 1024 * 1024,
      screenshotFolder: broker.screenshotFolder,
      onChallenge: broker.onChallenge,
      manualInterventionTimeoutMs: broker.manualInterventionTimeoutMs,
      telemetry: this.#telemetry,
      onRelease: (released, reason) => {
        this.#park(key, released, reason)
        released.finally(() => network.close()).catch(ignore)
      },
    })
    opening.catch(() => network.close())
    const session = await opening
    this.#telemetry?.instruments.count('session_creation_total', {
      origin: session.stored ? 'stored' : 'new',
    })
    return session
  }

  /** How a session gets out, and how it goes on when its proxy fails. */
  #network(id: string, options: ParsedSessionOptions, key: string): NetworkPath {
    let proxy = this.#proxyOf(id, options)
    const first = this.#way(options, proxy)
    this.#proxies.set(key, proxy)
    const { tenant, target } = options
    const mayChange =
      options.proxy === undefined && failsOver(this.#proxyTable, { tenant, target: hostOf(target) })
    const next = (): Way | null => {
      if (proxy !== undefined) this.#failed.add(proxy)
      const other = this.#proxyOf(id, options)
      if (other === undefined || this.#failed.has(other)) return null
      const way = this.#way(options, other)
      proxy = other
      this.#proxies.set(key, proxy)
      return way
    }
    return new NetworkPath(first, mayChange ? next : null)
  }

  /** @throws OnejarError ONEJAR_BAD_OPTIONS */
  #way(options: ParsedSessionOptions, setting: ProxySetting | undefined): Way {
    const { connectTimeoutMs, ignoreHTTPSErrors, addresses, browser, ...broker } = this.#options
    const proxy = proxyOptions(setting)
    const connect = options.connect ?? broker.connect
    const relay = browserRelay(
      { connect, connectTimeoutMs, ignoreHTTPSErrors },
      proxy,
      addressPolicy(addresses, options.addresses ?? 'any'),
      browser.cdpEndpoint,
    )
    const { transport, giveBack } = this.#transports.borrow({
      tenant: options.tenant,
      proxy,
      connect,
      pins: options.pins ?? broker.pins,
      addresses: options.addresses,
      own: [options.proxy, options.connect, options.pins].some((one) => one !== undefined),
    })
    return { transport, giveBack, relay, contextOptions: { proxy, ignoreHTTPSErrors }, name: wayName(proxy) }
  }

  #park(key: string, released: Promise<void>, why: ReleaseReason): void {
    this.#sessions.delete(key)
    this.#proxies.delete(key)
    this.#opened.delete(key)
    const reason = this.#closed ? 'closed' : why
    this.#telemetry?.instruments.count('session_destruction_total', { reason })
    this.#parking.set(key, released)
    released
      .finally(() => {
        if (this.#parking.get(key) === released) this.#parking.delete(key)
      })
      .catch(ignore)
  }

  #note(warning: BrokerWarning): void {
    for (const { session } of this.#sessions.values()) session.then((open) => open.note(warning), ignore)
  }

  #tellNoBrowser(): void {
    const reason =
      'there is no Chromium here to take it from: requests name Onejar as their user agent, and a JavaScript challenge ' +
      'cannot be passed in this process. Install Chromium, or choose what to show with the option identity'
    const warning: BrokerWarning = { type: 'identity', at: this.#clock.now(), state: 'missing', reason }
    this.#options.onWarning(warning)
    this.#note(warning)
  }

  #tellStatus(status: StoreStatus): void {
    const reason =
      status.state === 'back'
        ? `after ${status.awayMs} ms; ${status.sessions} sessions have something to write`
        : `${status.error.code}: work goes on in memory. ${status.error.message}`
    const state = status.state === 'refused' ? 'problem' : status.state
    const warning: BrokerWarning = { type: 'store', at: this.#clock.now(), state, reason }
    this.#options.onWarning(warning)
    this.#note(warning)
  }

  /** A session's own proxy, else what the table says, else the broker's. */
  #proxyOf(id: string, { proxy, tenant, target }: ParsedSessionOptions) {
    const question = { tenant, id, target: hostOf(target) }
    return (
      proxy ?? proxyFor(this.#proxyTable, question, (one) => this.#failed.has(one)) ?? this.#options.proxy
    )
  }

  #makeTransport({ proxy, connect, pins, addresses }: TransportUse): HttpTransport {
    const { ignoreHTTPSErrors, connectTimeoutMs, headersTimeoutMs, bodyTimeoutMs, maxResponseBytes } =
      this.#options
    return new HttpTransport({
      proxy,
      connect,
      addresses: addressPolicy(this.#options.addresses, addresses ?? 'any'),
      pins,
      observer: this.#telemetry === null ? undefined : httpTelemetry(this.#telemetry.instruments),
      ignoreHTTPSErrors,
      connectTimeoutMs,
      headersTimeoutMs,
      bodyTimeoutMs,
      maxResponseBytes,
    })
  }

  #openGauges(): (() => void)[] {
    const instruments = this.#telemetry?.instruments
    if (!instruments) return []
    const cookieBytes = () =>
      [...this.#opened.values()].reduce((sum, { cookieBytes }) => sum + cookieBytes, 0)
    return [
      instruments.gauge('cookie_jar_size_bytes', cookieBytes),
      instruments.gauge('store_pending_entries', () => this.#store.health.pendingEntries),
      instruments.gauge('store_away', () => (this.#store.health.state === 'away' ? 1 : 0)),
    ]
  }

  async #close(): Promise<void> {
    await Promise.all([...this.#pools.values()].map((pool) => pool.close()))
    const sessions = await Promise.allSettled([...this.#sessions.values()].map(({ session }) => session))
    const opened = sessions.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
    const outcomes = await Promise.allSettled([
      ...opened.map((session) => session.release()),
      ...this.#parking.values(),
    ])
    this.#compliance.close()
    await Promise.allSettled([this.#browser.close(), this.#transports.close()])
    await this.#queue?.close()
    outcomes.push(...(await Promise.allSettled([this.#store.close()])))
    await this.#store.store.close()
    this.#compliance.closeTrail()
    for (const end of this.#gauges) end()
    const failed = outcomes.find((outcome) => outcome.status === 'rejected')
    if (failed) throw failed.reason
  }
}

const LIST = new Input('broker.list()')
const ROTATE = new Input('broker.rotateProxies()')
const REMOVE = new Input('broker.remove()')

function takeTenant(options: unknown, input: Input): string | undefined {
  const { tenant } = input.members(options, ['tenant'])
  return tenant === undefined ? undefined : input.text(tenant, 'tenant')
}

/** Told apart whatever characters tenant and id have. */
function sessionKey(tenant: string, id: string): string {
  return JSON.stringify([tenant, id])
}

/** @throws OnejarError ONEJAR_BAD_OPTIONS naming the options that differ */
function assertSame(asked: ParsedSessionOptions, open: ParsedSessionOptions): void {
  const differing = (Object.keys(asked) as Array<keyof ParsedSessionOptions>).filter(
    (name) => asked[name] !== undefined && !sameOption(asked[name], open[name]),
  )
  if (differing.length === 0) return
  throw new OnejarError(
    'ONEJAR_BAD_OPTIONS',
    `broker.session(): the session is open with other options (${differing.join(', ')}); release it first`,
  )
}

function isInMemory(store: ParsedBrokerOptions['store']): boolean {
  const { target } = storeOptionsOf(store ?? {})
  return typeof target === 'string' && storePlace(target).kind === 'memory'
}

function ignore(): void {}

function proxyOptions(proxy: ParsedSessionOptions['proxy']): ProxyOptions | undefined {
  return proxy === undefined ? undefined : splitProxy(proxy)
}

function hostOf(target: string | undefined): string | undefined {
  return target === undefined ? undefined : new URL(target).hostname
}
