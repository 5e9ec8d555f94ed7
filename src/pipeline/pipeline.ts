import { compose, type Send, type Stage } from '../routing/index.ts'
import type { SessionQuarantine } from './stages/quarantine.ts'
import type { SessionKeeper } from '../services/persistence/session-persistence.ts'
import type { SessionRobots } from './stages/robots.ts'
import { failingOver } from './stages/failing-over.ts'
import { persisting } from './stages/persisting.ts'
import type { SessionTelemetry } from './stages/telemetry.ts'
import type { SessionResilience } from './session-resilience.ts'
import type { SessionSetup } from '../client/session/session-setup.ts'

/** What the steps of a request's way work with. */
export interface WayParts {
  readonly setup: SessionSetup
  readonly keeper: SessionKeeper
  readonly telemetry: SessionTelemetry | null
  readonly quarantine: SessionQuarantine
  readonly robots: SessionRobots | undefined
  readonly resilience: SessionResilience
}

/**
 * The way of a session's requests: the steps before the router, the outermost first. A step that the session has no use
 * for is left out.
 */
export function requestWay(
  { setup, keeper, telemetry, quarantine, robots, resilience }: WayParts,
  router: Send,
): Send {
  const { extracting, redacting } = setup.compliance.reducers(setup.key)
  const stages: (Stage | undefined)[] = [
    telemetry?.stage,
    quarantine.stage(),
    setup.persist === 'before-response' ? persisting(() => keeper.flush()) : undefined,
    resilience.idempotent,
    resilience.deadLetters.stage,
    resilience.reauthenticating,
    resilience.retrying,
    setup.network.mayChange ? failingOver(setup.network) : undefined,
    // Beneath what stores responses: what is cut out is not stored either.
    extracting,
    redacting,
    robots?.stage,
  ]
  return compose(stages, router)
}
