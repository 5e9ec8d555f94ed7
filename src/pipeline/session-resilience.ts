import { OnejarError, systemRandom } from '../core/index.ts'
import type { SessionRecord } from '../record/index.ts'
import type { EventHub, Stage } from '../routing/index.ts'
import type { SessionKeeper } from '../services/persistence/session-persistence.ts'
import { reauthenticating } from './stages/reauthentication.ts'
import type { LoginSession } from '../client/options/reauthentication.ts'
import { Alerts } from './retries/alerts.ts'
import { Attempts } from './retries/attempts.ts'
import { idempotent } from './stages/idempotency.ts'
import { retrying } from './stages/retrying.ts'
import { SessionDeadLetters } from '../client/session/dead-letters.ts'
import type { SessionSetup } from '../client/session/session-setup.ts'

export interface SessionResilienceParts {
  readonly setup: SessionSetup
  readonly record: SessionRecord
  readonly keeper: SessionKeeper
  readonly events: EventHub
  /** The session, for the hook that logs it in. */
  readonly login: LoginSession
  /** @throws OnejarError ONEJAR_CLOSED */
  readonly assertOpen: () => void
}

/** What a session does about failures, as steps on the way of its requests. */
export class SessionResilience {
  readonly deadLetters: SessionDeadLetters
  /** Has a request with a key reach the server once. */
  readonly idempotent: Stage
  /** Logs in where a site wants that; undefined where nobody says how. */
  readonly reauthenticating: Stage | undefined
  /** Sends what failed again. */
  readonly retrying: Stage
  readonly #attempts: Attempts
  readonly #alerts: Alerts
  readonly #closing = new AbortController()

  constructor({ setup, record, keeper, events, login, assertOpen }: SessionResilienceParts) {
    const { resilience: plan, clock, key: session } = setup
    const common = { events, clock, random: systemRandom, closing: this.#closing.signal }
    this.#attempts = new Attempts({ ...common, circuit: plan.circuit })
    this.#alerts = new Alerts({ events, clock, warn: setup.warn })
    this.retrying = retrying({ ...common, attempts: this.#attempts, alerts: this.#alerts, plan: plan.retry })
    const { store } = setup.store
    this.deadLetters = new SessionDeadLetters({
      record,
      events,
      clock,
      wanted: plan.deadLetters,
      assertOpen,
      fetch: (url, options) => login.fetch(url, options),
    })
    const { reauthentication } = plan
    this.reauthenticating =
      reauthentication === null
        ? undefined
        : reauthenticating({ ...common, ...reauthentication, record, keeper, store, session, login })
    this.idempotent = idempotent({ ...common, record, keeper, store, session, ttlMs: plan.idempotencyTtlMs })
  }

  /** A person has taken care of an origin: what it asked for and how often it failed is forgotten. */
  lift(origin: string): void {
    this.#attempts.lift(origin)
    this.#alerts.lift(origin)
  }

  /** Ends all waiting, with ONEJAR_CLOSED. */
  close(): void {
    this.#closing.abort(new OnejarError('ONEJAR_CLOSED', 'The session was released'))
  }
}
