import { isOnejarError } from '../../core/index.ts'
import type { VisitQueue } from '../../queue/index.ts'
import type { RemoteVisits } from '../../routing/index.ts'
import { traceparent } from '../../telemetry/index.ts'
import type { SessionKeeper } from '../keep/session-keeper.ts'
import type { SessionSetup } from './session-setup.ts'

export interface RemoteVisitParts {
  readonly queue: VisitQueue
  readonly setup: SessionSetup
  readonly keeper: SessionKeeper
}

/** Has workers make a session's visits: they get its record from the store, and leave there what the browser brought. */
export function remoteVisits({ queue, setup, keeper }: RemoteVisitParts): RemoteVisits {
  const { key, store, contextOptions } = setup
  return {
    async visit(url, signal) {
      // Without the store there is nothing a worker could start from.
      await keeper.flush()
      const { tenant, id } = key
      const order = { tenant, id, url: url.href, proxy: contextOptions.proxy ?? null }
      const pseudonym = store.store.pseudonym(key)
      try {
        await queue.visit({ pseudonym, order, traceparent: traceparent() }, signal)
      } finally {
        await keeper.catchUp().catch((error) => {
          if (!isOnejarError(error, 'ONEJAR_STORE_UNAVAILABLE')) throw error
        })
      }
    },
  }
}
