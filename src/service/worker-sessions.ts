import { setTimeout as delay } from 'node:timers/promises'
import { carryOut, type TaskOutcome, type TaskSession, taskKind } from '../browsing/index.ts'
import {
  type Broker,
  brokerInternalsOf,
  internalsOf,
  type Session,
  type SessionOptions,
} from '../client/index.ts'
import { ignore, isOnejarError, OnejarError, withSignal } from '../core/index.ts'
import { type CarriedTask, SessionElsewhere, type SolveOrder, WorkerGone } from '../queue/index.ts'
import { type KeptLock, keepLock } from '../store/index.ts'
import type { Spans } from '../telemetry/index.ts'

/** Which sessions this worker has, where callers look. */
export interface Ownership {
  /** Null, or the worker that has the session. */
  claim(affinity: string): Promise<string | null>
  leave(affinity: string): Promise<void>
}

export interface WorkerSessionsOptions {
  readonly broker: Broker
  readonly spans: Spans | null
  /** How long a session is withheld from the others whose worker died, in milliseconds. */
  readonly leaseMs: number
  readonly ownership: () => Ownership
  /** Called for each task that has ended. Must not throw. */
  readonly onTask?: ((kind: ReturnType<typeof taskKind>, outcome: TaskOutcome) => void) | undefined
}

/** A session that this worker has open. */
interface Held {
  readonly session: Session
  readonly lock: KeptLock
  /** Fires when another worker has it, or may take it. */
  readonly over: AbortController
}

interface SharedSession {
  readonly name: string
  readonly affinity: string | undefined
  readonly opening: Promise<Held>
  users: number
  /** Until when it stays open without users, on the clock of `performance.now()`. */
  keptUntil: number
  timer: NodeJS.Timeout | undefined
}

type Terms = Pick<
  SolveOrder,
  'tenant' | 'id' | 'proxy' | 'addresses' | 'keepClearance' | 'contextOptions' | 'affinity'
>

/** The lock that a worker writes a session with: whoever has it has the session's pages. */
const PURPOSE = 'browser'
const ASK_EVERY_MS = 250
/** What a solve ends with that another worker makes. */
const LEFT = ['ONEJAR_LOCK_LOST', 'ONEJAR_CLOSED'] as const
const OTHER_TERMS =
  'The worker has the session open for a process that gave it another proxy, other addresses or other contextOptions'
/** How long a session stays open whose page fetches, or may still be at work: a little longer than the page itself. */
const PAGE_MS = 32_000
const RUN_MS = 7_000
/** The next page load of a crawl finds its context. */
const LOAD_MS = 2_000

/**
 * Does browser work for other processes: loads the session's record, lets the browser work, hands what it brought to the store, and
 * forgets the session when nobody asks for more of it. While it has a session, no other worker writes it: it holds a lock in the
 * store, and what it writes after that was lost is refused.
 */
export class WorkerSessions {
  readonly #options: WorkerSessionsOptions
  /** By tenant and id. */
  readonly #sessions = new Map<string, SharedSession>()
  #draining = false

  constructor(options: WorkerSessionsOptions) {
    this.#options = options
  }

