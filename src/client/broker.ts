import { type ErasureCertificate, isolationPlan, narrowestAddresses } from '../compliance/index.ts'
import { ignore, isOnejarError, OnejarError, parseOptions } from '../core/index.ts'
import {
  type BrokerDependencies,
  type BrokerEvent,
  eraseSubject,
  NetworkPaths,
  type OpenServices,
  openServices,
  type ProxyRoute,
  type PurgedFiles,
  proxyTableSchema,
  type Services,
  SessionIsolation,
  sessionName,
} from '../services/index.ts'
import { carriesMessages, type SessionInfo, type SessionKey, type StoreHealth } from '../store/index.ts'
import { Input } from './input/input.ts'
import { internalsOf, setBrokerInternals, type UnwrittenSession } from './internals.ts'
import {
  type BrokerOptions,
  brokerOptionsSchema,
  type ParsedBrokerOptions,
  type ParsedSessionOptions,
  type SessionOptions,
  sessionOptionsSchema,
} from './options/broker-options.ts'
import { type PoolOptions, poolOptionsSchema } from './options/pool-options.ts'
import { sameOption } from './options/same-options.ts'
import { SessionPool } from './pool/session-pool.ts'
import { assertRecordable } from './session/assert-recordable.ts'
import { Session } from './session/session.ts'
import { type ReleaseReason, sessionConfig } from './session/session-config.ts'
import { SessionInternals } from './session/session-internals.ts'
import { readStored, type SessionView, viewOf } from './session/stored-session.ts'

/** What `openBroker()` does, once all that it needs is loaded. */
export async function createBroker(
  options: BrokerOptions = {},
  dependencies: BrokerDependencies = {},
): Promise<Broker> {
  const parsed = parseOptions(brokerOptionsSchema, options, 'openBroker()')
  if (parsed.shareMemoryTokens && !carriesMessages(options.store ?? {})) {
    const what = 'openBroker(): shareMemoryTokens: needs a Redis store with encryption'
    throw new OnejarError('ONEJAR_BAD_OPTIONS', `${what}: others would keep what is sent, or show it`)
  }
  return new Broker(parsed, await openServices(parsed, dependencies))
}

/** What `broker.purge()` deleted: how many of each. */
export interface PurgedData extends PurgedFiles {
  /** Sessions whose time was up. */
  readonly sessions: number
  /** Expired entries of the other sessions, among them dead letters and kept responses, and old deletions. */
  readonly entries: number
}

interface OpenSession {
  readonly options: ParsedSessionOptions
  readonly session: Promise<Session>
}

/**
 * Opens sessions, and owns what they share: store, browser, connections, telemetry. Made by `openBroker()`. Close it when
 * the work is done: it closes everything that it opened.
 *
 * @example
 * ```ts
 * import { openBroker } from 'onejar'
 *
 * const broker = await openBroker({ store: 'memory', timeoutMs: 20_000 })
 * try {
 *   const session = await broker.session('alice')
 *   await session.fetch('https://example.com/')
 * } finally {
 *   await broker.close()
 * }
 * ```
 */
export class Broker {
  readonly #options: ParsedBrokerOptions
  readonly #services: Services
  readonly #paths: NetworkPaths
  readonly #pools = new Map<string, SessionPool>()
  #keepClearance: boolean
  /** What the gauges ask, until the broker is closed. */
  readonly #gauges: readonly (() => void)[]
  readonly #sessions = new Map<string, OpenSession>()
  /** Those of them that are open by now. */
  readonly #opened = new Map<string, Session>()
  /** Sessions that are being released: the next of the same name waits for it, and reads what it wrote. */
  readonly #releasing = new Map<string, Promise<void>>()
  /** What sessions had that the store did not take; what was lost before the broker was being closed is not reported. */
  readonly #lost: OpenServices['lost']
  #lostBefore = 0
  #closed: Promise<void> | undefined

