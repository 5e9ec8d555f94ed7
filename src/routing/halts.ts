import { explain, type Verdict } from '../challenge/index.ts'
import { type Clock, OnejarError } from '../core/index.ts'
import type { EventHub } from './events.ts'

/** The origins at which the session has to stop: a puzzle for a person, or a firm refusal. */
export class Halts {
  readonly #events: EventHub
  readonly #clock: Clock
  readonly #halted = new Map<string, OnejarError>()

  constructor(events: EventHub, clock: Clock) {
    this.#events = events
    this.#clock = clock
  }

  /** @throws OnejarError ONEJAR_CAPTCHA or ONEJAR_BLOCKED when the session is halted there */
  check(origin: string): void {
    if (this.#halted.size === 0) return
    const error = this.#halted.get(origin)
    if (error) throw error
  }

  /** Halts the session for an origin. Returns the error that this and every later request there gets. */
  halt(origin: string, verdict: Verdict): OnejarError {
    const known = this.#halted.get(origin)
    if (known) return known
    const reason = explain(verdict).split('\n')[0] ?? verdict.kind
    const code = verdict.kind === 'captcha' ? 'ONEJAR_CAPTCHA' : 'ONEJAR_BLOCKED'
    const error = new OnejarError(code, `${origin} stops this session: ${reason}`, {
      details: { origin, verdict: verdict.kind, vendor: verdict.vendor, evidence: verdict.evidence },
    })
    this.#halted.set(origin, error)
    this.#events.emit({ type: 'halted', at: this.#clock.now(), origin, verdict: verdict.kind, reason })
    return error
  }

  lift(origin: string): void {
    if (this.#halted.delete(origin)) this.#events.emit({ type: 'resumed', at: this.#clock.now(), origin })
  }
}
