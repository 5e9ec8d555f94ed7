import type { RemoteSolves } from '../../browsing/index.ts'
import { isOnejarError } from '../../core/index.ts'
import type { SolveOrder, SolveQueue } from '../../queue/index.ts'
import { traceparent } from '../../telemetry/index.ts'
import type { SessionParts } from './session-parts.ts'

/** Has workers solve a session's challenges: they get its record from the store, and leave there what the browser brought. */
export function remoteSolves(queue: SolveQueue, session: SessionParts): RemoteSolves {
  const { services, config, network, persistence } = session
  const { key, addresses, keepClearance } = config
  const order = async (
    url: URL,
    what: Pick<SolveOrder, 'observedLifeMs' | 'renews'>,
    signal: AbortSignal,
  ) => {
    // Without the store there is nothing a worker could start from.
    await persistence.flush()
    const { tenant, id } = key
    const allowed = {
      ...(addresses === 'any' ? {} : { addresses }),
      ...(keepClearance ? { keepClearance } : {}),
    }
    const proxy = network.way.contextOptions.proxy ?? null
    const order: SolveOrder = { tenant, id, url: url.href, proxy, ...allowed, ...what }
    const pseudonym = services.store.store.pseudonym(key)
    try {
      await queue.solve({ pseudonym, order, traceparent: traceparent() }, signal)
    } finally {
      await persistence.catchUp().catch((error) => {
        if (!isOnejarError(error, 'ONEJAR_STORE_UNAVAILABLE')) throw error
      })
    }
  }
  return {
    solve: (url, observedLifeMs, signal) => order(url, { observedLifeMs }, signal),
    renew: (url, endedAt, signal) => order(url, { renews: endedAt }, signal),
  }
}
