import type { RemoteSolves } from '../../browsing/index.ts'
import { isOnejarError } from '../../core/index.ts'
import type { SolveOrder, SolveQueue } from '../../queue/index.ts'
import type { SessionPersistence } from '../../services/index.ts'
import { traceparent } from '../../telemetry/index.ts'
import type { SessionSetup } from './session-setup.ts'

export interface RemoteSolveParts {
  readonly queue: SolveQueue
  readonly setup: SessionSetup
  readonly persistence: SessionPersistence
}

/** Has workers make a session's visits: they get its record from the store, and leave there what the browser brought. */
export function remoteVisits({ queue, setup, persistence }: RemoteSolveParts): RemoteSolves {
  const { key, store, network, addresses, keepClearance } = setup
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
    const pseudonym = store.store.pseudonym(key)
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
