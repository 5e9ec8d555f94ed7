import {
  type Clock,
  isOnejarError,
  OnejarError,
  startDeadline,
  steadyMs,
  withSignal,
} from '../../core/index.ts'
import { Input } from '../input/input.ts'
import { internalsOf } from '../internals.ts'
import type { LeaseOptions, ParsedPoolOptions } from '../options/pool-options.ts'
import type { Session } from '../session/session.ts'
import type { ReleaseReason } from '../session/session-config.ts'
import { HEALTH_SIGNS, Health, type HealthSign, healthSign } from './health.ts'

/**
 * The loan of a session: the pool does not release it until it is given back. `using` gives it back at the end of the block.
 *
 * @example
 * ```ts
 * using lease = await pool.lease({ timeoutMs: 5_000 })
 * await lease.session.fetch('https://example.com/')
 * ```
 */
export interface SessionLease extends Disposable {
  /** The session that is lent. */
  readonly session: Session
  /**
   * Reports to the pool what the session's own events do not show, such as a response that is of no use. It changes the session's
   * health.
   *
   * @throws OnejarError ONEJAR_BAD_OPTIONS for an unknown sign
   * @example
   * ```ts
   * using lease = await pool.lease()
   * const response = await lease.session.fetch('https://example.com/')
   * if (!(await response.text()).includes('price')) lease.report('refused')
   * ```
   */
  report(sign: HealthSign): void
  /**
   * Gives the session back. Idempotent.
   *
   * @example
   * ```ts
   * const lease = await pool.lease({ id: 'alice' })
   * await lease.session.fetch('https://example.com/').finally(() => lease.release())
   * ```
   */
  release(): void
}

/** How busy a pool is at this moment, as `pool.stats` gives it: for a gauge. */
export interface PoolStats {
  /** How many sessions are open. */
  readonly open: number
  /** How many of them are leased. */
  readonly leased: number
  /** How many calls of `lease()` and `use()` wait for a session. */
  readonly waiting: number
  /** The health of each open session, 0 (bad) to 1 (good), without its id. */
  readonly health: readonly number[]
}

/** `broker.session()`. */
type OpenSession = (id: string, options: ParsedPoolOptions['session']) => Promise<Session>

/** What a pool needs of its broker. */
export interface PoolParts {
  readonly open: OpenSession
  readonly clock: Clock
  /** Whether the store takes what is written. */
  readonly storeIsUp: () => boolean
  /** The name is free for another pool. */
  readonly onClose: () => void
}

interface Member {
  readonly id: string
  readonly named: boolean
  readonly opening: Promise<Session>
  readonly openedAt: number
  readonly health: Health
  session: Session | undefined
  usedAt: number
  /** Grows with each use: two uses can fall into one millisecond. */
  use: number
  expiresAt: number
  leases: number
}

interface Waiter {
  /** Wants a session by its name. */
  readonly named: boolean
  readonly wake: () => void
}

const DEFAULT_WAIT_MS = 60_000

const LEASE = new Input('pool.lease()')
const USE = new Input('pool.use()')
const REPORT = new Input('lease.report()')

/**
 * Lends sessions. At most `maxSessions` are open at once: for one more, the session that was used longest ago is released.
 * Sessions that fail again and again are quarantined; idle and old ones are released. A release closes a session's context
 * and keeps its record in the store. While the store is away no session is released, because what waits to be written would
 * be lost. Made by `broker.pool()`.
 *
 * A session: opening -> free <-> leased -> released (evicted, idle, expired, quarantined or closed).
 *
 * @example
 * ```ts
 * const pool = broker.pool({ name: 'shop', maxSessions: 10, idleMs: 60_000 })
 * const urls = ['https://example.com/a', 'https://example.com/b']
 * const pages = await Promise.all(urls.map((url) => pool.use(async (session) => (await session.fetch(url)).text())))
 * ```
 */
