import { type Clock, isOnejarError, LazyMap, OnejarError, steadyMs } from '../../core/index.ts'
import type { ChangeSource, Quarantine, SessionRecord } from '../../record/index.ts'
import type { EventHub, Stage } from '../../routing/index.ts'

/** How long a session is not used after a connection that is not to be trusted. */
const TRANSPORT_ERROR_MS = 10 * 60_000

/** A quarantine, and when it ends on the steady clock. */
interface Held extends Quarantine {
  readonly endsAt: number
}

/** What is left of a quarantine; a clock that was set since then, here or at its writer's, does not make it longer. */
function leftOf({ at, until }: Quarantine, clock: Clock): number {
  return Math.max(0, Math.min(until - clock.now(), until - at))
}

/** The id of the entry that concerns every origin. */
const EVERYWHERE = ''

/**
 * Where a session is not to be used for a while, and why. Kept in the record: the other processes on the session hold to
 * it as well.
 */
export class SessionQuarantine {
  readonly #record: SessionRecord
  readonly #source: ChangeSource
  readonly #events: EventHub
  readonly #clock: Clock
  /** What the record says, so that a request costs a look at a number. */
  readonly #held = new LazyMap<string, Held>()

  constructor(record: SessionRecord, source: ChangeSource, events: EventHub, clock: Clock) {
    this.#record = record
    this.#source = source
    this.#events = events
    this.#clock = clock
    record.subscribe((delta) => {
      for (const entry of delta) {
        // The origin that stopped the session is unblocked: what came of that is over.
        if (entry.kind === 'halt' && entry.value === null) this.#liftFrom(entry.id)
        if (entry.kind !== 'quarantine') continue
        if (entry.value === null) this.#held.delete(entry.id)
        else
          this.#held.set(entry.id, { ...entry.value, endsAt: steadyMs(clock) + leftOf(entry.value, clock) })
      }
    })
  }

  /** What keeps the session from being used, at an origin or (without one) altogether; null when nothing does. */
  at(origin: string = EVERYWHERE): Held | null {
    if (this.#held.size === 0) return null
    const now = steadyMs(this.#clock)
    for (const id of [EVERYWHERE, origin]) {
      const held = this.#held.get(id)
      if (held !== undefined && held.endsAt > now) return held
    }
    return null
  }

  /** The same for a caller: when it was to end, and what is left of it. */
  describe(origin?: string): { until: number; remainingMs: number; reason: string } | null {
    const held = this.at(origin)
    if (held === null) return null
    const { until, reason, endsAt } = held
    return { until, reason, remainingMs: Math.max(1, endsAt - steadyMs(this.#clock)) }
  }

  /**
   * @param origin - empty for all of them
   * @param from - the origin that stopped the session, where that is why
   */
  put(origin: string, reason: string, forMs: number, from?: string): void {
    const at = this.#clock.now()
    const value: Quarantine = { at, until: at + forMs, reason, ...(from === undefined ? {} : { from }) }
    this.#record.write([{ kind: 'quarantine', id: origin, value }], this.#source)
    this.#events.emit({ type: 'quarantine', at, origin: origin || null, reason, until: value.until })
  }

  /**
   * Looks at what a request failed with. A TLS fault closes the origin for a while, a key that is not the pinned one the whole
   * session: somebody else may be at the other end, and what the session holds is not for them.
   */
  onTransportError(error: unknown): void {
    const faulty = isOnejarError(error, 'ONEJAR_TLS')
    if (!faulty && !isOnejarError(error, 'ONEJAR_PIN_MISMATCH')) return
    const { code, details } = error
    const reason = `${code} at ${details['origin']}`
    this.put(faulty ? String(details['origin']) : EVERYWHERE, reason, TRANSPORT_ERROR_MS)
  }

  /** @param origin - default: the quarantine of the whole session */
  lift(origin: string = EVERYWHERE): void {
    this.#record.write([{ kind: 'quarantine', id: origin, value: null }], this.#source)
    if (origin !== EVERYWHERE) this.#liftFrom(origin)
  }

  /** Ends the quarantines that were put because of this origin. */
  #liftFrom(origin: string): void {
    if (this.#held.size === 0) return
    const over = [...this.#held].filter(([, { from }]) => from === origin)
    this.#record.write(
      over.map(([id]) => ({ kind: 'quarantine', id, value: null })),
      this.#source,
    )
  }

  /** The error of a request to where the session is not to be used; undefined where it is. */
  refusal(url: URL): OnejarError | undefined {
    if (this.#held.size === 0) return undefined
    const { origin } = url
    const held = this.at(origin)
    if (held === null) return undefined
    return new OnejarError('ONEJAR_QUARANTINED', `The session is not used at ${origin}: ${held.reason}`, {
      retryAfterMs: Math.max(1, held.endsAt - steadyMs(this.#clock)),
      details: { origin, until: held.until },
    })
  }

  /** Refuses requests to where the session is not to be used. */
  stage(): Stage {
    return (next) => (request) => {
      const refusal = this.refusal(request.url)
      return refusal === undefined ? next(request) : Promise.reject(refusal)
    }
  }
}