  /**
   * Resolves when the store holds the result of the solve.
   *
   * @throws OnejarError the failure of the solve, and ONEJAR_STORE_UNAVAILABLE; SessionElsewhere
   */
  readonly solve = (order: SolveOrder, traceparent: string | null): Promise<void> =>
    this.#counted(order.renews === undefined ? 'solve' : 'renew', traceparent, async () => {
      const { affinity, url, renews, observedLifeMs } = order
      const owner = affinity === undefined ? null : await this.#options.ownership().claim(affinity)
      if (owner !== null) throw new SessionElsewhere(owner)
      await this.#use(order, 0, async ({ session, lock, over }) => {
        try {
          if (renews === undefined) await internalsOf(session).solveChallenge(url, observedLifeMs)
          else await internalsOf(session).renew(url, renews)
          await session.flush()
        } catch (error) {
          // What a solve ends with whose session was taken away says nothing of the site.
          throw over.signal.aborted ? lockLost() : error
        }
        // What was refused because another worker has the session is not in the store.
        if (!(await lock.holds())) throw lockLost()
      })
      return 'done'
    })

  /** Does another task. Its result is said to its caller. */
  readonly carryOut = ({ order, line, traceparent, waitedMs }: CarriedTask): Promise<void> => {
    const kind = taskKind(order.task)
    return this.#counted(kind, traceparent, async () => {
      const over = Promise.withResolvers<void>()
      const keptMs = kind === 'open-page' || kind === 'fetch' ? PAGE_MS : kind === 'run' ? RUN_MS : LOAD_MS
      let using: Promise<void> | undefined
      const open = async () => {
        const opened = Promise.withResolvers<TaskSession>()
        using = this.#use(order, keptMs, async (held) => {
          opened.resolve(taskSession(held))
          await withSignal(over.promise, held.over.signal)
        })
        using.catch(opened.reject)
        return opened.promise
      }
      try {
        return await carryOut(order.task, waitedMs, line, open)
      } finally {
        over.resolve()
        await using?.catch(ignore)
      }
    })
  }

  /** Gives each session back as soon as nobody uses it, so that another worker can have it. */
  drain(): void {
    this.#draining = true
    for (const shared of this.#sessions.values()) this.#letGo(shared)
  }

  /**
   * Ends everything under way and gives its locks back, so that another worker can do it at once.
   *
   * @returns the pseudonyms of the sessions
   */
  async abandon(): Promise<string[]> {
    const released = await Promise.allSettled(
      [...this.#sessions].map(async ([key, shared]) => {
        const { session, over } = await shared.opening
        const isUsed = shared.users > 0
        over.abort(new WorkerGone())
        await this.#release(shared, key)
        return isUsed ? [session.pseudonym] : []
      }),
    )
    return released.flatMap((one) => (one.status === 'fulfilled' ? one.value : []))
  }

  /** Does a task in a span of its caller's trace, and counts how it ended. */
  async #counted(
    kind: ReturnType<typeof taskKind>,
    traceparent: string | null,
    work: () => Promise<TaskOutcome>,
  ): Promise<void> {
    const { spans, onTask } = this.#options
    const counted = async () => {
      try {
        onTask?.(kind, await work())
      } catch (error) {
        const isLeft = error instanceof SessionElsewhere || LEFT.some((code) => isOnejarError(error, code))
        onTask?.(kind, isLeft ? 'left' : 'failed')
        throw error
      }
    }
    if (spans === null) return counted()
    return spans.run('onejar.worker', { 'onejar.task': kind }, counted, traceparent ?? undefined)
  }

  async #use(terms: Terms, keptMs: number, work: (held: Held) => Promise<void>): Promise<void> {
    const shared = await this.#taken(terms)
    try {
      await work(await shared.opening)
    } finally {
      shared.users--
      shared.keptUntil = Math.max(shared.keptUntil, performance.now() + keptMs)
      this.#letGo(shared)
    }
  }

  /** The session, with one user more. */
  async #taken(terms: Terms): Promise<SharedSession> {
    const { tenant, id, proxy, addresses, keepClearance = false, contextOptions, affinity } = terms
    const key = JSON.stringify([tenant, id])
    // The way out belongs to it: the same session through another proxy is another one here.
    const name = JSON.stringify([proxy, addresses ?? null, keepClearance, contextOptions ?? null])
    const endsAt = performance.now() + 3 * this.#options.leaseMs
    for (let known = this.#sessions.get(key); known !== undefined; known = this.#sessions.get(key)) {
      if (known.name === name) {
        clearTimeout(known.timer)
        known.users++
        return known
      }
      // One that goes another way, or may reach other things, ends first.
      if (known.users === 0) await this.#release(known, key)
      else if (performance.now() > endsAt) throw new OnejarError('ONEJAR_BROWSER_FAILED', OTHER_TERMS)
      else await delay(ASK_EVERY_MS)
    }
    const opening = this.#open(terms, key)
    const shared: SharedSession = { name, affinity, opening, users: 1, keptUntil: 0, timer: undefined }
    this.#sessions.set(key, shared)
    opening.catch(() => {
      if (this.#sessions.get(key) === shared) this.#sessions.delete(key)
    })
    return shared
  }

  async #open(terms: Terms, key: string): Promise<Held> {
    const { broker } = this.#options
    const { tenant, id, proxy, addresses, keepClearance = false, contextOptions } = terms
    const lock = await this.#lock({ tenant, id })
    const options: SessionOptions = {
      tenant,
      ...(proxy === null ? {} : { proxy: withoutUndefined(proxy) }),
      ...(addresses === undefined ? {} : { addresses }),
      keepClearance,
      ...(contextOptions === undefined ? {} : { contextOptions }),
    }
    try {
      // Loaded with the lock: what its last holder wrote is there, and nothing more will come of it.
      const session = await broker.session(id, options)
      internalsOf(session).persistence.fence(lock.lock)
      const over = new AbortController()
      lock.lost.then(() => {
        over.abort(new WorkerGone())
        const shared = this.#sessions.get(key)
        if (shared) void this.#release(shared, key)
      }, ignore)
      return { session, lock, over }
    } catch (error) {
      await lock.release()
      throw error
    }
  }

  /** Waits for a worker that has died, until its lock has lapsed. */
  async #lock(session: { readonly tenant: string; readonly id: string }): Promise<KeptLock> {
    const { broker, leaseMs } = this.#options
    const internals = brokerInternalsOf(broker)
    const endsAt = performance.now() + 3 * leaseMs
    for (;;) {
      const lock = await keepLock((ttlMs) => internals.acquireLock(session, PURPOSE, ttlMs), leaseMs)
      if (lock) return lock
      if (performance.now() > endsAt) {
        throw new OnejarError(
          'ONEJAR_BROWSER_FAILED',
          'Another worker holds the session, and does not say so',
        )
      }
      await delay(ASK_EVERY_MS)
    }
  }

  #letGo(shared: SharedSession): void {
    clearTimeout(shared.timer)
    const key = [...this.#sessions].find(([, one]) => one === shared)?.[0]
    if (key === undefined || shared.users > 0) return
    const leftMs = this.#draining ? 0 : shared.keptUntil - performance.now()
    if (leftMs <= 0) void this.#release(shared, key)
    else shared.timer = setTimeout(() => void this.#release(shared, key), leftMs).unref()
  }

  async #release(shared: SharedSession, key: string): Promise<void> {
    if (this.#sessions.get(key) !== shared) return
    this.#sessions.delete(key)
    clearTimeout(shared.timer)
    const held = await shared.opening.catch(() => null)
    await held?.session.release().catch(ignore)
    await held?.lock.release()
    if (shared.affinity !== undefined) await this.#options.ownership().leave(shared.affinity)
  }
}

function lockLost(): OnejarError {
  return new OnejarError('ONEJAR_LOCK_LOST', 'Another worker has the session by now')
}

function taskSession({ session, lock, over }: Held): TaskSession {
  const lost = over.signal
  const internals = internalsOf(session)
  const { persistence } = internals
  return {
    browser: internals.engine.router.browser,
    over: lost,
    catchUp: () => withSignal(persistence.catchUp(), lost),
    settle: async () => {
      await withSignal(internals.pull(), lost)
      await withSignal(persistence.flush(), lost)
      if (!(await lock.holds())) throw new WorkerGone()
    },
    solve: async (url, observedLifeMs) => {
      await internals.solveChallenge(url, observedLifeMs)
    },
    renew: (url, endedAt) => internals.renew(url, endedAt),
  }
}

function withoutUndefined(proxy: NonNullable<SolveOrder['proxy']>) {
  if (typeof proxy === 'string') return proxy
  const { server, username, password } = proxy
  return {
    server,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
  }
}
