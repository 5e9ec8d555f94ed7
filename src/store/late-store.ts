import { isOnejarError, OnejarError } from '../core/index.ts'
import type { Delta } from '../record/index.ts'
import { createPlainSealer } from './encryption.ts'
import type {
  CommitOptions,
  CommitResult,
  ListFilter,
  PurgeReport,
  SessionInfo,
  SessionKey,
  SessionMessages,
  Store,
  StoredChanges,
  StoreLock,
  StoreVersion,
} from './port.ts'

/** Whether an error means that a server cannot be reached for now, and not that it refuses this client. */
export function isOutage(error: unknown): error is OnejarError {
  return isOnejarError(error, 'ONEJAR_STORE_UNAVAILABLE') && error.details['outage'] === true
}

/**
 * A store that was away when it was to be opened. Each call tries again, all that come meanwhile together, and rejects
 * with ONEJAR_STORE_UNAVAILABLE until one attempt has succeeded; from then on it is the store.
 */
export class LateStore implements Store {
  readonly #open: () => Promise<Store>
  readonly #onRefused: (error: OnejarError) => void
  /** Names sessions while the store's own key for names is out of reach. */
  readonly #passing = createPlainSealer()
  #store: Store | undefined
  #opening: Promise<Store> | undefined
  #refusal: string | undefined
  #closing: Promise<void> | undefined

  /**
   * @param open - what opens the store
   * @param onRefused - called when the store is there by now and cannot be used all the same (its layout, its keys, a
   * password): once for each reason
   */
  constructor(open: () => Promise<Store>, onRefused: (error: OnejarError) => void) {
    this.#open = open
    this.#onRefused = onRefused
  }

  async load(session: SessionKey): Promise<StoredChanges> {
    return (await this.#ready()).load(session)
  }

  async commit(session: SessionKey, delta: Delta, options?: CommitOptions): Promise<CommitResult> {
    return (await this.#ready()).commit(session, delta, options)
  }

  async changesSince(session: SessionKey, version: StoreVersion): Promise<StoredChanges> {
    return (await this.#ready()).changesSince(session, version)
  }

  async subscribe(
    session: SessionKey,
    onChange: (version: StoreVersion | null) => void,
  ): Promise<() => Promise<void>> {
    return (await this.#ready()).subscribe(session, onChange)
  }

  pseudonym(session: SessionKey): string {
    return this.#store?.pseudonym(session) ?? this.#passing.pseudonym(session)
  }

  sealText(purpose: string, text: string): string {
    return this.#there().sealText(purpose, text)
  }

  async openText(purpose: string, sealed: string): Promise<string | null> {
    return this.#there().openText(purpose, sealed)
  }

  async messages(session: SessionKey, onMessage: (text: string) => void): Promise<SessionMessages | null> {
    return (await this.#ready()).messages(session, onMessage)
  }

  async acquireLock(session: SessionKey, purpose: string, ttlMs: number): Promise<StoreLock | null> {
    return (await this.#ready()).acquireLock(session, purpose, ttlMs)
  }

  async *list(filter?: ListFilter): AsyncIterable<SessionInfo> {
    yield* (await this.#ready()).list(filter)
  }

  async remove(session: SessionKey): Promise<boolean> {
    return (await this.#ready()).remove(session)
  }

  async purge(): Promise<PurgeReport> {
    return (await this.#ready()).purge()
  }

  async rekey(): Promise<{ readonly resealed: number; readonly unreadable: number }> {
    return (await this.#ready()).rekey()
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #there(): Store {
    if (this.#store) return this.#store
    throw new OnejarError('ONEJAR_STORE_UNAVAILABLE', 'The keys of the store are out of reach with it')
  }

  #ready(): Promise<Store> | Store {
    if (this.#closing) throw new OnejarError('ONEJAR_CLOSED', 'The store was closed before the call')
    if (this.#store) return this.#store
    this.#opening ??= this.#try().finally(() => {
      this.#opening = undefined
    })
    return this.#opening
  }

  async #try(): Promise<Store> {
    try {
      this.#store = await this.#open()
      return this.#store
    } catch (cause) {
      throw isOutage(cause) ? cause : this.#unavailable(cause)
    }
  }

  /** For sessions that are kept in memory meanwhile a refusal is like an outage: they go on, and the reason is reported. */
  #unavailable(cause: unknown): OnejarError {
    if (isOnejarError(cause) && cause.message !== this.#refusal) {
      this.#refusal = cause.message
      this.#onRefused(cause)
    }
    return new OnejarError('ONEJAR_STORE_UNAVAILABLE', 'The store is there by now, but cannot be used', {
      cause,
    })
  }

  async #close(): Promise<void> {
    await this.#opening?.catch(() => {})
    await this.#store?.close()
  }
}
