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
 * The localStorage of one origin in a session, as `session.localStorage(origin)` gives it. Reads ask open pages first, one
 * round trip to the browser; without an open page they cost nothing. Writes are in the record when the call returns, and their
 * promise resolves when open pages see them. A test can implement this interface.
 *
 * @example
 * ```ts
 * const storage = session.localStorage('https://example.com')
 * await storage.set('theme', 'dark')
 * console.log(await storage.get('theme'))
 * ```
 */
export interface SessionStorage {
  /** The origin whose items these are, such as `https://shop.example`. */
  readonly origin: string
  /**
   * The value of an item; null when there is none, as in a browser.
   *
   * @throws OnejarError ONEJAR_BAD_OPTIONS when the key is no text, ONEJAR_CLOSED
   * @example
   * ```ts
   * const token = await session.localStorage('https://example.com').get('token')
   * ```
   */
  get(key: string): Promise<string | null>
  /**
   * All items, as key and value, in no order.
   *
   * @throws OnejarError ONEJAR_CLOSED
   * @example
   * ```ts
   * const items = Object.fromEntries(await session.localStorage('https://example.com').entries())
   * ```
   */
  entries(): Promise<Array<[string, string]>>
  /**
   * Sets an item.
   *
   * @throws OnejarError ONEJAR_BAD_OPTIONS when key or value is no text, ONEJAR_BAD_INPUT when one of them is
   * longer than a browser keeps (5,242,880 characters), ONEJAR_CLOSED
   * @example
   * ```ts
   * await session.localStorage('https://example.com').set('theme', 'dark')
   * ```
   */
  set(key: string, value: string): Promise<void>
  /**
   * Deletes an item; one that is not there is no error.
   *
   * @throws OnejarError ONEJAR_BAD_OPTIONS when the key is no text, ONEJAR_CLOSED
   * @example
   * ```ts
   * await session.localStorage('https://example.com').delete('theme')
   * ```
   */
  delete(key: string): Promise<void>
  /**
   * Deletes every item of the origin, also those that open pages have just set.
   *
   * @throws OnejarError ONEJAR_CLOSED
   * @example
   * ```ts
   * await session.localStorage('https://example.com').clear()
   * ```
   */
  clear(): Promise<void>
}

/** The localStorage of one origin on a session's record. */
export class RecordStorage implements SessionStorage {
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

  async get(key: string): Promise<string | null> {
    this.#barriers.writable()
    STORAGE.text(key, 'key')
    await this.#barriers.pull()
    return this.#record.localItem(this.origin, key) ?? null
  }

  async entries(): Promise<Array<[string, string]>> {
    this.#barriers.writable()
    await this.#barriers.pull()
    return [...this.#record.localItems(this.origin)]
  }

  set(key: string, value: string): Promise<void> {
    return this.#write(key, STORAGE.text(value, 'value'))
  }

  delete(key: string): Promise<void> {
    return this.#write(key, null)
  }

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
