import { type Clock, isOnejarError, OnejarError, type Random } from '../../core/index.ts'
import {
  type Attempt,
  askedPauseMs,
  type CircuitPlan,
  Circuits,
  isOutage,
  RateLimitPauses,
} from '../../resilience/index.ts'
import type { EventHub, RoutedResponse, RouteRequest, Send } from '../../routing/index.ts'
import { pauseFor } from './pause.ts'

export interface AttemptsParts {
  readonly events: EventHub
  readonly clock: Clock
  readonly random: Random
  readonly circuit: CircuitPlan | false
  /** Fires when the session is released. */
  readonly closing: AbortSignal
}

/** Origins that fail at the same time and are watched. */
const MAX_ORIGINS = 1_000
/** A probe that has not ended by then is not waited for. */
const PROBE_MS = 60_000
/** Requests that waited for the same instant do not all go at it: they are spread over a tenth of the wait, up to this. */
const MAX_SPREAD_MS = 1_000

/**
 * Sends one attempt, unless the origin asked to be left alone (then it waits, when its time allows) or has failed too often
 * (then it is refused). As long as nothing fails it costs nothing.
 */
export class Attempts {
  readonly #parts: AttemptsParts
  readonly #pauses: RateLimitPauses
  readonly #circuits: Circuits<string> | null

  constructor(parts: AttemptsParts) {
    const { clock, circuit } = parts
    this.#parts = parts
    this.#pauses = new RateLimitPauses(clock)
    const bounds = { clock, probeMs: PROBE_MS, maxKeys: MAX_ORIGINS }
    this.#circuits = circuit === false ? null : new Circuits({ ...circuit, ...bounds })
  }

  /**
   * @throws OnejarError ONEJAR_RATE_LIMITED when the origin asked for a longer wait than there is time, ONEJAR_CIRCUIT_OPEN
   */
  async send(request: RouteRequest, next: Send): Promise<RoutedResponse> {
    const { origin } = request.url
    const ready = this.#pauses.size === 0 ? request : await this.#held(request, origin)
    if (this.#circuits !== null && this.#circuits.size > 0) this.#assertClosed(this.#circuits, origin)
    let response: RoutedResponse
    try {
      response = await next(ready)
    } catch (error) {
      this.#learn(origin, attemptOf(error), origin)
      throw error
    }
    if (response.statusCode >= 400 || (this.#circuits !== null && this.#circuits.size > 0)) {
      this.#learn(origin, attemptOf(response), response.url.origin)
    }
    return response
  }

  /** Whether nothing fails and nobody waits: an attempt may be sent as it is, and its failure be reported with `note`. */
  get quiet(): boolean {
    return this.#pauses.size === 0 && (this.#circuits === null || this.#circuits.size === 0)
  }

  /** Learns from an attempt that was sent without `send` and failed. */
  note(origin: string, outcome: unknown): void {
    const answered = attemptOf(outcome)
    const from = answered?.kind === 'response' ? (outcome as RoutedResponse).url.origin : origin
    this.#learn(origin, answered, from)
  }

  /** Whether the next attempt would be refused. */
  isOpen(origin: string): boolean {
    return this.#circuits?.isOpen(origin) ?? false
  }

  /** Forgets what an origin asked for and how often it failed. */
  lift(origin: string): void {
    this.#pauses.lift(origin)
    if (this.#circuits?.succeeded(origin)) this.#tell(origin, 'closed', 'resumed')
  }

  /** Waits until the origin may be asked again; returns the request with the time that is left then. */
  async #held(request: RouteRequest, origin: string): Promise<RouteRequest> {
    const { events, clock, random, closing } = this.#parts
    const deadline = performance.now() + request.timeoutMs
    for (let left = request.timeoutMs; ; left = deadline - performance.now()) {
      const heldMs = this.#pauses.leftMs(origin)
      if (heldMs === 0)
        return left === request.timeoutMs ? request : { ...request, timeoutMs: Math.ceil(left) }
      const delayMs = Math.ceil(heldMs + random.next() * Math.min(MAX_SPREAD_MS, heldMs / 10))
      if (delayMs >= left) {
        throw new OnejarError(
          'ONEJAR_RATE_LIMITED',
          `${origin} asked to be left alone for ${heldMs} ms more`,
          {
            retryAfterMs: heldMs,
            details: { origin },
          },
        )
      }
      events.emit({ type: 'rate-limit-pause', at: clock.now(), origin, delayMs })
      await pauseFor(delayMs, request, closing)
    }
  }

  #assertClosed(circuits: Circuits<string>, origin: string): void {
    const admission = circuits.admit(origin)
    if (admission.admitted) {
      if (admission.isProbe) this.#tell(origin, 'half-open', 'one request sees whether it works again')
      return
    }
    const { retryAfterMs, circuit } = admission
    const { failures, trouble } = circuit
    throw new OnejarError(
      'ONEJAR_CIRCUIT_OPEN',
      `${origin} failed ${failures} times in a row (the last: ${trouble})`,
      { retryAfterMs, details: { origin, failures, last: trouble } },
    )
  }

  #learn(origin: string, attempt: Attempt | null, answeredBy: string): void {
    const circuits = this.#circuits
    if (attempt === null) {
      circuits?.gaveUp(origin)
      return
    }
    const pauseMs = askedPauseMs(attempt)
    if (pauseMs !== undefined && pauseMs > 0) this.#pauses.pause(answeredBy, pauseMs)
    if (circuits === null) return
    const outage = isOutage(attempt)
    if (outage === null) circuits.gaveUp(origin)
    else if (outage) {
      const trouble: string = attempt.kind === 'error' ? attempt.code : `status ${attempt.status}`
      if (circuits.failed(origin, trouble)) this.#tell(origin, 'open', trouble)
    } else if (circuits.succeeded(origin)) this.#tell(origin, 'closed', 'it answers again')
  }

  #tell(origin: string, state: 'open' | 'half-open' | 'closed', reason: string): void {
    const { events, clock } = this.#parts
    events.emit({ type: 'circuit', at: clock.now(), origin, state, reason })
  }
}

/** What an attempt came to; null when it was ended from outside, or never sent. */
export function attemptOf(outcome: unknown): Attempt | null {
  if (isOnejarError(outcome)) {
    const { code, retryAfterMs, details } = outcome
    // A pause of our own (Crawl-delay) is no word of the site's.
    if (code === 'ONEJAR_RATE_LIMITED' && details['verdict'] === undefined) return null
    return { kind: 'error', code, causeCode: causeCodeOf(outcome.cause), retryAfterMs }
  }
  if (typeof outcome !== 'object' || outcome === null || !('statusCode' in outcome)) return null
  const { statusCode, verdict } = outcome as RoutedResponse
  return {
    kind: 'response',
    status: statusCode,
    verdict: verdict?.kind,
    retryAfterMs: verdict?.retryAfterMs,
  }
}

function causeCodeOf(cause: unknown): string | undefined {
  const code = (cause as { readonly code?: unknown } | null | undefined)?.code
  if (typeof code === 'string') return code
  const first = (cause as { readonly errors?: readonly unknown[] } | null | undefined)?.errors?.[0]
  return first === undefined ? undefined : causeCodeOf(first)
}
