import { compose, type Send, type Stage } from '../routing/index.ts'
import type { Compliance, NetworkPath, Redaction, SessionPersistence } from '../services/index.ts'
import type { SessionKey } from '../store/index.ts'
import type { DataRoutes } from './data-routes/data-routes.ts'
import type { SessionResilience } from './session-resilience.ts'
import { fromDataRoutes } from './stages/data-routes.ts'
import { extracting } from './stages/extracting.ts'
import { failingOver } from './stages/failing-over.ts'
import { payment } from './stages/payment.ts'
import { persisting } from './stages/persisting.ts'
import type { SessionQuarantine } from './stages/quarantine.ts'
import { redacting } from './stages/redacting.ts'
import type { SessionRobots } from './stages/robots.ts'
import type { SessionTelemetry } from './stages/telemetry.ts'

/** What the stages of a session's requests work with. */
export interface PipelineParts {
  readonly session: SessionKey
  readonly compliance: Compliance
  readonly network: NetworkPath
  readonly persist: 'behind' | 'before-response'
  readonly persistence: SessionPersistence
  readonly telemetry: SessionTelemetry | null
  readonly quarantine: SessionQuarantine
  /** What is cut out of bodies; undefined where nothing is. */
  readonly redaction: Redaction | undefined
  readonly robots: SessionRobots | undefined
  /** Reads what sites wish, and keeps to it where a request says what it is for. */
  readonly preferences: Stage
  /** What a 402 is. */
  readonly paymentRequired: 'error' | 'response'
  readonly resilience: SessionResilience
  /** Undefined where pages are fetched as they are. */
  readonly dataRoutes?: DataRoutes | undefined
}

/** Sends a request through the stages and then by a transport. A stage that the session has no use for is left out. */
export function pipeline(parts: PipelineParts, router: Send): Send {
  const { session, compliance, network, persist, persistence } = parts
  const { telemetry, quarantine, redaction, robots, preferences, resilience } = parts
  const note = compliance.note.bind(compliance)
  // Made once: both ways share what their stages remember.
  const quarantined = quarantine.stage()
  const persisted = persist === 'before-response' ? persisting(() => persistence.flush()) : undefined
  const failOver = network.mayChange ? failingOver(network) : undefined
  const extract = extracting((url) => note('content-reduced', session, { origin: url.origin }))
  const redact =
    redaction &&
    redacting({
      ...redaction,
      phoneRegion: redaction.phoneRegion,
      refuse: redaction.refuse,
      onRedacted: (url, counts) => note('personal-redacted', session, { origin: url.origin, ...counts }),
    })
  const pay =
    parts.paymentRequired === 'response'
      ? undefined
      : payment((url, { protocol, offers: [offer] }) =>
          note('payment-demanded', session, {
            origin: url.origin,
            protocol: protocol ?? 'none',
            ...(offer && { amount: offer.amount, currency: offer.currency }),
          }),
        )
  // The outermost first.
  const stages = (login?: Stage): (Stage | undefined)[] => [
    telemetry?.stage,
    quarantined,
    persisted,
    resilience.idempotency,
    resilience.deadLetters,
    login,
    pay,
    resilience.retrying,
    failOver,
    // Beneath what stores responses: what is cut out is not stored either.
    parts.dataRoutes && fromDataRoutes(parts.dataRoutes),
    extract,
    redact,
    robots?.stage,
    resilience.limiting,
    preferences,
  ]
  const send = compose(stages(), router)
  // What a login asks for takes the same stages without the one that logs in: no stage has to call the session.
  return resilience.reauthentication === undefined
    ? send
    : compose(stages(resilience.reauthentication(send)), router)
}
