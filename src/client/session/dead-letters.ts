import { randomBytes } from 'node:crypto'
import { type Clock, ERRORS, type ErrorCode, isOnejarError, OnejarError } from '../../core/index.ts'
import type { OnejarResponse } from '../../http/index.ts'
import type { ChangeSource, DeadLetter, SessionRecord } from '../../record/index.ts'
import { becomesDeadLetter, transientReason } from '../../resilience/index.ts'
import type { EventHub, RouteRequest, Stage } from '../../routing/index.ts'
import type { FetchOptions } from '../options/fetch-options.ts'
import { Input } from '../input/input.ts'
import { attemptsOf } from '../../pipeline/retries/attempt-count.ts'
import { attemptOf } from '../../pipeline/retries/attempts.ts'
import { deadLetterOf, lettersHeaders } from '../../pipeline/dead-letters/dead-letter-of.ts'

/** What is told of a dead letter: nothing that could be a secret. */
export interface DeadLetterInfo {
  readonly id: string
  /** Epoch milliseconds, as `expiresAt`. */
  readonly at: number
  /** When it is forgotten. */
  readonly expiresAt: number
  readonly method: string
  /** Origin and path. */
  readonly url: string
  readonly code: string
  readonly tier: DeadLetter['tier']
  /** How often it was sent. */
  readonly attempts: number
  /** Whether all of it was kept, so that it can be sent again. */
  readonly isWhole: boolean
}

export interface SessionDeadLettersParts {
  readonly record: SessionRecord
  readonly events: EventHub
  readonly clock: Clock
  /** For requests that do not say. */
  readonly wanted: boolean
  /** @throws OnejarError ONEJAR_CLOSED */
  readonly assertOpen: () => void
  readonly fetch: (url: URL, options: FetchOptions) => Promise<OnejarResponse>
}

const RETRY = new Input('deadLetters.retry()')
const REMOVE = new Input('deadLetters.remove()')

const SOURCE: ChangeSource = { name: 'dead letters' }
/** As many letters are kept in a session; then the oldest goes. */
const MAX_LETTERS = 100
const LIFE_MS = 30 * 24 * 3_600_000

/** The requests of a session that were given up, kept with it so that somebody can look at them and send them again. */
export class SessionDeadLetters {
  readonly #parts: SessionDeadLettersParts

  constructor(parts: SessionDeadLettersParts) {
    this.#parts = parts
  }

  /** The letters, the newest first. @throws OnejarError ONEJAR_CLOSED */
  list(): DeadLetterInfo[] {
    this.#parts.assertOpen()
    return this.#letters()
  }

  #letters(): DeadLetterInfo[] {
    return [...this.#parts.record.valuesOf('dead-letter')]
      .map(([id, { request, ...letter }]) => ({ id, ...letter, isWhole: request.isWhole }))
      .sort((a, b) => b.at - a.at)
  }

  /**
   * Sends a letter again, with what the session holds now. One that passes is gone; one that fails again stays.
   *
   * @throws OnejarError ONEJAR_BAD_INPUT when there is none with this id, ONEJAR_BODY_NOT_REPLAYABLE when it was not kept whole,
   * and what `session.fetch` throws
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
    if (response.status < 500 && response.status !== 429) this.#forget(id)
    return response
  }

  /** Forgets a letter. False when there was none. @throws OnejarError ONEJAR_CLOSED */
  remove(id: string): boolean {
    this.#parts.assertOpen()
    return this.#forget(REMOVE.text(id, 'id'))
  }

  #forget(id: string): boolean {
    return this.#parts.record.write([{ kind: 'dead-letter', id, value: null }], SOURCE).length > 0
  }

  /** Keeps what fails for good. */
  readonly stage: Stage = (next) => (request) => {
    const { deadLetter = this.#parts.wanted } = request
    return deadLetter ? this.#watch(next(request), request) : next(request)
  }

  async #watch(work: ReturnType<ReturnType<Stage>>, request: RouteRequest): ReturnType<ReturnType<Stage>> {
    try {
      const response = await work
      const attempt = response.statusCode < 400 ? null : attemptOf(response)
      if (attempt !== null && transientReason(attempt) !== null) {
        const limited = response.statusCode === 429 || response.verdict?.kind === 'rate-limited'
        await this.#keep(
          request,
          limited ? 'ONEJAR_RATE_LIMITED' : 'ONEJAR_BAD_RESPONSE',
          attemptsOf(response),
        )
      }
      return response
    } catch (error) {
      if (isOnejarError(error)) await this.#keep(request, error.code, attemptsOf(error))
      throw error
    }
  }

  async #keep(request: RouteRequest, code: ErrorCode, attempts: number): Promise<void> {
    const { record, events, clock } = this.#parts
    const { tier } = ERRORS[code]
    if (!becomesDeadLetter(code, tier)) return
    const at = clock.now()
    const letter = await deadLetterOf(request, { at, expiresAt: at + LIFE_MS, code, tier, attempts })
    if (letter === null) return
    const id = `${at.toString(36)}-${randomBytes(4).toString('hex')}`
    const gone = this.#letters().slice(MAX_LETTERS - 1)
    record.write(
      [
        { kind: 'dead-letter', id, value: letter },
        ...gone.map(({ id }) => ({ kind: 'dead-letter', id, value: null }) as const),
      ],
      SOURCE,
    )
    const { method, url } = letter
    events.emit({ type: 'dead-letter', at, id, method, url, code, tier })
  }
}
