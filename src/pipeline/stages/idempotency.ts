import { createHash } from 'node:crypto'
import { type Clock, isOnejarError, OnejarError, safeUrl } from '../../core/index.ts'
import { type HeadersInput, timeLeft, toHeaderList, waitWithin, withoutHeaders } from '../../http/index.ts'
import {
  type ChangeSource,
  type IdempotentRequest,
  MAX_KEPT_BODY_BYTES,
  type SessionRecord,
} from '../../record/index.ts'
import { isFinalAnswer } from '../../resilience/index.ts'
import type { EventHub, RoutedResponse, RouteRequest, Send, Stage } from '../../routing/index.ts'
import { type HeldLock, holdLock, type SessionPersistence } from '../../services/index.ts'
import type { SessionKey, Store } from '../../store/index.ts'
import { keepResponse, responseOf } from '../idempotency/kept-response.ts'
import { requestFingerprint } from '../idempotency/request-fingerprint.ts'

export interface IdempotencyParts {
  readonly record: SessionRecord
  readonly persistence: SessionPersistence
  readonly store: Store
  readonly session: SessionKey
  readonly events: EventHub
  readonly clock: Clock
  /** How long a repetition gets the kept response. */
  readonly ttlMs: number
  /** Fires when the session is released. */
  readonly closing: AbortSignal
}

type KeptResponse = NonNullable<IdempotentRequest['response']>

/** A request with a key that is under way in this process. */
interface Flight {
  readonly fingerprint: string
  /** What the others get; null when the one who ran it gave up, so that somebody else has to. */
  readonly kept: Promise<KeptResponse | null>
}

const SOURCE: ChangeSource = { name: 'idempotency' }

/** What a session keeps at most: keys, and chars of bodies. The oldest go first. */
const MAX_KEYS = 500
const MAX_BODY_CHARS = 4 * 1024 * 1024

/**
 * A request with an idempotency key reaches its server once, however often and from however many processes it is made: those
 * who ask meanwhile wait for its response, those who ask later get the kept one.
 */
export function idempotency(parts: IdempotencyParts): Stage {
  const flights = new Map<string, Flight>()
  return (next) => (request) => {
    const { idempotencyKey: key } = request
    return key === undefined ? next(request) : new KeyedRequest(parts, flights, next, request, key).send()
  }
}

class KeyedRequest {
  readonly #parts: IdempotencyParts
  readonly #flights: Map<string, Flight>
  readonly #next: Send
  readonly #request: RouteRequest
  readonly #key: string
  readonly #id: string
  readonly #deadline: number

  constructor(
    parts: IdempotencyParts,
    flights: Map<string, Flight>,
    next: Send,
    request: RouteRequest,
    key: string,
  ) {
    this.#parts = parts
    this.#flights = flights
    this.#next = next
    this.#request = request
    this.#key = key
    this.#id = createHash('sha256').update(key).digest('base64url')
    this.#deadline = performance.now() + request.timeoutMs
  }

  async send(): Promise<RoutedResponse> {
    const fingerprint = await requestFingerprint(this.#request)
    if (fingerprint === undefined) {
      throw new OnejarError(
        'ONEJAR_BODY_NOT_REPLAYABLE',
        'A request with an idempotency key cannot send a stream',
      )
    }
    for (;;) {
      const known = this.#known(fingerprint)
      if (known !== null) return this.#replayed(known)
      const flight = this.#flights.get(this.#id)
      if (flight === undefined) return this.#fly(fingerprint)
      if (flight.fingerprint !== fingerprint) throw this.#conflict()
      const kept = await waitWithin(flight.kept, this.#request, this.#deadline)
      if (kept !== null) return this.#replayed(kept)
    }
  }

  /** The response that is kept for this request; null when there is none. @throws OnejarError ONEJAR_IDEMPOTENCY_CONFLICT */
  #known(fingerprint: string): KeptResponse | null {
    const { record, clock } = this.#parts
    const known = record.value('idempotency', this.#id)
    if (known === undefined || known.expiresAt <= clock.now()) return null
    if (known.fingerprint !== fingerprint) throw this.#conflict()
    return known.response
  }

  async #fly(fingerprint: string): Promise<RoutedResponse> {
    const { promise, resolve, reject } = Promise.withResolvers<KeptResponse | null>()
    promise.catch(() => {})
    this.#flights.set(this.#id, { fingerprint, kept: promise })
    try {
      const { kept, own } = await this.#alone(fingerprint)
      resolve(kept)
      return own
    } catch (error) {
      // Its own time or signal ended it: that is no answer for the others.
      const own = isOnejarError(error, 'ONEJAR_ABORTED') || isOnejarError(error, 'ONEJAR_TIMEOUT')
      if (own) resolve(null)
      else reject(error)
      throw error
    } finally {
      this.#flights.delete(this.#id)
    }
  }

  /** Runs it, or waits for the process that does. */
  async #alone(fingerprint: string): Promise<{ readonly kept: KeptResponse; readonly own: RoutedResponse }> {
    const { persistence } = this.#parts
    const lock = await this.#lock(fingerprint)
    try {
      if (lock !== null) await this.#patiently(persistence.catchUp().catch(unlessClosed))
      const known = this.#known(fingerprint)
      if (known !== null) return { kept: known, own: this.#replayed(known) }
      return await this.#run(fingerprint)
    } finally {
      await lock?.release()
    }
  }

  async #lock(fingerprint: string): Promise<HeldLock | null> {
    const { store, session, closing } = this.#parts
    const over = new AbortController()
    const { signal: asked } = this.#request
    const signal = AbortSignal.any([over.signal, closing, ...(asked === undefined ? [] : [asked])])
    const held = holdLock(store, session, `idempotency ${this.#id}`, {
      signal,
      over: () => this.#known(fingerprint) !== null,
    })
    try {
      return await this.#patiently(held)
    } catch (error) {
      over.abort(error)
      // It may have been had at the last moment.
      held.then((lock) => lock?.release()).catch(() => {})
      throw closing.aborted ? closing.reason : error
    }
  }

