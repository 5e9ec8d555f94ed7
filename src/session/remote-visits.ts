import { isOnejarError } from '../core/index.ts'
import type { VisitQueue } from '../queue/index.ts'
import type { RemoteVisits } from '../routing/index.ts'
import type { SessionKey } from '../store/index.ts'
import { traceparent } from '../telemetry/index.ts'
import type { ProxySetting } from './proxy-setting.ts'
import type { SessionKeeper } from './session-keeper.ts'

export interface RemoteVisitParts {
  readonly queue: VisitQueue
  readonly key: SessionKey
  readonly pseudonym: string
  readonly proxy: ProxySetting | undefined
  readonly keeper: SessionKeeper
}

/** Has workers make a session's visits: they get its record from the store, and leave there what the browser brought. */
export function remoteVisits(parts: RemoteVisitParts): RemoteVisits {
  const { queue, key, pseudonym, proxy, keeper } = parts
  return {
    async visit(url, signal) {
      // Without the store there is nothing a worker could start from.
      await keeper.flush()
      const order = { tenant: key.tenant, id: key.id, url: url.href, proxy: proxy ?? null }
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
