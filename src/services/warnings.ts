import type { BrokerEvents } from './broker-events.ts'
import type { BrokerWarning } from './broker-warning.ts'

/** Brings warnings to the user's `onWarning`, and to the sessions that they concern. */
export class Warnings {
  readonly #onWarning: (warning: BrokerWarning) => void
  readonly #events: BrokerEvents
  readonly #sessions = new Map<string, (warning: BrokerWarning) => void>()

  /** @param onWarning - must not throw */
  constructor(onWarning: (warning: BrokerWarning) => void, events: BrokerEvents) {
    this.#onWarning = onWarning
    this.#events = events
  }

  /** Has a session receive the warnings that concern it, until what is returned is called. */
  subscribe(session: string, receive: (warning: BrokerWarning) => void): () => void {
    this.#sessions.set(session, receive)
    return () => {
      if (this.#sessions.get(session) === receive) this.#sessions.delete(session)
    }
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
    if (session === undefined) for (const receive of this.#sessions.values()) receive(warning)
    else this.#sessions.get(session)?.(warning)
  }
}

const NOBODY = () => null