  /** Use `openBroker()`. */
  constructor(options: ParsedBrokerOptions, { services, lost }: OpenServices) {
    this.#options = options
    this.#services = services
    this.#lost = lost
    this.#keepClearance = options.keepClearance
    this.#paths = new NetworkPaths(options, services.telemetry)
    this.#gauges = this.#openGauges()
    setBrokerInternals(this, {
      unwritten: () => this.#unwritten(),
      view: (id, tenant) => this.#view(id, tenant),
      release: (id, tenant) => this.#release(id, tenant),
      open: () => [...this.#opened.values()].map(({ tenant, id }) => ({ tenant, id })),
      queue: async () => (await services.queue?.state()) ?? null,
      revealed: (id, tenant, what) =>
        services.compliance.record('session-revealed', { tenant, id }, { what }),
      handedOver: (id, tenant, origin, state) => {
        const keep = state === 'made' || state === 'opened' ? 'record' : 'note'
        services.compliance[keep]('session-handed-over', { tenant, id }, { origin, state })
      },
      envelope: services.store.store,
      acquireLock: (session, purpose, ttlMs) => services.store.store.acquireLock(session, purpose, ttlMs),
    })
  }

  /**
   * The session with this id: the one that is open, the stored one, or a new one. Opening costs one read of the store; a
   * session that is open already costs nothing.
   *
   * While the store is away, the session starts in memory, and what the store has of it comes when it is back.
   *
   * Options that are left out do not matter for a session that is open already. Those that are given have to be the ones it
   * was opened with, except for functions (`reauthenticate`, `connect`, a provider of credentials): the first ones stay
   * until the session is released.
   *
   * @param id - 1 to 1,024 characters
   * @throws OnejarError ONEJAR_BAD_OPTIONS (also when the session is open with other options), ONEJAR_CLOSED
   * @example
   * ```ts
   * const alice = await broker.session('alice', { tenant: 'acme' })
   * const again = await broker.session('alice', { tenant: 'acme' })
   * console.log(alice === again) // true
   * ```
   */
  async session(id: string, options: SessionOptions = {}): Promise<Session> {
    this.#assertOpen()
    if (typeof id !== 'string' || id === '' || id.length > 1024 || !id.isWellFormed()) {
      const what = 'broker.session(): the id has to be a text of 1 to 1,024 characters of Unicode'
      throw new OnejarError('ONEJAR_BAD_OPTIONS', what)
    }
    const parsed = parseOptions(sessionOptionsSchema, options, 'broker.session()')
    const key = sessionName({ tenant: parsed.tenant, id })
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
   * A pool of sessions: it limits how many are open at once, lends the healthiest, and releases unused ones. The name has to
   * be the pool's own within the tenant. Making a pool costs nothing.
   *
   * @throws OnejarError ONEJAR_BAD_OPTIONS (also when there is a pool of this name), ONEJAR_CLOSED
   * @example
   * ```ts
   * const orders = broker.pool({ name: 'orders', maxSessions: 50 })
   * const page = await orders.use(async (session) => (await session.fetch('https://example.com/')).text())
   * ```
   */
  pool(options: PoolOptions = {}): SessionPool {
    this.#assertOpen()
    const parsed = parseOptions(poolOptionsSchema, options, 'broker.pool()')
    const name = sessionName({ tenant: parsed.session.tenant, id: parsed.name })
    if (this.#pools.has(name)) {
      throw new OnejarError('ONEJAR_BAD_OPTIONS', `broker.pool(): there is a pool ${parsed.name} already`)
    }
    const pool: SessionPool = new SessionPool(parsed, {
      open: (id, own) => this.session(id, own),
      clock: this.#services.clock,
      storeIsUp: () => this.#services.store.health.state === 'up',
      onClose: () => {
        if (this.#pools.get(name) === pool) this.#pools.delete(name)
      },
    })
    this.#pools.set(name, pool)
    return pool
  }

  /**
   * Replaces the proxy table. Sessions whose proxy stays go on. The others are released (requests under way get a few
   * seconds to end), and take their new proxy when they are opened again. Connections through proxies that nothing uses any
   * more are closed. Clearance cookies of a session that moves are not sent through its new proxy, unless `keepClearance`
   * says so (default: the broker's).
   *
   * @returns how many sessions were released (`parked`) and how many go on (`kept`)
   * @throws OnejarError ONEJAR_BAD_OPTIONS (then the old table stays), ONEJAR_CLOSED
   * @example
   * ```ts
   * const { parked, kept } = await broker.rotateProxies([
   *   { domain: 'shop.example', proxies: ['http://10.0.0.1:3128', 'http://10.0.0.2:3128'] },
   * ])
   * console.log(`${parked} sessions take another proxy, ${kept} go on`)
   * ```
   */
  async rotateProxies(
    routes: readonly ProxyRoute[],
    options?: { readonly keepClearance?: boolean },
  ): Promise<{ readonly parked: number; readonly kept: number }> {
    this.#assertOpen()
    const given = ROTATE.members(options, ['keepClearance'])
    const keepClearance = ROTATE.flag(given.keepClearance, 'keepClearance') ?? this.#options.keepClearance
    this.#paths.rotate(parseOptions(proxyTableSchema, routes, 'broker.rotateProxies()'))
    this.#keepClearance = keepClearance
    const open = [...this.#sessions.values()]
    const moved: Session[] = []
    for (const { options, session: opening } of open) {
      const session = await opening.catch(() => null)
      if (session === null) continue
      const { id, tenant } = session
      if (this.#paths.hasMoved(sessionName({ tenant, id }), id, options)) moved.push(session)
    }
    await Promise.all(moved.map((session) => internalsOf(session).release('rotated')))
    await this.#paths.closeIdle()
    return { parked: moved.length, kept: open.length - moved.length }
  }

  /**
   * Whether the store can be reached, and how much waits to be written: for a gauge or a health check. Costs nothing.
   *
   * @example
   * ```ts
   * const { state, pendingEntries } = broker.storeHealth
   * if (state === 'away') console.warn(`the store is away; ${pendingEntries} entries wait`)
   * ```
   */
  get storeHealth(): StoreHealth {
    return this.#services.store.health
  }

  /**
   * The sessions that the store keeps, in no order. Those that are open here are written first, so none of them is missing;
   * what another process wrote within the last moments may be. Costs these writes and a walk through the store.
   *
   * @param filter - `tenant`: only the sessions of this tenant
   * @throws OnejarError ONEJAR_STORE_UNAVAILABLE, ONEJAR_BAD_OPTIONS, ONEJAR_CLOSED
   * @example
   * ```ts
   * for await (const { session, sizeBytes } of broker.list({ tenant: 'acme' })) console.log(session.id, sizeBytes)
   * ```
   */
  list(filter?: { readonly tenant?: string }): AsyncIterable<SessionInfo> {
    this.#assertOpen()
    const tenant = takeTenant(filter, LIST)
    return this.#writtenAndStored(tenant === undefined ? {} : { tenant })
  }

  async *#writtenAndStored(filter: { readonly tenant?: string }): AsyncIterable<SessionInfo> {
    const open = [...this.#opened.values()].filter(
      ({ tenant }) => filter.tenant === undefined || tenant === filter.tenant,
    )
    // A store that cannot be written may still be read; if not, the walk says so.
    await Promise.allSettled(open.map((session) => session.flush()))
    yield* this.#services.store.store.list(filter)
  }

  /**
   * Forgets a session: releases it when it is open here, then removes it from the store. Other processes that have it open
   * lose what they hold of it.
   *
   * @param options - `tenant`; default: `default`
   * @returns false when the store had no such session
   * @throws OnejarError ONEJAR_STORE_UNAVAILABLE, ONEJAR_BAD_OPTIONS, ONEJAR_CLOSED
   * @example
   * ```ts
   * const existed = await broker.remove('alice', { tenant: 'acme' })
   * ```
   */
  async remove(id: string, options?: { readonly tenant?: string }): Promise<boolean> {
    this.#assertOpen()
    REMOVE.text(id, 'id')
    const tenant = takeTenant(options, REMOVE) ?? 'default'
    await this.#letGo({ tenant, id })
    const removed = await this.#services.store.store.remove({ tenant, id })
    if (removed) this.#reportRemoved({ tenant, id })
    return removed
  }

  /**
   * Deletes now what is over by `retention`: sessions and entries of the store, screenshots, log files, the beginning of the audit
   * trail. The trail has what it was. Costs a walk through the store.
   *
   * @throws OnejarError ONEJAR_STORE_UNAVAILABLE, ONEJAR_CLOSED
   * @example
   * ```ts
   * const { sessions, entries, screenshots } = await broker.purge()
   * console.log(`${sessions} sessions, ${entries} entries and ${screenshots} screenshots were deleted`)
   * ```
   */
  async purge(): Promise<PurgedData> {
    this.#assertOpen()
    const { store, compliance, retention } = this.#services
    const { sessions, entries } = await store.store.purge()
    compliance.note('store-purged', null, { sessions, entries })
    return { sessions, entries, ...(await retention.purge()) }
  }

  /**
   * Removes everything that the store has of a subject: the sessions with this id, in all tenants, with their cookies, storage,
   * dead letters and kept responses. Sessions that are open here are released first; another process that has one open gets an
   * empty one. What cannot be attributed stays: the audit trail (which knows pseudonyms alone) and screenshots. Costs two walks
   * through the store.
   *
   * @param subject - the id of the subject's sessions
   * @param options - `tenant`: only the sessions of this tenant
   * @returns a certificate without names and values, sealed with the store's key: `onejar erase verify` looks at it
   * @throws OnejarError ONEJAR_STORE_UNAVAILABLE (a part may be gone then: repeat it), ONEJAR_AUDIT_FAILED (nothing is gone then),
   * ONEJAR_BAD_OPTIONS, ONEJAR_CLOSED
   * @example
   * ```ts
   * const certificate = await broker.erase('alice')
   * console.log(certificate.sessions.length, certificate.complete)
   * ```
   */
  async erase(subject: string, options?: { readonly tenant?: string }): Promise<ErasureCertificate> {
    this.#assertOpen()
    if (ERASE.text(subject, 'subject') === '') throw ERASE.bad('subject: expected the id of a session')
    const tenant = takeTenant(options, ERASE) ?? null
    const { store, compliance, clock, certificateKey } = this.#services
    const key = await certificateKey()
    compliance.record('subject-erased', null, { state: 'begun' })
    const certificate = await eraseSubject(subject, tenant, {
      store: store.store,
      key,
      now: () => clock.now(),
      release: (session) => this.#letGo(session),
      removed: (session) => compliance.note('session-removed', session, { reason: 'its subject was erased' }),
    })
    const { hash, complete, sessions } = certificate
    const facts = { sessions: sessions.length, certificate: hash }
    compliance.record('subject-erased', null, { state: complete ? 'done' : 'incomplete', ...facts })
    return certificate
  }

  /**
   * What happens from now on in all sessions, and to what they share, in one stream: the events of `session.events()`, with
   * `session` (tenant and id) and its `pseudonym`; both are null for the store and other shared parts. Ends with the broker. While
   * somebody listens, each request is reported.
   */
  events(): AsyncIterableIterator<BrokerEvent> {
    return this.#services.events.listen()
  }

  /**
   * How many sessions are open here. Costs nothing.
   *
   * @example
   * ```ts
   * console.log(`${broker.openSessions} sessions are open`)
   * ```
   */
  get openSessions(): number {
    return this.#opened.size
  }

  /**
   * Releases every session, then closes pools, browser, connections and store. Idempotent.
   *
   * @throws OnejarError ONEJAR_STORE_UNAVAILABLE when the store did not take what was left; it is lost then
   * @example
   * ```ts
   * await broker.close()
   * ```
   */
  close(): Promise<void> {
    if (this.#closed === undefined) {
      this.#lostBefore = this.#lost.length
      this.#closed = this.#close()
    }
    return this.#closed
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #assertOpen(): void {
    if (this.#closed) throw new OnejarError('ONEJAR_CLOSED', 'The broker is closed')
  }

  async #open(id: string, options: ParsedSessionOptions, name: string): Promise<Session> {
    await this.#releasing.get(name)?.catch(ignore)
    const broker = this.#options
    const key = { tenant: options.tenant, id }
    const addresses = narrowestAddresses(broker.addresses, options.addresses ?? 'any')
    const config = sessionConfig(key, broker, options, addresses, this.#keepClearance)
    await assertRecordable(config.contextOptions, this.#services)
    const { compliance } = this.#services
    const isolation =
      broker.isolation === undefined
        ? null
        : new SessionIsolation(isolationPlan(broker.isolation, options.tenant), key, compliance)
    const allowsProxy = isolation?.allowsProxy.bind(isolation)
    const path = openPath(isolation, () => this.#paths.open(name, id, { ...options, allowsProxy }))
    const internals = new SessionInternals(this.#services, config, path, isolation, (released, reason) => {
      this.#forget(name, released, reason)
      released.finally(() => path.close()).catch(ignore)
    })
    try {
      await internals.load()
    } catch (error) {
      path.close()
      throw error
    }
    this.#services.telemetry?.instruments.count('session_creation_total', {
      origin: internals.stored ? 'stored' : 'new',
    })
    return new Session(internals)
  }

  /** Releases a session that is open here, and waits until it is. */
  async #letGo(session: SessionKey): Promise<void> {
    const key = sessionName(session)
    await this.#sessions.get(key)?.session.then((open) => open.release(), ignore)
    await this.#releasing.get(key)?.catch(ignore)
  }

  /** Nobody else can: the session is closed by then, if it was open at all. */
  #reportRemoved(key: SessionKey): void {
    const { events, telemetry, store, clock, compliance } = this.#services
    const reason = 'it was deleted from the store'
    compliance.note('session-removed', key, { reason })
    const pseudonym = () => store.store.pseudonym(key)
    events.emit({ type: 'session', at: clock.now(), state: 'removed', reason }, key, pseudonym)
    telemetry?.log?.info({ session: pseudonym(), outcome: 'removed', reason }, 'session removed')
  }

  #forget(name: string, released: Promise<void>, why: ReleaseReason): void {
    this.#sessions.delete(name)
    this.#paths.forget(name)
    this.#opened.delete(name)
    const reason = this.#closed ? 'closed' : why
    this.#services.telemetry?.instruments.count('session_destruction_total', { reason })
    this.#releasing.set(name, released)
    released
      .finally(() => {
        if (this.#releasing.get(name) === released) this.#releasing.delete(name)
      })
      .catch(ignore)
  }

  #unwritten(): readonly UnwrittenSession[] {
    const { store } = this.#services
    const lost = this.#closed === undefined ? [] : this.#lost.slice(this.#lostBefore)
    return [...lost, ...store.unwritten].map(({ session, entries }) => ({
      session: store.store.pseudonym(session),
      entries,
    }))
  }

  async #view(id: string, tenant: string): Promise<SessionView> {
    this.#assertOpen()
    const name = sessionName({ tenant, id })
    const open = await this.#sessions.get(name)?.session
    if (open !== undefined) {
      const { record, stored, pseudonym } = internalsOf(open)
      return viewOf(record, { open: true, stored, pseudonym, writer: this.#services.writer })
    }
    await this.#releasing.get(name)?.catch(ignore)
    const { store, clock } = this.#services
    return readStored(store.store, { tenant, id }, clock, this.#services.writer)
  }

  async #release(id: string, tenant: string): Promise<void> {
    const open = this.#sessions.get(sessionName({ tenant, id }))?.session
    await open?.then((session) => internalsOf(session).release('idle'))
  }

  #openGauges(): (() => void)[] {
    const instruments = this.#services.telemetry?.instruments
    if (!instruments) return []
    const cookieBytes = () =>
      [...this.#opened.values()].reduce((sum, session) => sum + internalsOf(session).cookieBytes, 0)
    return [
      instruments.gauge('cookie_jar_size_bytes', cookieBytes),
      instruments.gauge('store_pending_entries', () => this.#services.store.health.pendingEntries),
      instruments.gauge('slowed_down_origins', () => this.#services.rates?.slowed ?? 0),
      instruments.gauge('store_away', () => (this.#services.store.health.state === 'away' ? 1 : 0)),
    ]
  }

  async #close(): Promise<void> {
    await Promise.all([...this.#pools.values()].map((pool) => pool.close()))
    const sessions = await Promise.allSettled([...this.#sessions.values()].map(({ session }) => session))
    const opened = sessions.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
    const outcomes = await Promise.allSettled([
      ...opened.map((session) => internalsOf(session).release('closed')),
      ...this.#releasing.values(),
    ])
    const { compliance, browser, queue, tasks, store, retention } = this.#services
    compliance.close()
    await retention.close()
    await Promise.allSettled([browser.close(), this.#paths.close()])
    tasks?.close()
    await queue?.close()
    outcomes.push(...(await Promise.allSettled([store.close()])))
    await store.store.close()
    compliance.closeTrail()
    this.#services.events.end()
    for (const end of this.#gauges) end()
    const failed = outcomes.find((outcome) => outcome.status === 'rejected')
    if (failed) throw failed.reason
  }
}

/** A refusal of the proxy is kept in the trail like others. */
function openPath<T>(isolation: SessionIsolation | null, open: () => T): T {
  try {
    const path = open()
    if (isolation?.look('otherRegion') === 'allow') isolation.decide('otherRegion')
    return path
  } catch (error) {
    if (isOnejarError(error, 'ONEJAR_POLICY_DENIED')) isolation?.decide('otherRegion')
    throw error
  }
}

const LIST = new Input('broker.list()')
const ROTATE = new Input('broker.rotateProxies()')
const REMOVE = new Input('broker.remove()')
const ERASE = new Input('broker.erase()')

function takeTenant(options: unknown, input: Input): string | undefined {
  const { tenant } = input.members(options, ['tenant'])
  return tenant === undefined ? undefined : input.text(tenant, 'tenant')
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
