import { waitWithin } from '../../http/index.ts'
import { BlockedRequest } from '../blocking/blocked-request.ts'
import type { ManualInterventions } from '../blocking/manual-interventions.ts'
import type { TimedStage } from '../timed-request.ts'

/** How often a request is sent in all when people take care of what blocks it. */
const MAX_ATTEMPTS = 3

/** Sends a blocked request again once a person has taken care of the block, where one is asked; else it fails. */
export function manualIntervention(
  interventions: Pick<ManualInterventions, 'underway' | 'notShown'>,
): TimedStage {
  return (next) => async (original) => {
    let request = original
    for (let attempt = 1; ; attempt++) {
      try {
        return await next(request)
      } catch (blocked) {
        if (!(blocked instanceof BlockedRequest)) throw blocked
        const underway = attempt < MAX_ATTEMPTS ? interventions.underway(blocked.origin) : undefined
        if (!underway || blocked.next === null) throw blocked.error
        request = blocked.next
        if (await waitWithin(underway, original, original.deadline)) continue
        blocked.error.cause ??= interventions.notShown(blocked.origin)
        throw blocked.error
      }
    }
  }
}
