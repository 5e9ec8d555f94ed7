import type { StorageChannel } from './storage-channel.ts'

export interface StorageSeedsOptions {
  readonly storage: Pick<StorageChannel, 'documentGone' | 'needsSeed' | 'seed' | 'unseeded'>
  /** Whether documents come that no gate has held: a popup's first one, where each page has a gate of its own. */
  readonly ahead: boolean
  /** Runs after the barriers that were asked for. */
  readonly enqueue: (work: () => Promise<void>) => Promise<void>
}

/** Gives a context the localStorage of an origin before a document of it is there. */
export class StorageSeeds {
  readonly #options: StorageSeedsOptions
  /** Origins whose storage the context was given ahead, or was to be, since the record changed last. */
  readonly #given = new Set<string>()

  constructor(options: StorageSeedsOptions) {
    this.#options = options
  }

  /** Whether `ahead` may have something to give. */
  get pending(): boolean {
    const { storage, ahead } = this.#options
    return ahead && storage.unseeded.some((origin) => !this.#given.has(origin))
  }

  /** The record has changed: what was given may be old. */
  changed(): void {
    this.#given.clear()
  }

  /** A document of this origin is about to be fetched, and waits for this. */
  async before(origin: string): Promise<void> {
    const { storage, enqueue } = this.#options
    if (storage.needsSeed(origin)) await enqueue(() => storage.seed(origin))
  }

  /**
   * Where a popup's first document does not wait at the gate, the context has the storage of each origin before a page may
   * open one: a blank document each, once. Part of a barrier.
   */
  async ahead(hasPages: boolean): Promise<void> {
    const { storage, ahead } = this.#options
    if (!ahead || !hasPages) return
    for (const origin of storage.unseeded) {
      if (this.#given.has(origin)) continue
      this.#given.add(origin)
      await storage.seed(origin)
    }
  }

  /** A window of this origin is being opened: it can write and be gone before it is watched. */
  windowOpens(origin: string): void {
    const { storage, enqueue } = this.#options
    storage.documentGone(origin, '')
    if (storage.needsSeed(origin)) enqueue(() => storage.seed(origin)).catch(() => {})
  }
}
