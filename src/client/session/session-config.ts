import type { ContextSettings } from '../../browser/index.ts'
import type { AddressSetting, Purpose } from '../../compliance/index.ts'
import type { Identity } from '../../record/index.ts'
import type { SessionKey } from '../../store/index.ts'
import type { ParsedBrokerOptions, ParsedSessionOptions } from '../options/broker-options.ts'
import type { ManualIntervention } from '../options/option-types.ts'
import type { RequestIdHeader } from '../options/request-id-header.ts'
import { resiliencePlan, type SessionResilienceOptions } from '../options/resilience-options.ts'

/** Why a session was released. */
export type ReleaseReason = 'released' | 'evicted' | 'idle' | 'expired' | 'quarantined' | 'rotated' | 'closed'

/** The settings of one session: plain data, and the caller's own functions. */
export interface SessionConfig {
  readonly key: SessionKey
  /** Whether a clearance goes on to another proxy. */
  readonly keepClearance: boolean
  /** What the session may reach, for workers. */
  readonly addresses: AddressSetting
  /** What the caller chose to show; null to send no identity headers. It takes precedence over what the record holds. */
  readonly identity: Identity | null | undefined
  /** How its browser contexts are made. */
  readonly contextOptions: ContextSettings
  /** What the session's requests are for, where they do not say. */
  readonly purpose: Purpose | undefined
  readonly paymentRequired: 'error' | 'response'
  /** What is done about personal data in headers of the caller's. */
  readonly personalHeaders: 'allow' | 'warn' | 'refuse'
  /** The header with the session's random id, where it is wanted. */
  readonly requestIdHeader: RequestIdHeader | undefined
  readonly persist: 'behind' | 'before-response'
  readonly resilience: SessionResilienceOptions
  /** How fields of pages are taken from the pages' data; false for not at all. */
  readonly dataRoutes: { readonly checkEvery: number; readonly reads: readonly string[] } | false
  /** Whether the processes of a session give each other what only pages' memory has. */
  readonly shareMemoryTokens: boolean
  readonly timeoutMs: number
  readonly solveTimeoutMs: number
  readonly blockResources: boolean
  readonly answerFromSolve: boolean
  readonly recycleAfterPages: number
  readonly recycleAfterBytes: number
  readonly screenshotFolder: string | undefined
  readonly onChallenge: ((intervention: ManualIntervention) => Promise<void> | void) | undefined
  readonly manualInterventionTimeoutMs: number
}

/** The settings of a session: its own options, and the broker's where it has none. */
export function sessionConfig(
  key: SessionKey,
  broker: ParsedBrokerOptions,
  own: ParsedSessionOptions,
  addresses: AddressSetting,
  keepClearance: boolean,
): SessionConfig {
  const { persist, timeoutMs, solveTimeoutMs, screenshotFolder, onChallenge, manualInterventionTimeoutMs } =
    broker
  const { blockResources, answerFromSolve, recycleAfterPages, recycleAfterMegabytes } = broker.browser
  return {
    key,
    keepClearance: own.keepClearance ?? keepClearance,
    addresses,
    identity: own.identity === undefined ? broker.identity : own.identity,
    contextOptions: own.contextOptions ?? broker.contextOptions ?? {},
    purpose: own.purpose ?? broker.purpose,
    paymentRequired: broker.paymentRequired,
    personalHeaders: broker.personalHeaders,
    dataRoutes: broker.dataRoutes,
    shareMemoryTokens: broker.shareMemoryTokens,
    requestIdHeader: broker.requestIdHeader,
    persist,
    resilience: resiliencePlan(broker, own),
    timeoutMs,
    solveTimeoutMs,
    blockResources,
    answerFromSolve,
    recycleAfterPages,
    recycleAfterBytes: recycleAfterMegabytes * 1024 * 1024,
    screenshotFolder,
    onChallenge,
    manualInterventionTimeoutMs,
  }
}
