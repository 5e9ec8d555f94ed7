import { type Broker, internalsOf, type Session, type SessionOptions } from '../client/index.ts'
import type { SolveOrder } from '../queue/index.ts'
import type { Spans } from '../telemetry/index.ts'

interface SharedSession {
  readonly session: Promise<Session>
  solves: number
}

/**
 * Solves challenges for other processes: loads the session's record, lets the browser pass the challenge, hands what it
 * brought to the store, and forgets the session when nobody asks for more of it.
 */
export class WorkerSessions {
  readonly #broker: Broker
  readonly #spans: Spans | null
  readonly #sessions = new Map<string, SharedSession>()

  constructor(broker: Broker, spans: Spans | null) {
    this.#broker = broker
    this.#spans = spans
  }

  /**
   * Resolves when the store holds the result of the solve.
   *
   * @throws OnejarError the failure of the solve, and ONEJAR_STORE_UNAVAILABLE
   */
  readonly solve = async (order: SolveOrder, traceparent: string | null): Promise<void> => {
    const work = () => this.#solve(order)
    if (this.#spans === null) return work()
    return this.#spans.run('onejar.worker', {}, work, traceparent ?? undefined)
  }

  /**
   * Ends every solve under way with ONEJAR_CLOSED and gives its locks back, so that another worker can make it at once.
   *
   * @returns the pseudonyms of their sessions
   */
  async abandon(): Promise<string[]> {
    const shared = [...this.#sessions.values()]
    this.#sessions.clear()
    const released = await Promise.allSettled(
      shared.map(async ({ session }) => {
        const open = await session
        await open.release()
        return open.pseudonym
      }),
    )
    return released.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
  }

  async #solve({
    tenant,
    id,
    url,
    proxy,
    addresses,
    keepClearance = false,
    observedLifeMs,
    renews,
  }: SolveOrder): Promise<void> {
    const options: SessionOptions = {
      tenant,
      ...(proxy === null ? {} : { proxy: withoutUndefined(proxy) }),
      ...(addresses === undefined ? {} : { addresses }),
      keepClearance,
    }
    // The proxy belongs to the key: the same session through another proxy is another one here.
    const name = JSON.stringify([tenant, id, proxy, addresses ?? null, keepClearance])
    let shared = this.#sessions.get(name)
    if (!shared) {
      shared = { session: this.#broker.session(id, options), solves: 0 }
      this.#sessions.set(name, shared)
    }
    shared.solves++
    try {
      const session = await shared.session
      if (renews === undefined) await internalsOf(session).solveChallenge(url, observedLifeMs)
      else await internalsOf(session).renew(url, renews)
      await session.flush()
    } finally {
      if (--shared.solves === 0) {
        this.#sessions.delete(name)
        await shared.session.then((session) => session.release()).catch(() => {})
      }
    }
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
