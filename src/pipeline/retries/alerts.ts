import { type Clock, isOnejarError, type OnejarError } from '../../core/index.ts'
import type { EventHub, SessionEvent } from '../../routing/index.ts'

export type Alert = Extract<SessionEvent, { type: 'alert' }>

export interface AlertsParts {
  readonly events: EventHub
  readonly clock: Clock
  /** Reports an alert outside the session. */
  readonly warn: (alert: Alert) => void
}

/** As many kinds of alerts are remembered to have been given. */
const MAX_GIVEN = 1_000

/** Raises an alert when a site, or a rule that is kept on its behalf, says no: once for each origin and code. */
export class Alerts {
  readonly #parts: AlertsParts
  readonly #given = new Map<string, Set<string>>()

  constructor(parts: AlertsParts) {
    this.#parts = parts
  }

  /** Looks at what a request to this origin failed with. */
  look(origin: string, error: unknown): void {
    if (isOnejarError(error) && error.tier === 'compliance-blocked') this.#raise(origin, error)
  }

  /** A person has unblocked the origin: what comes now is reported again. */
  lift(origin: string): void {
    this.#given.delete(origin)
  }

  #raise(asked: string, { code, message, details }: OnejarError): void {
    const origin = typeof details['origin'] === 'string' ? details['origin'] : asked
    const given = this.#given.get(origin) ?? new Set()
    if (given.has(code)) return
    if (this.#given.size >= MAX_GIVEN) this.#given.clear()
    this.#given.set(origin, given.add(code))
    const { events, clock, warn } = this.#parts
    const alert: Alert = { type: 'alert', at: clock.now(), state: 'raised', origin, code, reason: message }
    events.emit(alert)
    warn(alert)
  }
}
