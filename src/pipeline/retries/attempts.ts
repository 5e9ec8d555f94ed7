import { type Clock, isOnejarError, OnejarError, type Random } from '../../core/index.ts'
import type { ChangeSource, SessionRecord } from '../../record/index.ts'
import {
  type Attempt,
  askedPauseMs,
  type CircuitPlan,
  Circuits,
  isOutage,
  isRateLimited,
  type RateAlarms,
  RateLimitPauses,
  type RateLimitPlan,
  RateLimitStreaks,
} from '../../resilience/index.ts'
import type { EventHub, RoutedResponse, RouteRequest, Send } from '../../routing/index.ts'
import type { SessionQuarantine } from '../stages/quarantine.ts'
import type { Alerts } from './alerts.ts'
import { pauseFor } from './pause.ts'

export interface AttemptsParts {
  readonly events: EventHub
  readonly clock: Clock
  readonly random: Random
  readonly circuit: CircuitPlan | false
  readonly rateLimits: RateLimitPlan | false
  /** Of all sessions of the broker. */
  readonly rates: RateAlarms | null
  readonly record: SessionRecord
  readonly quarantine: Pick<SessionQuarantine, 'put' | 'refusal'>
  readonly alerts: Pick<Alerts, 'report'>
  /** Fires when the session is released. */
  readonly closing: AbortSignal
}

/** Origins that fail at the same time and are watched. */
const MAX_ORIGINS = 1_000
/** A probe that has not ended by then is not waited for. */
const PROBE_MS = 60_000
/** Requests that waited for the same instant do not all go at it: they are spread over a tenth of the wait, up to this. */
const MAX_SPREAD_MS = 1_000
/** Other processes need not know of a pause that ends by so much later than the one that they know of. */
const SAME_PAUSE_MS = 500

const SOURCE: ChangeSource = { name: 'rate limits' }

/**
 * Sends one attempt, unless the origin asked to be left alone or is slowed down (then it waits, when its time allows) or has
 * failed too often (then it is refused). As long as nothing fails it costs nothing.
 */
export class Attempts {
  readonly #parts: AttemptsParts
  readonly #pauses: RateLimitPauses
  readonly #circuits: Circuits<string> | null
  readonly #streaks = new RateLimitStreaks()

  constructor(parts: AttemptsParts) {
    const { clock, circuit } = parts
    this.#parts = parts
    this.#pauses = new RateLimitPauses(clock)
    const bounds = { clock, probeMs: PROBE_MS, maxKeys: MAX_ORIGINS }
    this.#circuits = circuit === false ? null : new Circuits({ ...circuit, ...bounds })
    parts.record.follow((delta, source) => {
      if (source === SOURCE) return
      for (const entry of delta) {
        if (entry.kind !== 'rate-limit-pause') continue
        const { id, value } = entry
        const leftMs = value === null ? 0 : Math.min(value.until - clock.now(), value.until - value.at)
        if (leftMs > 0) this.#pauses.pause(id, leftMs)
        else if (value === null) this.#pauses.lift(id)
      }
    })
  }

