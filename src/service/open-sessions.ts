import { type Broker, brokerInternalsOf, type Session } from '../client/index.ts'
import { OnejarError } from '../core/index.ts'
import type { ProxySetting } from '../services/index.ts'
import { SessionReports } from './session-reports.ts'

export interface OpenSessionsOptions {
  /** How many sessions are open at once; for one more, the least recently used is released. */
  readonly maxSessions: number
  /** How long a session may be unused before it is released. */
  readonly idleMs: number
}

interface Guest {
  readonly id: string
  readonly tenant: string
  /** Null for the one that the broker gives it, or none. */
  readonly proxy: ProxySetting | null
  uses: number
  /** On the clock of `performance.now()`. */
  usedAt: number
}

/** How long a request waits for another session to come free. */
const MAX_WAIT_MS = 30_000
/** The shortest interval between looks for unused sessions; as a rule a fraction of the idle time. */
const MIN_LOOK_MS = 20

/**
 * Opens sessions for the service's callers and releases unused ones: their records are in the store, and they are opened again
 * when they are asked for. While the store is away none is released: unwritten changes would be lost.
 */
export class OpenSessions {
  readonly #broker: Broker
  readonly #options: OpenSessionsOptions
  /** The ones that were used longest ago first. */
  readonly #guests = new Map<string, Guest>()
  /** Those that are being released: they are opened again afterwards. */
  readonly #releasing = new Map<string, Promise<void>>()
  /** What happened in them. */
  readonly reports = new SessionReports()
  #waiters: (() => void)[] = []
  #timer: NodeJS.Timeout | undefined

  constructor(broker: Broker, options: OpenSessionsOptions) {
    this.#broker = broker
    this.#options = options
  }

  /**
   * Works with a session, which stays open meanwhile.
   *
   * @param proxy - what its requests go through: one that is open with another is released first, when nobody uses it. Null for
   *   what the broker says; undefined where nothing is sent
   * @throws OnejarError ONEJAR_TIMEOUT when all are in use for long, those of `broker.session()`, and what the work throws
   */
  async use<T>(
    id: string,
    tenant: string,
    work: (session: Session) => Promise<T>,
    proxy?: ProxySetting | null,
  ): Promise<T> {
    const key = JSON.stringify([tenant, id])
    const guest = await this.#admit(key, id, tenant, proxy)
    try {
      await this.#releasing.get(key)
      const own = guest.proxy === null ? {} : { proxy: guest.proxy }
      const session = await this.#broker.session(id, { tenant, ...own })
      this.reports.watch(session)
      return await work(session)
    } finally {
      guest.uses--
      guest.usedAt = performance.now()
      if (this.#guests.get(key) === guest) {
        this.#guests.delete(key)
        this.#guests.set(key, guest)
      }
      for (const wake of this.#waiters.splice(0)) wake()
      this.#schedule()
    }
  }

  /** Stops releasing sessions: closing the broker does that. */
  close(): void {
    clearTimeout(this.#timer)
    this.#guests.clear()
  }

  async #admit(
    key: string,
    id: string,
    tenant: string,
    proxy: ProxySetting | null | undefined,
  ): Promise<Guest> {
    const until = performance.now() + MAX_WAIT_MS
    for (;;) {
      const known = this.#guests.get(key)
      if (known && (proxy === undefined || isSame(known.proxy, proxy))) {
        known.uses++
        return known
      }
      if (known && known.uses === 0 && this.#broker.storeHealth.state === 'up') this.#release(known)
      if (!this.#guests.has(key) && this.#hasRoom()) {
        const guest = { id, tenant, proxy: proxy ?? null, uses: 1, usedAt: performance.now() }
        this.#guests.set(key, guest)
        return guest
      }
      if (performance.now() >= until) {
        const what = known
          ? 'The session is in use with another proxy, and did not come free'
          : `${this.#guests.size} sessions are in use, and none came free`
        throw new OnejarError('ONEJAR_TIMEOUT', what)
      }
      await this.#change(until)
    }
  }

  #hasRoom(): boolean {
    return this.#guests.size < this.#options.maxSessions || this.#releaseOldest()
  }

  /** Whether there is room for another one. */
  #releaseOldest(): boolean {
    if (this.#broker.storeHealth.state !== 'up') return false
    for (const guest of this.#guests.values()) {
      if (guest.uses > 0) continue
      this.#release(guest)
      return true
    }
    return false
  }

  #release({ id, tenant }: Guest): void {
    const key = JSON.stringify([tenant, id])
    this.#guests.delete(key)
    this.reports.forget(id, tenant)
    const released = brokerInternalsOf(this.#broker)
      .release(id, tenant)
      // The broker reports what could not be written.
      .catch(() => {})
      .then(() => {
        if (this.#releasing.get(key) === released) this.#releasing.delete(key)
      })
    this.#releasing.set(key, released)
  }

  #sweep(): void {
    const before = performance.now() - this.#options.idleMs
    if (this.#broker.storeHealth.state === 'up') {
      for (const guest of this.#guests.values()) {
        if (guest.uses === 0 && guest.usedAt <= before) this.#release(guest)
      }
    }
    this.#schedule()
  }

  #schedule(): void {
    if (this.#timer !== undefined || this.#guests.size === 0) return
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined
        this.#sweep()
      },
      Math.max(MIN_LOOK_MS, this.#options.idleMs / 4),
    ).unref()
  }

  #change(until: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, Math.max(1, until - performance.now()))
      this.#waiters.push(() => {
        clearTimeout(timer)
        resolve()
      })
    })
  }
}

function isSame(a: ProxySetting | null, b: ProxySetting | null): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}