  async #run(fingerprint: string): Promise<{ readonly kept: KeptResponse; readonly own: RoutedResponse }> {
    const { clock, ttlMs, persistence } = this.#parts
    const startedAt = clock.now()
    const entry = { fingerprint, startedAt, expiresAt: startedAt + ttlMs }
    this.#write({ ...entry, state: 'running', response: null })
    const timeoutMs = timeLeft(this.#deadline, this.#request)
    const headers = withKey(this.#request.headers as HeadersInput | undefined, this.#key)
    const response = await this.#next({ ...this.#request, headers, timeoutMs })
    const { kept, own } = await keepResponse(response)
    if (isFinalAnswer(response.statusCode, response.verdict?.kind)) {
      this.#write({ ...entry, state: 'done', response: kept })
      // With the store away the answer stays in the queue to it; this process has it all the same.
      await this.#patiently(persistence.flush().catch(unlessClosed))
    }
    return { kept, own }
  }

  #replayed(kept: KeptResponse): RoutedResponse {
    const { events, clock } = this.#parts
    const { url, method = 'GET' } = this.#request
    const response = responseOf(kept, method)
    if (response === null) {
      throw new OnejarError(
        'ONEJAR_IDEMPOTENT_RESPONSE_LOST',
        `The request to ${safeUrl(url)} was made under this key, and its response of more than ${MAX_KEPT_BODY_BYTES} bytes was not kept`,
        { details: { status: kept.status, maxBytes: MAX_KEPT_BODY_BYTES } },
      )
    }
    events.emit({ type: 'idempotent-replay', at: clock.now(), url: safeUrl(url), status: kept.status })
    return response
  }

  #write(value: IdempotentRequest): void {
    const { record } = this.#parts
    const others = [...record.valuesOf('idempotency')].filter(([id]) => id !== this.#id)
    others.sort(([, a], [, b]) => b.startedAt - a.startedAt)
    let chars = value.response?.bodyBase64?.length ?? 0
    const gone = others.filter(([, { response }], index) => {
      chars += response?.bodyBase64?.length ?? 0
      return index >= MAX_KEYS - 1 || chars > MAX_BODY_CHARS
    })
    record.write(
      [
        { kind: 'idempotency', id: this.#id, value },
        ...gone.map(([id]) => ({ kind: 'idempotency', id, value: null }) as const),
      ],
      SOURCE,
    )
  }

  #patiently<T>(work: Promise<T>): Promise<T> {
    return waitWithin(work, this.#request, this.#deadline)
  }

  #conflict(): OnejarError {
    return new OnejarError(
      'ONEJAR_IDEMPOTENCY_CONFLICT',
      `The idempotency key of the request to ${safeUrl(this.#request.url)} was used for another request`,
    )
  }
}

function withKey(headers: HeadersInput | undefined, key: string): string[] {
  const others = withoutHeaders(toHeaderList(headers), (name) => name === 'idempotency-key')
  return [...others, 'Idempotency-Key', key]
}

/** A store that is away is no failure here; it is reported elsewhere. */
function unlessClosed(error: unknown): void {
  if (!isOnejarError(error, 'ONEJAR_STORE_UNAVAILABLE')) throw error
}
