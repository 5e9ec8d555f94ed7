import { isOnejarError, OnejarError, withSignal } from '../core/index.ts'
import { type Credential, sameCredential } from './credential.ts'

export interface CredentialCacheOptions {
  /** Asks the source. No caller's signal aborts it, because several callers may wait for it. */
  readonly read: (name: string, tenant: string) => Promise<Credential | null>
  /** How long what was read is given without asking again. */
  readonly ttlMs: number
  /** How long, after that, it is given still while the source is out of reach. */
  readonly staleIfErrorMs: number
  /** Milliseconds on a clock that nobody sets. */
  readonly now?: () => number
}

interface Kept {
  readonly credential: Credential
  freshUntil: number
  /** When it is forgotten. */
  readonly until: number
}

const MAX_NAMES = 1_000
/** While the source is out of reach and something is kept, it is not asked more often than this. */
const PAUSE_MS = 5_000
const MAX_TIMER_MS = 2 ** 31 - 1

/**
 * Credentials in memory, for a bounded time and a bounded number of names; what ended is let go by a timer, not only
 * passed over. Those who ask for the same name at once share one read.
 */
export class CredentialCache {
  readonly #options: CredentialCacheOptions
  readonly #now: () => number
  readonly #kept = new Map<string, Kept>()
  readonly #reads = new Map<string, Promise<Credential | null>>()
  #timer: NodeJS.Timeout | undefined
  #closed = false

  constructor(options: CredentialCacheOptions) {
    this.#options = options
    this.#now = options.now ?? (() => performance.now())
  }

  /**
   * @throws OnejarError ONEJAR_CREDENTIALS_UNAVAILABLE (the source cannot be reached, and nothing is kept that may be given),
   * ONEJAR_CREDENTIALS_UNUSABLE, ONEJAR_CLOSED
   */
  async get(name: string, tenant: string, signal?: AbortSignal): Promise<Credential | null> {
    if (this.#closed) throw closed()
    const key = keyOf(name, tenant)
    const kept = this.#kept.get(key)
    if (kept !== undefined && this.#now() < kept.freshUntil) return kept.credential
    let read = this.#reads.get(key)
    if (read === undefined) {
      read = this.#read(key, name, tenant).finally(() => this.#reads.delete(key))
      this.#reads.set(key, read)
    }
    return withSignal(read, signal)
  }

  /** Forgets what is kept of a name when it is what was refused. */
  refused(name: string, tenant: string, credential: Credential): void {
    const key = keyOf(name, tenant)
    const kept = this.#kept.get(key)
    if (kept !== undefined && sameCredential(kept.credential, credential)) this.#kept.delete(key)
  }

  close(): void {
    this.#closed = true
    this.#kept.clear()
    clearTimeout(this.#timer)
  }

  async #read(key: string, name: string, tenant: string): Promise<Credential | null> {
    try {
      const credential = await this.#options.read(name, tenant)
      this.#kept.delete(key)
      if (credential !== null) this.#keep(key, credential)
      return credential
    } catch (error) {
      const kept = this.#kept.get(key)
      if (isOnejarError(error, 'ONEJAR_CREDENTIALS_UNAVAILABLE')) {
        if (kept === undefined || this.#now() >= kept.until) throw error
        kept.freshUntil = Math.min(kept.until, this.#now() + PAUSE_MS)
        return kept.credential
      }
      // The source has answered, and no longer gives it.
      this.#kept.delete(key)
      throw error
    }
  }

  #keep(key: string, credential: Credential): void {
    if (this.#closed) return
    const { ttlMs, staleIfErrorMs } = this.#options
    const [first] = this.#kept.size >= MAX_NAMES ? this.#kept.keys() : []
    if (first !== undefined) this.#kept.delete(first)
    const freshUntil = this.#now() + ttlMs
    this.#kept.set(key, { credential, freshUntil, until: freshUntil + staleIfErrorMs })
    this.#timer ??= this.#later()
  }

  #later(): NodeJS.Timeout {
    const { ttlMs, staleIfErrorMs } = this.#options
    const wait = Math.min(Math.max(ttlMs + staleIfErrorMs, 1_000), MAX_TIMER_MS)
    return setTimeout(() => {
      const now = this.#now()
      for (const [key, { until }] of this.#kept) if (until <= now) this.#kept.delete(key)
      this.#timer = this.#kept.size > 0 ? this.#later() : undefined
    }, wait).unref()
  }
}

function keyOf(name: string, tenant: string): string {
  return JSON.stringify([tenant, name])
}

function closed(): OnejarError {
  return new OnejarError('ONEJAR_CLOSED', 'The provider of credentials was closed before the call')
}
