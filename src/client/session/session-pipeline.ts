import { type PipelineParts, pipeline } from '../../pipeline/index.ts'
import type { Send } from '../../routing/index.ts'
import type { SessionParts } from './session-parts.ts'

/** What stages the engine brings; `dataRoutes` is left out where nothing may be fetched in place of the page. */
type EngineStages = Pick<PipelineParts, 'robots' | 'preferences' | 'resilience' | 'dataRoutes'>

/** The stages of a session's requests, ahead of what sends them. */
export function sessionPipeline(session: SessionParts, stages: EngineStages, send: Send): Send {
  const { services, config, network, persistence, telemetry, quarantine, redaction } = session
  const { key, persist, paymentRequired } = config
  const { compliance } = services
  return pipeline(
    {
      session: key,
      compliance,
      network,
      persist,
      paymentRequired,
      persistence,
      telemetry,
      quarantine,
      redaction,
      ...stages,
    },
    send,
  )
}
