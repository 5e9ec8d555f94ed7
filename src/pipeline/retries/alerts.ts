import { type Clock, type ErrorCode, isOnejarError } from '../../core/index.ts'
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

/** Reports what a person has to decide about: what a site, or a rule that is kept on its behalf, refuses, and faults of security. */
export class Alerts {
  readonly #parts: AlertsParts
  readonly #given = new Map<string, Set<string>>()

  constructor(parts: AlertsParts) {
    this.#parts = parts
  }

  /** Looks at what a request to this origin failed with; the same is reported once for each origin and code. */
  look(origin: string, error: unknown): void {
    if (!isOnejarError(error) || error.tier !== 'compliance-blocked') return
    const { code, message, details } = error
    const at = typeof details['origin'] === 'string' ? details['origin'] : origin
    this.raiseOnce(details['verdict'] === 'block' ? 'security' : 'refusal', at, code, message)
  }

  /** The same, of what is known otherwise. */
  raiseOnce(kind: Alert['kind'], origin: string, code: ErrorCode, reason: string): void {
    const given = this.#given.get(origin) ?? new Set()
    if (given.has(code)) return
    if (this.#given.size >= MAX_GIVEN) this.#given.clear()
    this.#given.set(origin, given.add(code))
    this.report({ kind, origin, code, reason })
  }

  /** @param origin - null where it concerns all together */
  report(
    what: Pick<Alert, 'kind' | 'origin' | 'code' | 'reason'> & { readonly state?: Alert['state'] },
  ): void {
    const { events, clock, warn } = this.#parts
    const alert: Alert = { type: 'alert', at: clock.now(), state: 'raised', ...what }
    events.emit(alert)
    warn(alert)
  }

  /** A person has unblocked the origin: what comes now is reported again. */
  lift(origin: string): void {
    this.#given.delete(origin)
  }
}
