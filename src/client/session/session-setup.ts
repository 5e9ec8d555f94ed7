import type PQueue from 'p-queue'
import type { BrowserHost } from '../../browser/index.ts'
import type { Classifier } from '../../challenge/index.ts'
import type { AddressSetting } from '../../compliance/index.ts'
import type { Clock, UserCode } from '../../core/index.ts'
import type { SolveQueue } from '../../queue/index.ts'
import type { Identity } from '../../record/index.ts'
import type { BrokerWarning, Compliance, NetworkPath } from '../../services/index.ts'
import type { SessionKey, WriteBehind } from '../../store/index.ts'
import type { Telemetry } from '../../telemetry/index.ts'
import type { ManualIntervention } from '../options/option-types.ts'
import type { SessionResilienceOptions } from '../options/resilience-options.ts'

/** Why a session was parked. */
export type ReleaseReason = 'released' | 'evicted' | 'idle' | 'expired' | 'quarantined' | 'rotated' | 'closed'

/** What a broker gives a session to work with. */
export interface SessionSetup {
  readonly key: SessionKey
  /** How it gets out. */
  readonly network: NetworkPath
  /** Whether a clearance goes on to another proxy. */
  readonly keepClearance: boolean
  readonly browser: BrowserHost
  /** What the session may reach, for workers. */
  readonly addresses: AddressSetting
  /** What the caller chose to show; null to send no identity headers. It goes before what the record holds. */
  readonly identity: Identity | null | undefined
  /** What the browser shows; null where there is none. Asked once, and kept in the record. */
  readonly ownIdentity: () => Promise<Identity | null>
  readonly classifier: Classifier
  readonly store: WriteBehind
  readonly compliance: Compliance
  readonly persist: 'behind' | 'before-response'
  readonly clock: Clock
  readonly writer: string
  readonly resilience: SessionResilienceOptions
  /** Tells the broker of what a person should know. */
  readonly warn: (warning: BrokerWarning) => void
  /** Where the user's own functions are called. */
  readonly userCode: UserCode
  readonly timeoutMs: number
  readonly solveTimeoutMs: number
  /** Where escalations wait for a page; shared by the sessions of a broker. */
  readonly visits: PQueue
  readonly blockResources: boolean
  readonly answerFromSolve: boolean
  /** Where workers take visits from; null where the browser here makes them. */
  readonly queue: SolveQueue | null
  readonly recycleAfterPages: number
  readonly recycleAfterBytes: number
  readonly screenshotFolder: string | undefined
  readonly onChallenge: ((intervention: ManualIntervention) => Promise<void> | void) | undefined
  readonly manualInterventionTimeoutMs: number
  /** Null where nobody measures, traces or logs. */
  readonly telemetry: Telemetry | null
  /** Called when the session begins to be parked, with what ends when it is. */
  readonly onRelease: (released: Promise<void>, reason: ReleaseReason) => void
}