  /**
   * @throws OnejarError ONEJAR_RATE_LIMITED when the origin asked for a longer wait than there is time, ONEJAR_CIRCUIT_OPEN
   */
  async send(request: RouteRequest, next: Send): Promise<RoutedResponse> {
    const { origin } = request.url
    const { rates, quarantine } = this.#parts
    const isFree = this.#pauses.size === 0 && (rates === null || rates.slowed === 0)
    const ready = isFree ? request : await this.#held(request, origin)
    const refusal = quarantine.refusal(request.url)
    if (refusal !== undefined) throw refusal
    if (this.#circuits !== null && this.#circuits.size > 0) this.#assertClosed(this.#circuits, origin)
    const sentAt = performance.now()
    let response: RoutedResponse
    try {
      response = await next(ready)
    } catch (error) {
      this.#learn(origin, attemptOf(error), origin, sentAt)
      throw error
    }
    const wasFailing = this.#streaks.size > 0 || (this.#circuits !== null && this.#circuits.size > 0)
    if (response.statusCode >= 400 || response.verdict?.kind === 'rate-limited' || wasFailing) {
      this.#learn(origin, attemptOf(response), response.url.origin, sentAt)
    }
    return response
  }

  /** Whether nothing fails and nobody waits: an attempt may be sent as it is, and its failure be reported with `note`. */
  get quiet(): boolean {
    if (this.#pauses.size > 0 || this.#streaks.size > 0) return false
    if (this.#circuits !== null && this.#circuits.size > 0) return false
    return this.#parts.rates === null || this.#parts.rates.slowed === 0
  }

  /**
   * Learns from an attempt that was sent without `send` and failed.
   *
   * @param sentAt - on the clock of `performance.now()`
   */
  note(origin: string, outcome: unknown, sentAt: number): void {
    const answered = attemptOf(outcome)
    const from = answered?.kind === 'response' ? (outcome as RoutedResponse).url.origin : origin
    this.#learn(origin, answered, from, sentAt)
  }

  /** Whether the next attempt would be refused. */
  wouldRefuse(url: URL): boolean {
    if (this.#parts.quarantine.refusal(url) !== undefined) return true
    return this.#circuits?.isOpen(url.origin) ?? false
  }

  /** Forgets what an origin asked for and how often it failed. */
  lift(origin: string): void {
    this.#pauses.lift(origin)
    this.#streaks.end(origin)
    const { record } = this.#parts
    if (record.value('rate-limit-pause', origin) !== undefined) {
      record.write([{ kind: 'rate-limit-pause', id: origin, value: null }], SOURCE)
    }
    if (this.#circuits?.succeeded(origin)) this.#tell(origin, 'closed', 'resumed')
  }

  /** Waits until the origin may be asked again; returns the request with the time that is left then. */
  async #held(request: RouteRequest, origin: string): Promise<RouteRequest> {
    const { events, clock, random, closing, rates } = this.#parts
    const deadline = performance.now() + request.timeoutMs
    let hasTurn = false
    for (let left = request.timeoutMs; ; left = deadline - performance.now()) {
      const askedMs = this.#pauses.leftMs(origin)
      const isSlow: boolean = askedMs === 0 && !hasTurn
      const heldMs = isSlow ? (rates?.turn(origin, left) ?? 0) : askedMs
      if (isSlow) hasTurn = true
      if (heldMs === 0)
        return left === request.timeoutMs ? request : { ...request, timeoutMs: Math.ceil(left) }
      // Turns are apart by themselves.
      const spreadMs = isSlow ? 0 : random.next() * Math.min(MAX_SPREAD_MS, heldMs / 10)
      const delayMs = Math.ceil(heldMs + spreadMs)
      if (delayMs >= left) {
        const what = isSlow
          ? `${origin} is slowed down, and the turn would come in ${Math.ceil(heldMs)} ms`
          : `${origin} asked to be left alone for ${Math.ceil(heldMs)} ms more`
        throw new OnejarError('ONEJAR_RATE_LIMITED', what, { retryAfterMs: heldMs, details: { origin } })
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

  #learn(origin: string, attempt: Attempt | null, answeredBy: string, sentAt: number): void {
    const circuits = this.#circuits
    if (attempt === null) {
      circuits?.gaveUp(origin)
      return
    }
    const pauseMs = askedPauseMs(attempt)
    if (pauseMs !== undefined && pauseMs > 0) this.#pause(answeredBy, pauseMs)
    this.#count(answeredBy, attempt, sentAt)
    if (circuits === null) return
    const outage = isOutage(attempt)
    if (outage === null) circuits.gaveUp(origin)
    else if (outage) {
      const trouble: string = attempt.kind === 'error' ? attempt.code : `status ${attempt.status}`
      if (circuits.failed(origin, trouble)) this.#tell(origin, 'open', trouble)
    } else if (circuits.succeeded(origin)) this.#tell(origin, 'closed', 'it answers again')
  }

  /** Holds here, and in every other process of the session. */
  #pause(origin: string, forMs: number): void {
    const { record, clock } = this.#parts
    const knownMs = this.#pauses.leftMs(origin)
    this.#pauses.pause(origin, forMs)
    if (forMs - knownMs < SAME_PAUSE_MS) return
    const at = clock.now()
    record.write(
      [{ kind: 'rate-limit-pause', id: origin, value: { at, until: at + Math.ceil(forMs) } }],
      SOURCE,
    )
  }

  /** Who is answered 429 again and again, in spite of all pauses, is not to ask for a while. */
  #count(origin: string, attempt: Attempt, sentAt: number): void {
    const { rateLimits, quarantine, alerts } = this.#parts
    if (rateLimits === false || rateLimits.quarantineAfter === false) return
    if (!isRateLimited(attempt)) {
      if (attempt.kind === 'response' && attempt.status < 500) this.#streaks.end(origin)
      return
    }
    const count = this.#streaks.refused(origin, sentAt, performance.now())
    if (count < rateLimits.quarantineAfter) return
    this.#streaks.end(origin)
    const reason = `${origin} answered 429 ${count} times in a row`
    quarantine.put(origin, reason, rateLimits.quarantineMs, origin)
    alerts.report({ kind: 'rate-limit', origin, code: 'ONEJAR_RATE_LIMITED', reason })
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
