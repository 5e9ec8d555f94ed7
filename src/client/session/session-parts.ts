import type { CookieSource, SessionHeadersAt } from '../../http/index.ts'
import type { SessionLife, SessionQuarantine, SessionTelemetry } from '../../pipeline/index.ts'
import type { SessionRecord } from '../../record/index.ts'
import type { EventHub } from '../../routing/index.ts'
import type {
  NetworkPath,
  Redaction,
  Services,
  SessionIsolation,
  SessionPersistence,
} from '../../services/index.ts'
import type { Traffic } from './recording/traffic.ts'
import type { SessionConfig } from './session-config.ts'
import type { SessionIdentity } from './session-identity.ts'

/** What a session has for itself, beside the services of its broker. */
export interface SessionParts {
  readonly services: Services
  readonly config: SessionConfig
  readonly network: NetworkPath
  readonly record: SessionRecord
  readonly events: EventHub
  readonly identity: SessionIdentity
  readonly persistence: SessionPersistence
  /** Null where nobody measures, traces or logs. */
  readonly telemetry: SessionTelemetry | null
  readonly quarantine: SessionQuarantine
  /** How long it is good for. */
  readonly life: SessionLife
  /** Cookies, as HTTP asks for them and brings them. */
  readonly cookieSource: CookieSource
  /** Who records what the session sends. */
  readonly traffic: Traffic
  /** What the tenant's policy says; null where there is none. */
  readonly isolation: SessionIsolation | null
  /** What is cut out of bodies; undefined where nothing is. */
  readonly redaction: Redaction | undefined
  /** What the session adds to its requests by itself; undefined where it adds nothing. */
  readonly sessionHeaders: SessionHeadersAt | undefined
  /** What the session is called where its id must not be. */
  readonly pseudonym: string
  /** @throws OnejarError ONEJAR_CLOSED */
  assertOpen(): void
}
