import type { BrokerEvents } from './broker-events.ts'
import type { BrokerWarning } from './broker-warning.ts'

/** A session, as those see it who warn it. */
export interface WarningReceiver {
  warned(warning: BrokerWarning): void
}

/** Brings warnings to the user's `onWarning`, and to the sessions that they concern. */
export class Warnings {
  readonly #onWarning: (warning: BrokerWarning) => void
  readonly #events: BrokerEvents
  readonly #sessions = new Map<string, WarningReceiver>()

  /** @param onWarning - must not throw */
  constructor(onWarning: (warning: BrokerWarning) => void, events: BrokerEvents) {
    this.#onWarning = onWarning
    this.#events = events
  }

  /** Has a session receive the warnings that concern it, until `unsubscribe`. */
  subscribe(session: string, receiver: WarningReceiver): void {
    this.#sessions.set(session, receiver)
  }

  unsubscribe(session: string, receiver: WarningReceiver): void {
    if (this.#sessions.get(session) === receiver) this.#sessions.delete(session)
  }

  /** For the user's `onWarning` alone: a session has reported it as an event. */
  readonly tell = (warning: BrokerWarning): void => this.#onWarning(warning)

  /** For the user: what no session is concerned with. */
  readonly warn = (warning: BrokerWarning): void => {
    this.#onWarning(warning)
    this.#events.emit(warning, null, NOBODY)
  }

  /** For the user, and for every open session or one of them. */
  announce(warning: BrokerWarning, session?: string): void {
    this.#onWarning(warning)
    this.notify(warning, session)
  }

  /** For the open sessions alone, or one of them. */
  notify(warning: BrokerWarning, session?: string): void {
    this.#events.emit(warning, null, NOBODY)
    if (session === undefined) for (const receiver of this.#sessions.values()) receiver.warned(warning)
    else this.#sessions.get(session)?.warned(warning)
  }
}

const NOBODY = () => null
