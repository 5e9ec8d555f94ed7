import { type Clock, OnejarError, systemRandom } from '../core/index.ts'
import type { CredentialProvider } from '../credentials/index.ts'
import type { SessionRecord } from '../record/index.ts'
import type {
  CircuitPlan,
  DeadLetterPlan,
  RateAlarms,
  RateLimitPlan,
  RetryPlan,
} from '../resilience/index.ts'
import type { EventHub, Send, Stage } from '../routing/index.ts'
import type { BrokerWarning, OriginLimits, SessionPersistence } from '../services/index.ts'
import type { SessionKey, Store } from '../store/index.ts'
import type { LogIn } from './login/login-attempt.ts'
import type { SessionLife } from './login/session-life.ts'
import { Alerts } from './retries/alerts.ts'
import { Attempts } from './retries/attempts.ts'
import { keepingDeadLetters } from './stages/dead-letters.ts'
import { idempotency } from './stages/idempotency.ts'
import { limiting } from './stages/limiting.ts'
import type { SessionQuarantine } from './stages/quarantine.ts'
import { reauthentication } from './stages/reauthentication.ts'
import { retrying } from './stages/retrying.ts'

/** What a session does about failures. */
export interface ResiliencePlan {
  readonly retry: RetryPlan | false
  readonly circuit: CircuitPlan | false
  readonly rateLimits: RateLimitPlan | false
  readonly idempotencyTtlMs: number
  readonly deadLetters: DeadLetterPlan
  /** How long a dead letter is kept. */
  readonly deadLetterMs: number
  /** Null where nobody logs in. */
  readonly reauthentication: {
    readonly logIn: LogIn
    readonly timeoutMs: number
    readonly credentials: CredentialProvider
  } | null
}

export interface SessionResilienceParts {
  readonly plan: ResiliencePlan
  readonly session: SessionKey
  readonly record: SessionRecord
  readonly life: SessionLife
  readonly persistence: SessionPersistence
  readonly quarantine: SessionQuarantine
  /** Null where nobody limits what origins are asked. */
  readonly limits: OriginLimits | null
  /** Of all sessions of the broker. */
  readonly rates: RateAlarms | null
  readonly store: Store
  readonly events: EventHub
  readonly clock: Clock
  /** Reports to the broker what a person should know. */
  readonly warn: (warning: BrokerWarning) => void
}

/** What a session does about failures, as stages of its pipeline. */
export class SessionResilience {
  /** Keeps what fails for good. */
  readonly deadLetters: Stage
  /** Has a request with a key reach the server once. */
  readonly idempotency: Stage
  /** Makes the stage that logs in where a site wants that; undefined where nobody says how. */
  readonly reauthentication: ((send: Send) => Stage) | undefined
  /** Holds requests until their origin may have one more; undefined where nobody limits that. */
  readonly limiting: Stage | undefined
  /** Sends what failed again. */
  readonly retrying: Stage
  readonly alerts: Alerts
  readonly #attempts: Attempts
  readonly #closing = new AbortController()

  constructor({ plan, warn, ...shared }: SessionResilienceParts) {
    const { clock, events, record } = shared
    const common = { ...shared, random: systemRandom, closing: this.#closing.signal }
    this.alerts = new Alerts({ events, clock, warn })
    const { alerts } = this
    const { circuit, rateLimits } = plan
    const { limits, session } = shared
    this.limiting =
      limits === null ? undefined : limiting({ ...common, limits, session: JSON.stringify(session) })
    this.#attempts = new Attempts({ ...common, circuit, rateLimits, alerts })
    this.retrying = retrying({ ...common, attempts: this.#attempts, alerts, plan: plan.retry })
    this.deadLetters = keepingDeadLetters({
      record,
      events,
      clock,
      wanted: plan.deadLetters,
      lifeMs: plan.deadLetterMs,
    })
    const login = plan.reauthentication
    this.reauthentication =
      login === null ? undefined : (send) => reauthentication({ ...common, ...login, send })
    this.idempotency = idempotency({ ...common, ttlMs: plan.idempotencyTtlMs })
  }

  /** A person has taken care of an origin: what it asked for and how often it failed is forgotten. */
  lift(origin: string): void {
    this.#attempts.lift(origin)
    this.alerts.lift(origin)
  }

  /** Ends all waiting, with ONEJAR_CLOSED. */
  close(): void {
    this.#closing.abort(new OnejarError('ONEJAR_CLOSED', 'The session was released'))
  }
}
