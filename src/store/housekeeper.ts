import { endsWithin } from '../core/index.ts'
import type { PurgeReport, SessionKey, Store } from './port.ts'

export interface HousekeeperOptions {
  /** How long a store is left alone after one of the processes that share it has purged it. Default: an hour. */
  readonly everyMs?: number
  /** How long a process has been at work before it looks for the first time. Default: a minute. */
  readonly firstMs?: number
  /** Called when this process has purged. Must not throw. */
  readonly onPurged?: ((report: PurgeReport) => void) | undefined
}

/** No session of a caller: their tenants have names. Its locks tell the processes that share a store from each other. */
const STORE_ITSELF: SessionKey = { tenant: '', id: '' }
const PURPOSE = 'purge'
/** How long one that closes the store waits for a purge that is under way. */
const LAST_PURGE_MS = 2_000

/**
 * Has a store purged now and then while somebody works on it: of several processes by one. No timer of it keeps a process
 * alive, and a purge that fails is left to the next time.
 */
export class Housekeeper {
  readonly #store: Store
  readonly #everyMs: number
  readonly #firstMs: number
  readonly #onPurged: HousekeeperOptions['onPurged']
  #timer: NodeJS.Timeout | undefined
  #purging: Promise<void> | undefined
  #stopped = false

  constructor(store: Store, options: HousekeeperOptions = {}) {
    this.#store = store
    this.#everyMs = options.everyMs ?? 3_600_000
    this.#firstMs = options.firstMs ?? 60_000
    this.#onPurged = options.onPurged
  }

  /** Somebody begins to work on the store. Idempotent. */
  start(): void {
    if (!this.#timer) this.#wait(this.#firstMs)
  }

  /** Resolves when no purge is under way any more, or when one has had its time: it ends with the store, and another process does it. */
  async stop(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#purging) await endsWithin(LAST_PURGE_MS, this.#purging)
    this.#stopped = true
  }

  /** A quarter more or less, so that many processes do not come at once. */
  #wait(ms: number): void {
    this.#timer = setTimeout(
      () => {
        this.#wait(this.#everyMs)
        this.#purging = this.#purge().catch(() => {})
      },
      ms * (0.75 + Math.random() / 2),
    ).unref()
  }

  async #purge(): Promise<void> {
    // Not given back: until it is over, nobody needs to purge again.
    const turn = await this.#store.acquireLock(STORE_ITSELF, PURPOSE, this.#everyMs / 2)
    if (turn) {
      const report = await this.#store.purge()
      if (!this.#stopped) this.#onPurged?.(report)
    }
  }
}
