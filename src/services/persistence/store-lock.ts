import { setTimeout as wait } from 'node:timers/promises'
import { isOnejarError } from '../../core/index.ts'
import type { SessionKey, Store, StoreLock } from '../../store/index.ts'

/** A lock is held this long when its holder dies. */
const TTL_MS = 15_000
const RENEW_MS = 5_000
/** How often a held lock is requested again: its release is notified, but the death of its holder is not. */
const ASK_EVERY_MS = 50
const MAX_ASK_EVERY_MS = 500

export interface HeldLock {
  /** Whether somebody else had it first. */
  readonly waited: boolean
  /** Gives it back. */
  release(): Promise<void>
}

/**
 * A lock within a session, over all processes on its store, kept alive until it is released.
 *
 * @param over - asked before each try: something else to stop waiting for
 * @returns null when `over` said so, or when the store is away: then each process is on its own. Where somebody had the lock
 * when it went, the store gets as long to come back as a lock lasts: who had it may well end what this one would do again.
 * @throws what the signal fires with
 */
export async function holdLock(
  store: Store,
  session: SessionKey,
  purpose: string,
  { signal, over }: { readonly signal: AbortSignal; readonly over: () => boolean },
): Promise<HeldLock | null> {
  let waited = false
  let awayAt: number | undefined
  for (let pauseMs = ASK_EVERY_MS; ; pauseMs = Math.min(MAX_ASK_EVERY_MS, pauseMs * 1.5)) {
    signal.throwIfAborted()
    const lock = await tryLock(store, session, purpose)
    if (lock === 'away') {
      awayAt ??= performance.now()
      if (!waited || performance.now() - awayAt > TTL_MS) return null
    } else {
      awayAt = undefined
      if (lock !== null) return keepAlive(lock, waited)
      waited = true
    }
    if (over()) return null
    await wait(pauseMs, undefined, { signal }).catch(() => signal.throwIfAborted())
    if (over()) return null
  }
}

async function tryLock(
  store: Store,
  session: SessionKey,
  purpose: string,
): Promise<StoreLock | null | 'away'> {
  try {
    return await store.acquireLock(session, purpose, TTL_MS)
  } catch (error) {
    if (isOnejarError(error, 'ONEJAR_STORE_UNAVAILABLE')) return 'away'
    throw error
  }
}

function keepAlive(lock: StoreLock, waited: boolean): HeldLock {
  const timer = setInterval(() => {
    lock.extend(TTL_MS).catch(() => {})
  }, RENEW_MS)
  timer.unref()
  return {
    waited,
    async release() {
      clearInterval(timer)
      await lock.release().catch(() => {})
    },
  }
}
