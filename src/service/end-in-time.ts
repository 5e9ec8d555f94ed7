import { setTimeout as pause } from 'node:timers/promises'
import type { BrokerInternals } from '../client/index.ts'
import { isOnejarError } from '../core/index.ts'
import type { Log } from '../telemetry/index.ts'

export interface Ending {
  readonly broker: Pick<BrokerInternals, 'unwritten'>
  readonly log: Log
  readonly close: () => Promise<unknown>
  /** Whether there is work under way that can still be brought to its end. */
  readonly busy: () => boolean
}

/** How long a process that was asked to end may take when there is nothing that it can finish, in milliseconds. */
const IDLE_MS = 6_000
/** The same while work is under way. */
const BUSY_MS = 55_000
const LOOK_EVERY_MS = 100
const MAX_NAMED = 100

/**
 * Closes what a process works with, and does not wait for a store or a queue that is away: what could not be written is said
 * in the log, with the sessions' pseudonyms. Never rejects for that.
 *
 * @throws what closing ended with for another reason
 */
export async function endInTime({ broker, log, close, busy }: Ending): Promise<void> {
  const startedAt = performance.now()
  let ended = false
  let failure: unknown
  const closing = close().then(
    () => {
      ended = true
    },
    (error: unknown) => {
      ended = true
      failure = error
    },
  )
  while (!ended) {
    const elapsed = performance.now() - startedAt
    if (elapsed >= (busy() ? BUSY_MS : IDLE_MS)) break
    await Promise.race([closing, pause(LOOK_EVERY_MS)])
  }
  const unwritten = broker.unwritten()
  const entries = unwritten.reduce((sum, each) => sum + each.entries, 0)
  if (entries > 0) {
    for (const each of unwritten.slice(0, MAX_NAMED)) log.error({ ...each }, 'entries could not be written')
    log.error(
      { entries, sessions: unwritten.length },
      `the store is away: ${entries} entries of ${unwritten.length} sessions could not be written and are lost`,
    )
  } else if (!ended) log.warn({ entries }, 'ended before everything was closed; nothing waited to be written')
  if (failure !== undefined && !isOnejarError(failure, 'ONEJAR_STORE_UNAVAILABLE')) throw failure
}
