import type { Broker, Session, SessionOptions } from '../client/index.ts'
import type { SolveOrder } from '../queue/index.ts'
import type { Spans } from '../telemetry/index.ts'

interface Guest {
  readonly session: Promise<Session>
  visits: number
}

/**
 * Makes the visits that others ask for: fetches the session's record, lets the browser pass the challenge, hands what it
 * brought to the store, and forgets the session when nobody asks for more of it.
 */
export class VisitDesk {
  readonly #broker: Broker
  readonly #spans: Spans | null
  readonly #guests = new Map<string, Guest>()

  constructor(broker: Broker, spans: Spans | null) {
    this.#broker = broker
    this.#spans = spans
  }

  /**
   * Resolves when the store holds what the visit brought.
   *
   * @throws OnejarError what the visit ended with, and ONEJAR_STORE_UNAVAILABLE
   */
  readonly visit = async (order: SolveOrder, traceparent: string | null): Promise<void> => {
    const work = () => this.#visit(order)
    if (this.#spans === null) return work()
    return this.#spans.run('onejar.worker', {}, work, traceparent ?? undefined)
  }

  async #visit({
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
    // A proxy is part of what a visit is about: the same session through another one is another guest.
    const name = JSON.stringify([tenant, id, proxy, addresses ?? null, keepClearance])
    let guest = this.#guests.get(name)
    if (!guest) {
      guest = { session: this.#broker.session(id, options), visits: 0 }
      this.#guests.set(name, guest)
    }
    guest.visits++
    try {
      const session = await guest.session
      if (renews === undefined) await session.solveChallenge(url, observedLifeMs)
      else await session.renew(url, renews)
      await session.flush()
    } finally {
      if (--guest.visits === 0) {
        this.#guests.delete(name)
        await guest.session.then((session) => session.release()).catch(() => {})
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
