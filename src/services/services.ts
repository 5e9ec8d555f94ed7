import type PQueue from 'p-queue'
import type { BrowserHost } from '../browser/index.ts'
import type { Classifier } from '../challenge/index.ts'
import type { AuditKey } from '../compliance/index.ts'
import type { Clock, UserCode } from '../core/index.ts'
import type { BotAuth } from '../http/index.ts'
import type { SolveQueue, TaskQueue } from '../queue/index.ts'
import type { RateAlarms } from '../resilience/index.ts'
import type { WriteBehind } from '../store/index.ts'
import type { Telemetry } from '../telemetry/index.ts'
import type { BrokerEvents } from './broker-events.ts'
import type { Compliance } from './compliance.ts'
import type { IdentityCache } from './identity-cache.ts'
import type { OriginLimits } from './limits/origin-limits.ts'
import type { Retention } from './retention/retention.ts'
import type { Warnings } from './warnings.ts'

/** What the sessions of one broker share. One of these is made for a broker, by `openServices`. */
export interface Services {
  readonly clock: Clock
  readonly store: WriteBehind
  readonly browser: BrowserHost
  readonly classifier: Classifier
  /** robots.txt, redaction and the audit trail. */
  readonly compliance: Compliance
  /** Signs requests to the origins that were chosen for that; null where none were. */
  readonly botAuth: BotAuth | null
  /** Deletes what is kept beside the store once its time is up. */
  readonly retention: Retention
  /** Seals certificates; null where the store has no key. */
  readonly certificateKey: () => Promise<AuditKey | null>
  /** What the browser shows of itself; asked once. */
  readonly identities: IdentityCache
  /** Null where nobody measures, traces or logs. */
  readonly telemetry: Telemetry | null
  /** Where escalations wait for a page. */
  readonly solves: PQueue
  /** Where workers take solves from; null where the browser here makes them. */
  readonly queue: SolveQueue | null
  /** Where workers take everything else from; null where the browser here does it. */
  readonly tasks: TaskQueue | null
  /** Whether there is a browser here. Asked of the file system once. */
  readonly isBrowserHere: () => Promise<boolean>
  /** The events of all sessions, for those who listen to all. */
  readonly events: BrokerEvents
  readonly warnings: Warnings
  /** Which share of the answers was 429; null where nobody wants to know. */
  readonly rates: RateAlarms | null
  /** What origins may be asked together; null where nobody limits that. */
  readonly limits: OriginLimits | null
  /** Where the user's own functions are called. */
  readonly userCode: UserCode
  /** Names this process in the stamps of records. */
  readonly writer: string
}
