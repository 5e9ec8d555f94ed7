import { compose, type Send, type Stage } from '../routing/index.ts'
import { persisting } from './persisting.ts'
import type { SessionKeeper } from './session-keeper.ts'
import type { SessionQuarantine } from './session-quarantine.ts'
import type { SessionResilience } from './session-resilience.ts'
import type { SessionRobots } from './session-robots.ts'
import type { SessionSetup } from './session-setup.ts'
import type { SessionTelemetry } from './session-telemetry.ts'

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
    quarantine.stage,
    setup.persist === 'before-response' ? persisting(() => keeper.flush()) : undefined,
    resilience.idempotent,
    resilience.deadLetters.stage,
    resilience.reauthenticating,
    resilience.retrying,
    // Beneath what stores responses: what is cut out is not stored either.
    extracting,
    redacting,
    robots?.stage,
  ]
  return compose(stages, router)
}
