import { OnejarError } from '../../core/index.ts'
import type { OnejarResponse } from '../../http/index.ts'
import { DEAD_LETTERS, lettersHeaders } from '../../pipeline/index.ts'
import type { DeadLetter, SessionRecord } from '../../record/index.ts'
import { Input } from '../input/input.ts'
import type { FetchOptions } from '../options/fetch-options.ts'

/** What is shown of a dead letter: nothing that could be a secret. */
export interface DeadLetterInfo {
  /** Names the letter for `retry()` and `remove()`. */
  readonly id: string
  /** When the request failed for good, in epoch milliseconds. */
  readonly at: number
  /** When the letter is forgotten, in epoch milliseconds. */
  readonly expiresAt: number
  /** The method of the request. */
  readonly method: string
  /** Origin and path. */
  readonly url: string
  /** The code of the last error. */
  readonly code: string
  /** The tier of the last error. */
  readonly tier: DeadLetter['tier']
  /** What the last answer had; null where there was none, or it is not known. */
  readonly status: number | null
  /** How often it was sent. */
  readonly attempts: number
  /** Whether all of the request was kept, so that `retry()` can send it again. */
  readonly isWhole: boolean
}

export interface SessionDeadLettersParts {
  readonly record: SessionRecord
  /** @throws OnejarError ONEJAR_CLOSED */
  readonly assertOpen: () => void
  readonly fetch: (url: URL, options: FetchOptions) => Promise<OnejarResponse>
}

/** The dead letters of a record, the newest first. */
export function deadLettersOf(record: SessionRecord): DeadLetterInfo[] {
  return [...record.valuesOf('dead-letter')]
    .map(([id, { request, status = null, ...letter }]) => ({
      id,
      ...letter,
      status,
      isWhole: request.isWhole,
    }))
    .sort((a, b) => b.at - a.at)
}

const RETRY = new Input('deadLetters.retry()')
const REMOVE = new Input('deadLetters.remove()')

/**
 * The requests of a session that failed for good. They are kept with it, so that a person can look at them and send them
 * again.
 *
 * @example
 * ```ts
 * const picky = await broker.session('bob', { deadLetters: true, retry: false })
 * await picky.fetch('https://example.com/', { maxResponseBytes: 1 }).catch(() => undefined)
 * for (const letter of picky.deadLetters.list()) console.log(letter.method, letter.url, letter.code)
 * ```
 */
export class SessionDeadLetters {
  readonly #parts: SessionDeadLettersParts

  constructor(parts: SessionDeadLettersParts) {
    this.#parts = parts
  }

  /**
   * The letters, the newest first. Costs nothing. @throws OnejarError ONEJAR_CLOSED
   *
   * @example
   * ```ts
   * const [newest] = session.deadLetters.list()
   * ```
   */
  list(): DeadLetterInfo[] {
    this.#parts.assertOpen()
    return deadLettersOf(this.#parts.record)
  }

  /**
   * Sends a letter again, with the cookies and tokens that the session holds now. A letter whose response is 429, 5xx or of the
   * status that it was kept with stays; another one is removed.
   *
   * @throws OnejarError ONEJAR_BAD_INPUT when there is no letter with this id, ONEJAR_BODY_NOT_REPLAYABLE when it was not
   * kept whole, ONEJAR_BAD_OPTIONS, ONEJAR_CLOSED, and what `session.fetch` throws
   * @example
   * ```ts
   * for (const { id, isWhole } of session.deadLetters.list()) {
   *   if (isWhole) await session.deadLetters.retry(id, { timeoutMs: 10_000 })
   * }
   * ```
   */
  async retry(id: string, options?: Pick<FetchOptions, 'timeoutMs' | 'signal'>): Promise<OnejarResponse> {
    this.#parts.assertOpen()
    RETRY.members(options, ['timeoutMs', 'signal'])
    const letter = this.#parts.record.value('dead-letter', RETRY.text(id, 'id'))
    if (letter === undefined)
      throw new OnejarError('ONEJAR_BAD_INPUT', 'There is no dead letter with this id')
    const { method, url, request } = letter
    const { search, headers, bodyBase64, isWhole } = request
    if (!isWhole) {
      const why = 'its query or body held a credential, was a stream or too large'
      throw new OnejarError('ONEJAR_BODY_NOT_REPLAYABLE', `The dead letter was not kept whole: ${why}`)
    }
    const key = headers.find(([name]) => name === 'idempotency-key')?.[1]
    const response = await this.#parts.fetch(new URL(url + search), {
      ...options,
      method,
      headers: lettersHeaders(headers),
      ...(bodyBase64 === null ? {} : { body: Buffer.from(bodyBase64, 'base64') }),
      ...(key === undefined ? {} : { idempotencyKey: key }),
      deadLetter: false,
    })
    const failed = response.status >= 500 || response.status === 429 || response.status === letter.status
    if (!failed) this.#forget(id)
    return response
  }

  /**
   * Removes a letter.
   *
   * @returns false when there was none
   * @throws OnejarError ONEJAR_BAD_OPTIONS, ONEJAR_CLOSED
   * @example
   * ```ts
   * for (const { id, code } of session.deadLetters.list()) {
   *   if (code === 'ONEJAR_NETWORK') session.deadLetters.remove(id)
   * }
   * ```
   */
  remove(id: string): boolean {
    this.#parts.assertOpen()
    return this.#forget(REMOVE.text(id, 'id'))
  }

  #forget(id: string): boolean {
    return this.#parts.record.write([{ kind: 'dead-letter', id, value: null }], DEAD_LETTERS).length > 0
  }
}
