import { createHash } from 'node:crypto'
import type { RemoteTasks } from '../../browsing/index.ts'
import { isOnejarError } from '../../core/index.ts'
import type { SolveOrder, SolveQueue, TaskQueue, TaskTicket } from '../../queue/index.ts'
import { traceparent } from '../../telemetry/index.ts'
import type { SessionParts } from './session-parts.ts'

/**
 * Has workers do a session's browser work: they get its record from the store, and leave there what the browser brought. What they
 * learn of the session is what a worker has to know to go where the session may go.
 */
export function remoteTasks(solves: SolveQueue, tasks: TaskQueue, session: SessionParts): RemoteTasks {
  const { services, config, network, persistence, record } = session
  const { key, addresses, keepClearance, contextOptions } = config
  const { tenant, id } = key
  const affinity = affinityOf(session)
  // Where there are recordings, pages are shown here; what workers do besides is not recorded.
  const { recordHar: _, recordVideo: __, ...shown } = contextOptions
  const terms = () => ({
    tenant,
    id,
    proxy: network.way.contextOptions.proxy ?? null,
    ...(addresses === 'any' ? {} : { addresses }),
    ...(keepClearance ? { keepClearance } : {}),
    ...(Object.keys(shown).length === 0
      ? {}
      : { contextOptions: shown as NonNullable<SolveOrder['contextOptions']> }),
    affinity: affinity(),
  })
  const catchUp = async () => {
    await persistence.catchUp().catch((error) => {
      if (!isOnejarError(error, 'ONEJAR_STORE_UNAVAILABLE')) throw error
    })
  }
  const solve = async (
    url: URL,
    what: Pick<SolveOrder, 'observedLifeMs' | 'renews'>,
    signal: AbortSignal,
  ) => {
    // Without the store there is nothing a worker could start from.
    await persistence.flush()
    const order: SolveOrder = { ...terms(), url: url.href, ...what }
    const pseudonym = services.store.store.pseudonym(key)
    try {
      return await solves.solve({ pseudonym, order, traceparent: traceparent() }, signal)
    } finally {
      await catchUp()
    }
  }
  return {
    solve: (url, observedLifeMs, signal) => solve(url, { observedLifeMs }, signal),
    renew: (url, endedAt, signal) => solve(url, { renews: endedAt }, signal),
    owner: () => tasks.owner(affinity()),
    begin: async (task, signal, worker) => {
      await persistence.flush()
      const ticket: TaskTicket = {
        ...terms(),
        task,
        traceparent: traceparent(),
      }
      return tasks.begin(ticket, signal, worker)
    },
    catchUp,
    onChange: (listener) => record.subscribe(listener),
  }
}

/**
 * What the session is called where workers say which of them has it: the same in every process on the store, and nothing that
 * says who it is. Of a store that keeps everything readable, a hash.
 */
function affinityOf({ services, config }: SessionParts): () => string {
  let name: string | undefined
  return () => {
    if (name !== undefined) return name
    const { store } = services.store
    const { tenant, id } = config.key
    const isReadable = Buffer.from(store.sealText('affinity', ''), 'base64url')[0] === 0
    name = isReadable
      ? createHash('sha256')
          .update(JSON.stringify([tenant, id]))
          .digest('base64url')
      : store.pseudonym(config.key)
    return name
  }
}
