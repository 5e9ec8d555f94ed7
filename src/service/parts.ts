import type { Broker } from '../client/index.ts'
import type { Log, Spans } from '../telemetry/index.ts'
import type { WaitingPages } from './by-hand/waiting-pages.ts'
import type { CallerProxies } from './caller-proxies.ts'
import type { EventStreams } from './event-streams.ts'
import type { MetricsEndpoint } from './metrics-endpoint.ts'
import type { OpenSessions } from './open-sessions.ts'

/** What a site's body may have, in bytes. */
export interface ResponseLimits {
  /** Where a request does not say. */
  readonly usual: number
  /** Whatever a request says. */
  readonly most: number
}

/** What the operations of the service work with. */
export interface Parts {
  readonly broker: Broker
  readonly sessions: OpenSessions
  readonly metrics: MetricsEndpoint
  readonly streams: EventStreams
  readonly proxies: CallerProxies
  readonly log: Log
  readonly spans: Spans | null
  readonly responses: ResponseLimits
  /** What waits for a person. */
  readonly waiting: WaitingPages
  /** Where browsers reach the service. Default: where callers do. */
  readonly publicUrl: URL | undefined
}
