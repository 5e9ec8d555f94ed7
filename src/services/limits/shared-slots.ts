import { setTimeout as wait } from 'node:timers/promises'
import { isOnejarError } from '../../core/index.ts'
import { keepLock, type SessionKey, type Store } from '../../store/index.ts'

/** No session of a caller: their tenants have names. */
const STORE_ITSELF: SessionKey = { tenant: '', id: '' }
/** A slot is held this long when its holder dies. */
const TTL_MS = 5_000

export interface SharedSlotsOptions {
  readonly store: Pick<Store, 'acquireLock'>
  /** Whether the store can be asked: while it is away each process keeps to its own limits. */
  readonly isUp: () => boolean
  /** Names the slots among others. */
  readonly name: string
  readonly count: number
  /** For slots that are not given back, and free themselves after so long; undefined for those that are. */
  readonly lifeMs?: number | undefined
}

/** A number of slots that all processes on a store share, each a lock in it. */
export class SharedSlots {
  readonly #options: SharedSlotsOptions

  constructor(options: SharedSlotsOptions) {
    this.#options = options
  }

  /**
   * Takes a slot, and waits for one where all are taken. Costs a round trip to the store for each slot that is looked at.
   *
   * @returns what gives it back; null where nothing has to be
   * @throws what the signal fires with
   */
  async take(signal: AbortSignal): Promise<(() => Promise<void>) | null> {
    const { count, lifeMs, isUp } = this.#options
    const pauseMs = lifeMs === undefined ? 50 : Math.min(1_000, Math.max(5, lifeMs / count))
    for (;;) {
      const first = Math.floor(Math.random() * count)
      for (let at = 0; at < count; at++) {
        signal.throwIfAborted()
        if (!isUp()) return null
        const slot = await this.#try((first + at) % count)
        if (slot === 'away') return null
        if (slot !== null) return slot.giveBack
      }
      await wait(pauseMs * (0.5 + Math.random()), undefined, { signal }).catch(() => signal.throwIfAborted())
    }
  }

  async #try(at: number): Promise<{ readonly giveBack: (() => Promise<void>) | null } | null | 'away'> {
    const { store, name, lifeMs } = this.#options
    const acquire = (ttlMs: number) => store.acquireLock(STORE_ITSELF, `${name} ${at}`, ttlMs)
    try {
      if (lifeMs !== undefined) return (await acquire(lifeMs)) && { giveBack: null }
      const lock = await keepLock(acquire, TTL_MS)
      return lock && { giveBack: () => lock.release() }
    } catch (error) {
      if (isOnejarError(error, 'ONEJAR_STORE_UNAVAILABLE')) return 'away'
      throw error
    }
  }
}
