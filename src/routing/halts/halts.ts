import { explain, type Verdict } from '../../challenge/index.ts'
import { type Clock, LazyMap, OnejarError } from '../../core/index.ts'
import type { EventHub } from '../events.ts'

interface Halt {
  readonly error: OnejarError
  /** Of the error: filled in when there is a picture. */
  readonly details: Record<string, unknown>
}

/** The origins at which the session has to stop: a puzzle for a person, or a firm refusal. */
export class Halts {
  readonly #events: EventHub
  readonly #clock: Clock
  readonly #halted = new LazyMap<string, Halt>()

  constructor(events: EventHub, clock: Clock) {
    this.#events = events
    this.#clock = clock
  }

  /** Whether the session is halted anywhere. */
  get any(): boolean {
    return this.#halted.size > 0
  }

  /** The error that requests to a halted origin get: ONEJAR_CAPTCHA or ONEJAR_BLOCKED; undefined when it is not halted. */
  at(origin: string): OnejarError | undefined {
    return this.#halted.size === 0 ? undefined : this.#halted.get(origin)?.error
  }

  /** Halts the session for an origin. Returns the error that this and every later request there gets. */
  halt(origin: string, verdict: Verdict): OnejarError {
    const known = this.#halted.get(origin)
    if (known) return known.error
    const reason = explain(verdict).split('\n')[0] ?? verdict.kind
    const code = verdict.kind === 'captcha' ? 'ONEJAR_CAPTCHA' : 'ONEJAR_BLOCKED'
    const { kind, vendor, evidence } = verdict
    const details = { origin, verdict: kind, vendor, evidence }
    const error = new OnejarError(code, `${origin} stops this session: ${reason}`, { details })
    this.#halted.set(origin, { error, details })
    this.#events.emit({ type: 'halted', at: this.#clock.now(), origin, verdict: kind, reason })
    return error
  }

  /** Another process of the session was stopped there. */
  adopt(origin: string, error: OnejarError): void {
    if (this.#halted.has(origin)) return
    this.#halted.set(origin, { error, details: {} })
    const verdict = error.code === 'ONEJAR_CAPTCHA' ? 'captcha' : 'block'
    const reason = 'another process of this session was stopped'
    this.#events.emit({ type: 'halted', at: this.#clock.now(), origin, verdict, reason })
  }

  /** There is a picture of what halted the session. */
  picture(origin: string, path: string): void {
    const halt = this.#halted.get(origin)
    if (halt) halt.details['screenshotPath'] = path
  }

  lift(origin: string): void {
    if (this.#halted.delete(origin)) this.#events.emit({ type: 'resumed', at: this.#clock.now(), origin })
  }
}
