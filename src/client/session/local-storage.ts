import { type ChangeSource, localWrite, type SessionRecord } from '../../record/index.ts'
import { assertKeepable } from '../input/assert-keepable.ts'
import { Input } from '../input/input.ts'

const STORAGE = new Input('session.localStorage()')

export interface StorageBarriers {
  /** @throws OnejarError ONEJAR_CLOSED */
  readonly writable: () => void
  /** Brings what open pages wrote into the record. */
  readonly pull: () => Promise<void>
  /** Makes a write that changed nothing win over what open pages wrote and nobody has read yet (see conflict check). */
  readonly claim: (what: { origin: string; key: string | null }) => void
  /** Resolves when open pages see what the record holds. */
  readonly settled: () => Promise<void>
}

/**
 * The localStorage of one origin in a session. Reads ask open pages first; writes are in the record when the call returns,
 * and their promise resolves when open pages see them.
 */
export class SessionStorage {
  readonly origin: string
  readonly #record: SessionRecord
  readonly #source: ChangeSource
  readonly #barriers: StorageBarriers

  /** @throws OnejarError ONEJAR_BAD_URL */
  constructor(url: string | URL, record: SessionRecord, source: ChangeSource, barriers: StorageBarriers) {
    this.origin = STORAGE.url(url).origin
    this.#record = record
    this.#source = source
    this.#barriers = barriers
  }

  /**
   * The value of an item; null when there is none, as in a browser.
   *
   * @throws OnejarError ONEJAR_BAD_OPTIONS, ONEJAR_CLOSED
   */
  async get(key: string): Promise<string | null> {
    this.#barriers.writable()
    STORAGE.text(key, 'key')
    await this.#barriers.pull()
    return this.#record.localItem(this.origin, key) ?? null
  }

  /** All items, as key and value. @throws OnejarError ONEJAR_CLOSED */
  async entries(): Promise<Array<[string, string]>> {
    this.#barriers.writable()
    await this.#barriers.pull()
    return [...this.#record.localItems(this.origin)]
  }

  /**
   * @throws OnejarError ONEJAR_BAD_OPTIONS for what is no text, ONEJAR_BAD_INPUT for what no browser would keep (5 Mi characters),
   * ONEJAR_CLOSED
   */
  set(key: string, value: string): Promise<void> {
    return this.#write(key, STORAGE.text(value, 'value'))
  }

  /** @throws OnejarError ONEJAR_CLOSED */
  delete(key: string): Promise<void> {
    return this.#write(key, null)
  }

  /** Removes every item of the origin, those too that open pages have just set. @throws OnejarError ONEJAR_CLOSED */
  clear(): Promise<void> {
    this.#barriers.writable()
    this.#barriers.claim({ origin: this.origin, key: null })
    const keys = [...this.#record.localItems(this.origin).keys()]
    this.#record.write(
      keys.map((key) => localWrite(this.origin, key, null)),
      this.#source,
    )
    return this.#barriers.settled()
  }

  #write(key: string, value: string | null): Promise<void> {
    this.#barriers.writable()
    const write = localWrite(this.origin, STORAGE.text(key, 'key'), value)
    assertKeepable(write, 'storage.set()')
    const delta = this.#record.write([write], this.#source)
    if (delta.length === 0) this.#barriers.claim({ origin: this.origin, key })
    return this.#barriers.settled()
  }
}
