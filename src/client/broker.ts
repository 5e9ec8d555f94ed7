import { narrowestAddresses } from '../compliance/index.ts'
import { ignore, OnejarError, parseOptions } from '../core/index.ts'
import {
  type BrokerDependencies,
  NetworkPaths,
  type OpenServices,
  openServices,
  type ProxyRoute,
  proxyTableSchema,
  type Services,
  sessionName,
} from '../services/index.ts'
import type { SessionInfo, StoreHealth } from '../store/index.ts'
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
import { Session } from './session/session.ts'
import { type ReleaseReason, sessionConfig } from './session/session-config.ts'
import { SessionInternals } from './session/session-internals.ts'
import { readStored, type SessionView } from './session/stored-session.ts'

/** What `openBroker()` does, once all that it needs is loaded. */
export async function createBroker(
  options: BrokerOptions = {},
  dependencies: BrokerDependencies = {},
): Promise<Broker> {
  const parsed = parseOptions(brokerOptionsSchema, options, 'openBroker()')
  return new Broker(parsed, await openServices(parsed, dependencies))
}

interface OpenSession {
  readonly options: ParsedSessionOptions
  readonly session: Promise<Session>
}

/** Keeps sessions, and closes what it made. Made by `openBroker()`. */
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
      envelope: services.store.store,
    })
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
   * A pool of sessions: it limits how many are open, and releases unused ones. Its name has to be its own within the tenant.
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
   * Puts another table of proxies in place. Sessions whose proxy stays go on; the others are released (their requests get a
   * few seconds to end) and take the new proxy when they are opened again. Connections through proxies that are of no
   * use any more are closed. What challenges left a session that moves is not shown through its new proxy, unless
   * `keepClearance` (default: the broker's) says so.
   *
   * @returns how many sessions were released (`parked`) and how many go on
   * @throws OnejarError ONEJAR_BAD_OPTIONS (then the old table stays), ONEJAR_CLOSED
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

  /** How the store is, and what waits to be written: for a gauge or a health check. Costs nothing. */
  get storeHealth(): StoreHealth {
    return this.#services.store.health
  }

  /** The sessions that the store keeps, in no order. @throws OnejarError ONEJAR_STORE_UNAVAILABLE, ONEJAR_CLOSED */
  list(filter?: { readonly tenant?: string }): AsyncIterable<SessionInfo> {
    this.#assertOpen()
    const tenant = takeTenant(filter, LIST)
    return this.#services.store.store.list(tenant === undefined ? {} : { tenant })
  }

  /**
   * Forgets a session: releases it when it is open, then removes it from the store. False when the store had none.
   *
   * @throws OnejarError ONEJAR_STORE_UNAVAILABLE, ONEJAR_CLOSED
   */
  async remove(id: string, options?: { readonly tenant?: string }): Promise<boolean> {
    this.#assertOpen()
    REMOVE.text(id, 'id')
    const tenant = takeTenant(options, REMOVE) ?? 'default'
    const key = sessionName({ tenant, id })
    await this.#sessions.get(key)?.session.then((session) => session.release(), ignore)
    await this.#releasing.get(key)?.catch(ignore)
    return this.#services.store.store.remove({ tenant, id })
  }

  /** How many sessions are open. */
  get openSessions(): number {
    return this.#opened.size
  }

  /** Releases every session, then closes the browser, the connections and the store. Idempotent. */
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
    const path = this.#paths.open(name, id, options)
    const internals = new SessionInternals(this.#services, config, path, (released, reason) => {
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
    if (open !== undefined) return open
    await this.#releasing.get(name)?.catch(ignore)
    const { store, clock } = this.#services
    return readStored(store.store, { tenant, id }, clock)
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
      instruments.gauge('store_away', () => (this.#services.store.health.state === 'away' ? 1 : 0)),
    ]
  }

  async #close(): Promise<void> {
    await Promise.all([...this.#pools.values()].map((pool) => pool.close()))
    const sessions = await Promise.allSettled([...this.#sessions.values()].map(({ session }) => session))
    const opened = sessions.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
    const outcomes = await Promise.allSettled([
      ...opened.map((session) => session.release()),
      ...this.#releasing.values(),
    ])
    const { compliance, browser, queue, store } = this.#services
    compliance.close()
    await Promise.allSettled([browser.close(), this.#paths.close()])
    await queue?.close()
    outcomes.push(...(await Promise.allSettled([store.close()])))
    await store.store.close()
    compliance.closeTrail()
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