export class SessionPool {
  readonly #options: ParsedPoolOptions
  readonly #open: OpenSession
  readonly #clock: Clock
  readonly #storeIsUp: () => boolean
  readonly #onClose: () => void
  readonly #members = new Map<string, Member>()
  /** Names whose quarantine ends at some time (on the steady clock, as all times here): they are used again then. */
  readonly #resting = new Map<string, number>()
  readonly #releasing = new Set<Promise<void>>()
  /** The one that came first first. */
  readonly #waiters = new Set<Waiter>()
  #next = 1
  #uses = 0
  #timer: NodeJS.Timeout | undefined
  #closed = false

  /** Use `broker.pool()`. */
  constructor(options: ParsedPoolOptions, { open, clock, storeIsUp, onClose }: PoolParts) {
    this.#options = options
    this.#open = open
    this.#clock = clock
    this.#storeIsUp = storeIsUp
    this.#onClose = onClose
  }

  /**
   * Leases a session. Waits until one is free where all are in use. Opening one costs a read of the store.
   *
   * @throws OnejarError ONEJAR_TIMEOUT when none came free, ONEJAR_ABORTED, ONEJAR_QUARANTINED (with an id),
   * ONEJAR_BAD_OPTIONS, ONEJAR_CLOSED, and what `broker.session()` throws
   * @example
   * ```ts
   * using lease = await pool.lease({ id: 'alice', timeoutMs: 5_000 })
   * const response = await lease.session.fetch('https://example.com/')
   * ```
   */
  async lease(options?: LeaseOptions): Promise<SessionLease> {
    const { id, signal, timeoutMs = DEFAULT_WAIT_MS } = takeLease(options, LEASE)
    const deadline = startDeadline(timeoutMs, 'pool.lease()', signal)
    try {
      for (;;) {
        if (this.#closed) throw new OnejarError('ONEJAR_CLOSED', 'The pool is closed')
        if (deadline.signal.aborted) throw deadline.signal.reason
        this.sweep()
        const member = this.#find(id) ?? this.#admit(id)
        if (member) {
          const session = await this.#take(member, deadline.signal)
          if (session) return this.#lend(member, session)
          continue
        }
        await this.#change(id !== undefined, deadline.signal)
      }
    } finally {
      deadline.clear()
    }
  }

  /**
   * Leases a session for as long as the work takes, and gives it back. Work that fails with ONEJAR_NETWORK or
   * ONEJAR_PROXY_FAILED lowers the session's health.
   *
   * @returns what the work resolves to
   * @throws OnejarError ONEJAR_BAD_OPTIONS, what `lease()` throws, and what the work throws
   * @example
   * ```ts
   * const html = await pool.use(async (session) => (await session.fetch('https://example.com/')).text())
   * ```
   */
  async use<T>(work: (session: Session) => Promise<T>, options?: LeaseOptions): Promise<T> {
    if (typeof work !== 'function') throw USE.bad('work: expected a function')
    using lease = await this.lease(options)
    try {
      return await work(lease.session)
    } catch (error) {
      if (isOnejarError(error, 'ONEJAR_NETWORK') || isOnejarError(error, 'ONEJAR_PROXY_FAILED'))
        lease.report('network')
      throw error
    }
  }

  /**
   * How busy the pool is at this moment. Costs a look at each open session.
   *
   * @example
   * ```ts
   * const { open, leased, waiting } = pool.stats
   * console.log(`${leased} of ${open} sessions are leased, ${waiting} calls wait`)
   * ```
   */
  get stats(): PoolStats {
    const members = [...this.#members.values()]
    return {
      open: members.length,
      leased: members.filter(({ leases }) => leases > 0).length,
      waiting: this.#waiters.size,
      health: members.map(({ health }) => health.score),
    }
  }

  /**
   * Releases unused sessions that are idle, too old or in quarantine. The pool does this by itself; a call costs a look at
   * each open session.
   *
   * @example
   * ```ts
   * pool.sweep()
   * ```
   */
  sweep(): void {
    // Called again when the store is back.
    if (!this.#storeIsUp()) return
    const now = steadyMs(this.#clock)
    let nextAt = Number.POSITIVE_INFINITY
    for (const member of this.#members.values()) {
      if (member.leases > 0 || !member.session) continue
      const idleAt = member.usedAt + this.#options.idleMs
      if (member.session.closed) this.#forget(member)
      else if (member.session.quarantined() !== null) this.#releaseMember(member, 'quarantined')
      else if (member.expiresAt <= now) this.#releaseMember(member, 'expired')
      else if (idleAt <= now) this.#releaseMember(member, 'idle')
      else nextAt = Math.min(nextAt, idleAt, member.expiresAt)
    }
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (nextAt === Number.POSITIVE_INFINITY || this.#closed) return
    this.#timer = setTimeout(() => this.sweep(), Math.min(2 ** 31 - 1, Math.max(1, nextAt - now)))
    this.#timer.unref()
  }

  /**
   * Stops lending, and releases every session, leased ones included. Idempotent. Never rejects.
   *
   * @example
   * ```ts
   * await pool.close()
   * ```
   */
  async close(): Promise<void> {
    this.#closed = true
    this.#onClose()
    clearTimeout(this.#timer)
    this.#wake()
    for (const member of [...this.#members.values()]) this.#releaseMember(member, 'closed')
    await Promise.all(this.#releasing)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** The named session, or the healthiest free one without a name of its own; of equals the one that rested longest. */
  #find(id: string | undefined): Member | undefined {
    if (id !== undefined) return this.#members.get(id)
    let best: Member | undefined
    for (const member of this.#members.values()) {
      if (member.named || member.leases >= this.#options.leasesPerSession) continue
      if (heldOf(member.session) !== null) continue
      const better =
        best === undefined ||
        member.health.score > best.health.score ||
        (member.health.score === best.health.score && member.use < best.use)
      if (better) best = member
    }
    // A new session is better than one that others use, as long as there is room for it.
    return best && best.leases > 0 && this.#members.size < this.#options.maxSessions ? undefined : best
  }

  /** A new member; undefined when there is no room and nobody can go. */
  #admit(id: string | undefined): Member | undefined {
    if (this.#members.size >= this.#options.maxSessions) {
      if (!this.#storeIsUp()) return undefined
      const free = [...this.#members.values()].filter(({ leases, session }) => leases === 0 && session)
      const [oldest] = free.sort((a, b) => a.use - b.use)
      if (!oldest) return undefined
      this.#releaseMember(oldest, 'evicted')
    }
    const name = id ?? this.#freshName()
    const now = steadyMs(this.#clock)
    const member: Member = {
      id: name,
      named: id !== undefined,
      opening: this.#open(name, this.#options.session),
      openedAt: now,
      health: new Health(),
      session: undefined,
      usedAt: now,
      use: this.#uses++,
      expiresAt: now + this.#options.ttlCeilingMs,
      leases: 0,
    }
    this.#members.set(name, member)
    member.opening.then(
      (session) => {
        member.session = session
        internalsOf(session).observe((event) => {
          const sign = healthSign(event)
          if (sign) this.#note(member, sign)
          else if (event.type === 'store' && event.state === 'back') {
            this.sweep()
            this.#wake()
          } else if (event.type === 'blocked') this.#stopped(member, event.origin)
          else if (event.type === 'unblocked') {
            member.health.goOn(event.origin)
            this.#wake()
          }
        })
      },
      () => this.#forget(member),
    )
    return member
  }

  #freshName(): string {
    const now = steadyMs(this.#clock)
    for (const [name, until] of this.#resting) {
      if (until > now || this.#members.has(name)) continue
      this.#resting.delete(name)
      return name
    }
    return `${this.#options.name}-${this.#next++}`
  }

  /** The member's session, counted as leased; undefined when it cannot be used and another one is to be found. */
  async #take(member: Member, signal: AbortSignal): Promise<Session | undefined> {
    member.leases++
    try {
      const session = await withSignal(member.opening, signal)
      const held = heldOf(session)
      if (held === null && !session.closed) return session
      this.#giveBack(member)
      if (held !== null && member.named) {
        throw new OnejarError('ONEJAR_QUARANTINED', `The session is in quarantine: ${held.reason}`, {
          retryAfterMs: held.remainingMs,
        })
      }
      return undefined
    } catch (error) {
      if (!isOnejarError(error, 'ONEJAR_QUARANTINED')) this.#giveBack(member)
      throw error
    }
  }

  #lend(member: Member, session: Session): SessionLease {
    let given = true
    const release = () => {
      if (!given) return
      given = false
      this.#giveBack(member)
    }
    return {
      session,
      report: (sign) => this.#note(member, REPORT.required(sign, 'sign', HEALTH_SIGNS)),
      release,
      [Symbol.dispose]: release,
    }
  }

  #giveBack(member: Member): void {
    member.leases--
    member.usedAt = steadyMs(this.#clock)
    member.use = this.#uses++
    if (member.session?.closed === false && member.leases === 0)
      member.expiresAt = this.#expiryOf(member, member.session)
    this.sweep()
    this.#wakeNext()
  }

  /** As its sites say (`SessionLife`), between floor and ceiling; the ceiling when they say nothing. */
  #expiryOf({ openedAt }: Member, session: Session): number {
    const { ttlFloorMs, ttlCeilingMs } = this.#options
    const endsAt = internalsOf(session).life.endsAt
    const ceiling = openedAt + ttlCeilingMs
    const longestAt = steadyMs(this.#clock) + (endsAt ?? 0) - this.#clock.now()
    return endsAt === null ? ceiling : Math.min(ceiling, Math.max(openedAt + ttlFloorMs, longestAt))
  }

  #note(member: Member, sign: HealthSign): void {
    const before = member.health.score
    this.#judge(member, before, member.health.note(sign))
  }

  #stopped(member: Member, origin: string): void {
    const before = member.health.score
    this.#judge(member, before, member.health.stop(origin), origin)
  }

  /** @param from - the origin that stopped the session */
  #judge({ session }: Member, before: number, after: number, from?: string): void {
    const { minHealth, quarantineMs } = this.#options
    if (before < minHealth || after >= minHealth || !session || session.closed) return
    const reason = `its health fell to ${after.toFixed(2)}`
    session.quarantine(reason, { forMs: quarantineMs, ...(from === undefined ? {} : { from }) })
  }

  #releaseMember(member: Member, reason: ReleaseReason): void {
    this.#forget(member)
    const held = heldOf(member.session)
    if (held && !member.named) this.#resting.set(member.id, steadyMs(this.#clock) + held.remainingMs)
    const { session, opening } = member
    const release = (opened: Session) => internalsOf(opened).release(reason)
    // At once where it is open: nobody is to be given a session that is on its way out.
    const releasing = session === undefined ? opening.then(release) : release(session)
    const released = releasing.catch(() => {}).finally(() => this.#releasing.delete(released))
    this.#releasing.add(released)
  }

  #forget(member: Member): void {
    if (this.#members.get(member.id) === member) this.#members.delete(member.id)
    this.#wake()
  }

  /** Resolves when a session may have come free. */
  async #change(named: boolean, signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const waiter = { named, wake: resolve }
    this.#waiters.add(waiter)
    try {
      await withSignal(promise, signal)
    } catch (error) {
      // Woken and gone: what came free is for the next one.
      if (!this.#waiters.delete(waiter)) this.#wakeNext()
      throw error
    }
  }

  /** One place came free: for who asked first. Who wants a session by its name may need something else, and looks as well. */
  #wakeNext(): void {
    let taken = false
    for (const waiter of this.#waiters) {
      if (!waiter.named && taken) continue
      taken ||= !waiter.named
      this.#waiters.delete(waiter)
      waiter.wake()
    }
  }

  #wake(): void {
    const all = [...this.#waiters]
    this.#waiters.clear()
    for (const { wake } of all) wake()
  }
}

/** What keeps a session from being used; null as well for one that was released behind the pool's back. */
function heldOf(session: Session | undefined) {
  return session === undefined || session.closed ? null : session.quarantined()
}

function takeLease(options: unknown, input: Input) {
  const { id, signal, timeoutMs } = input.members(options, ['id', 'signal', 'timeoutMs'])
  return {
    id: id === undefined ? undefined : input.text(id, 'id', 1024),
    signal: input.signal(signal),
    timeoutMs: input.timeout(timeoutMs),
  }
}
