import { OnejarError } from '../core/index.ts'
import type { KeyRing } from './key-ring.ts'

export interface LiveKeysOptions {
  readonly ring: KeyRing
  /** Gives the ring as it is now; absent when it never changes. */
  readonly ask?: (() => Promise<KeyRing>) | undefined
  /** Makes another ring ready for use in the store; when it rejects, the ring at hand stays. */
  readonly adopt: (ring: KeyRing) => Promise<void>
  /** How often the source is asked. */
  readonly refreshMs: number
  /** Called when the source cannot be asked, or gives what cannot be used: once for each reason. */
  readonly onFailed?: ((error: OnejarError) => void) | undefined
}

const PAUSE_MS = 1_000
const MAX_ASKED_FOR = 256
const MAX_PAUSE_MS = 60_000

/**
 * The key ring of an open store, which follows its source: asked now and then, and when something turns up that was sealed
 * with a key it does not have. Anybody who can write to the store can make such things, so it is asked once a second at most,
 * and for a key that it did not have before after twice as long each time, up to a minute.
 */
export class LiveKeys {
  readonly #options: LiveKeysOptions
  readonly #timer: NodeJS.Timeout | undefined
  #ring: KeyRing
  #asking: Promise<void> | null = null
  #pauseMs = PAUSE_MS
  #pausedUntil = 0
  #askedAt = -Infinity
  /** Keys that the source was asked for and did not have. */
  readonly #askedFor = new Set<string>()
  #failure: string | undefined
  #closed = false
  /** Called when the ring has changed. */
  onChange: () => void = () => {}

  constructor(options: LiveKeysOptions) {
    this.#options = options
    this.#ring = options.ring
    if (options.ask !== undefined)
      this.#timer = setInterval(() => void this.refresh(), options.refreshMs).unref()
  }

  /** Newest first. */
  get ring(): KeyRing {
    return this.#ring
  }

  /** Asks the source, once for all who want that at the same time. Never rejects. */
  refresh(): Promise<void> {
    const { ask } = this.#options
    if (ask === undefined || this.#closed) return Promise.resolve()
    this.#asking ??= this.#ask(ask).finally(() => {
      this.#asking = null
    })
    return this.#asking
  }

  /** Asks the source because of something that was sealed with unknown keys, unless that was done a short while ago. */
  async meetUnknown(ids: ReadonlySet<string>): Promise<void> {
    // Of many who meet it at once the first one counts.
    if (this.#asking !== null) return this.#asking
    const now = performance.now()
    const isNew = [...ids].some((id) => !this.#askedFor.has(id))
    if (now < (isNew ? this.#askedAt + PAUSE_MS : this.#pausedUntil)) return
    const before = this.#ring
    this.#askedAt = now
    await this.refresh()
    if (this.#askedFor.size + ids.size > MAX_ASKED_FOR) this.#askedFor.clear()
    for (const id of [...ids].slice(0, MAX_ASKED_FOR)) this.#askedFor.add(id)
    this.#pauseMs = this.#ring === before ? Math.min(this.#pauseMs * 2, MAX_PAUSE_MS) : PAUSE_MS
    this.#pausedUntil = performance.now() + this.#pauseMs
  }

  close(): void {
    this.#closed = true
    clearInterval(this.#timer)
  }

  async #ask(ask: () => Promise<KeyRing>): Promise<void> {
    try {
      const ring = await ask()
      if (!isSame(ring, this.#ring)) {
        await this.#options.adopt(ring)
        if (this.#closed) return
        this.#ring = ring
        this.#askedFor.clear()
        this.onChange()
      }
      this.#failure = undefined
    } catch (error) {
      const failure =
        error instanceof OnejarError
          ? error
          : new OnejarError('ONEJAR_STORE_UNAVAILABLE', 'The keys of the store cannot be had')
      if (this.#closed || failure.message === this.#failure) return
      this.#failure = failure.message
      this.#options.onFailed?.(failure)
    }
  }
}

function isSame(one: KeyRing, other: KeyRing): boolean {
  return one.length === other.length && one.every(({ secret }, i) => other[i]?.secret.equals(secret))
}
