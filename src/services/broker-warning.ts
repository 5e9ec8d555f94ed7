import type { SessionEvent } from '../routing/index.ts'

/** What a broker warns of; holds no secret. */
export type BrokerWarning = Extract<
  SessionEvent,
  { type: 'store' | 'audit' | 'alert' | 'callback' | 'identity' | 'browser' | 'personal-header' }
>
