import type { BrokerWarning } from './broker-warning.ts'

/** Brings warnings to the user's `onWarning`, and to the sessions that they concern. */
export class Warnings {
  readonly #onWarning: (warning: BrokerWarning) => void
  readonly #sessions = new Map<string, (warning: BrokerWarning) => void>()

  /** @param onWarning - must not throw */
  constructor(onWarning: (warning: BrokerWarning) => void) {
    this.#onWarning = onWarning
  }

  /** Has a session receive the warnings that concern it, until what is returned is called. */
  subscribe(session: string, receive: (warning: BrokerWarning) => void): () => void {
    this.#sessions.set(session, receive)
    return () => {
      if (this.#sessions.get(session) === receive) this.#sessions.delete(session)
    }
  }

  /** For the user alone. */
  readonly warn = (warning: BrokerWarning): void => this.#onWarning(warning)

  /** For the user, and for every open session or one of them. */
  announce(warning: BrokerWarning, session?: string): void {
    this.#onWarning(warning)
    this.notify(warning, session)
  }

  /** For the open sessions alone, or one of them. */
  notify(warning: BrokerWarning, session?: string): void {
    if (session === undefined) for (const receive of this.#sessions.values()) receive(warning)
    else this.#sessions.get(session)?.(warning)
  }
}
