import { OnejarError, safeUrl, withSignal } from '../../core/index.ts'
import { type SessionHeadersAt, toAbortError } from '../../http/index.ts'
import type { RoutedResponse, RouteRequest, Send } from '../../routing/index.ts'
import type { SessionIsolation, SessionPersistence } from '../../services/index.ts'
import type { Input } from '../input/input.ts'
import { type TakenRequest, takeRequest } from '../input/take-request.ts'
import type { RequestOptions } from '../options/fetch-options.ts'
import type { PersonalCheck } from './personal-check.ts'
import type { Traffic } from './recording/traffic.ts'
import type { SessionIdentity } from './session-identity.ts'

/** How long a session that is released waits for the requests that are on their way. */
const GRACE_MS = 5_000

export interface SessionRequestsParts {
  readonly identity: SessionIdentity
  readonly persistence: SessionPersistence
  readonly sessionHeaders: SessionHeadersAt | undefined
  readonly isolation: SessionIsolation | null
  /** Who records what is sent. */
  readonly traffic: Pick<Traffic, 'wire'>
  /** Undefined where nobody wants headers to be looked over. */
  readonly personal: PersonalCheck | undefined
  /** For requests that do not say. */
  readonly timeoutMs: number
  /** @throws OnejarError ONEJAR_CLOSED */
  readonly assertOpen: () => void
}

/** Where requests go, once they are checked. */
export interface RequestTarget {
  readonly send: Send
  readonly beforeHop: RouteRequest['beforeHop']
}

/** Where the tenant's policy lets no browser show anything, a request stays with HTTP. @throws OnejarError ONEJAR_POLICY_DENIED */
function withinPolicy(request: TakenRequest, isolation: SessionIsolation): TakenRequest {
  if (isolation.look('render') !== 'deny') return request
  if (request.render === true) isolation.permit('render', safeUrl(request.url))
  return { ...request, escalate: false }
}

/** Takes what callers pass in, makes requests of it, and counts those that have not got their response. */
export class SessionRequests {
  readonly #parts: SessionRequestsParts
  #underway = 0
  #onIdle: (() => void) | undefined

  constructor(parts: SessionRequestsParts) {
    this.#parts = parts
  }

  /** @param target - asked when the request is ready to be sent */
  async send(
    url: string | URL | Request,
    options: RequestOptions | undefined,
    input: Input,
    target: () => RequestTarget,
  ): Promise<RoutedResponse> {
    const { assertOpen, identity, persistence, sessionHeaders, isolation, personal } = this.#parts
    assertOpen()
    const taken = takeRequest(url, options, input)
    personal?.(taken)
    const request = isolation === null ? taken : withinPolicy(taken, isolation)
    const limitMs = request.timeoutMs ?? this.#parts.timeoutMs
    let timeoutMs = limitMs
    this.#underway++
    try {
      const reading = request.body?.settled()
      if (reading !== undefined) await withSignal(reading, request.signal)
      if (persistence.room !== undefined || identity.headers === undefined) {
        timeoutMs = await this.#ready(request.url, timeoutMs, request.signal)
      }
      const { send, beforeHop } = target()
      return await send({
        ...request,
        timeoutMs,
        limitMs,
        identity: identity.source,
        sessionHeaders,
        wire: this.#parts.traffic.wire,
        beforeHop: request.robots === false ? undefined : beforeHop,
      })
    } finally {
      if (--this.#underway === 0) this.#onIdle?.()
    }
  }

  /** Resolves when no request is on its way, or when they have had their time. */
  async drained(): Promise<void> {
    if (this.#underway === 0) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, GRACE_MS)
      this.#onIdle = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  /** Waits for the first identity, or for room in the queue to the store. Resolves to what is left of the time. */
  async #ready(url: URL, timeoutMs: number, signal: AbortSignal | undefined): Promise<number> {
    const { identity, persistence } = this.#parts
    const startedAt = performance.now()
    const limit = Promise.withResolvers<never>()
    const timer = setTimeout(() => {
      limit.reject(new OnejarError('ONEJAR_TIMEOUT', `${safeUrl(url)} took longer than ${timeoutMs} ms`))
    }, timeoutMs)
    try {
      await withSignal(
        Promise.race([Promise.all([persistence.room, identity.load()]), limit.promise]),
        signal,
      )
    } catch (error) {
      throw signal?.aborted ? toAbortError(signal.reason, url) : error
    } finally {
      clearTimeout(timer)
    }
    return Math.max(1, Math.ceil(timeoutMs - (performance.now() - startedAt)))
  }
}
