import { setTimeout as wait } from 'node:timers/promises'
import { growingPause, isOnejarError } from '../../core/index.ts'
import { type KeptLock, keepLock, type SessionKey, type Store } from '../../store/index.ts'

/** A lock is held this long when its holder dies. */
const TTL_MS = 15_000
/** How often a held lock is requested again: its release is notified, but the death of its holder is not. */
const ASK_EVERY = { firstMs: 50, longestMs: 500, growth: 1.5 }

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
  for (let tries = 1; ; tries++) {
    signal.throwIfAborted()
    const lock = await tryLock(store, session, purpose)
    if (lock === 'away') {
      awayAt ??= performance.now()
      if (!waited || performance.now() - awayAt > TTL_MS) return null
    } else {
      awayAt = undefined
      if (lock !== null) return { waited, release: () => lock.release() }
      waited = true
    }
    if (over()) return null
    await wait(growingPause(ASK_EVERY, tries), undefined, { signal }).catch(() => signal.throwIfAborted())
    if (over()) return null
  }
}

async function tryLock(
  store: Store,
  session: SessionKey,
  purpose: string,
): Promise<KeptLock | null | 'away'> {
  try {
    return await keepLock((ttlMs) => store.acquireLock(session, purpose, ttlMs), TTL_MS)
  } catch (error) {
    if (isOnejarError(error, 'ONEJAR_STORE_UNAVAILABLE')) return 'away'
    throw error
  }
}
