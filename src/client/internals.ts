import type { QueueState } from '../queue/index.ts'
import type { SessionKey, Store, StoreLock } from '../store/index.ts'
import type { SessionInternals } from './session/session-internals.ts'
import type { SessionView } from './session/stored-session.ts'

/** A session with entries that the store does not have. */
export interface UnwrittenSession {
  /** A keyed hash, as logs have it. */
  readonly session: string
  readonly entries: number
}

/** What happened to a link: `given-up` by the person, `closed` with the session or the service, `replaced` by another one. */
export type HandOverState =
  | 'made'
  | 'opened'
  | 'done'
  | 'passed'
  | 'given-up'
  | 'expired'
  | 'replaced'
  | 'closed'

/** What the service and workers need of a broker, and users do not. */
export interface BrokerInternals {
  /**
   * The sessions with entries that the store does not have, and while the broker is being closed those that it did not
   * take.
   */
  unwritten(): readonly UnwrittenSession[]
  /**
   * What the store or the open session holds, without opening one.
   *
   * @throws OnejarError ONEJAR_STORE_UNAVAILABLE, ONEJAR_CLOSED
   */
  view(id: string, tenant: string): Promise<SessionView>
  /** The names of the sessions that are open here. */
  open(): readonly SessionKey[]
  /** Workers and what waits for them; null where solves are made here. @throws OnejarError ONEJAR_QUEUE_UNAVAILABLE */
  queue(): Promise<QueueState | null>
  /** Keeps in the audit trail that secrets of a session are shown. @throws OnejarError ONEJAR_AUDIT_FAILED: then they are not */
  revealed(id: string, tenant: string, what: string): void
  /**
   * Keeps in the audit trail that a person gets a page of a session by a link: that it was made, who opened it, how it ended.
   *
   * @throws OnejarError ONEJAR_AUDIT_FAILED for `made` and `opened`: then it does not happen
   */
  handedOver(id: string, tenant: string, origin: string, state: HandOverState): void
  /** Releases a session that nobody uses, if it is open. Throws as `Session.release()`. */
  release(id: string, tenant: string): Promise<void>
  /** Seals texts for those who share the store. */
  readonly envelope: Pick<Store, 'sealText' | 'openText'>
  /** Takes a lock in a session, which need not be open; null when another process has it. @throws OnejarError ONEJAR_STORE_UNAVAILABLE */
  acquireLock(session: SessionKey, purpose: string, ttlMs: number): Promise<StoreLock | null>
}

// Kept beside the classes, so that neither their declarations show it nor this loads them.
const sessions = new WeakMap<object, SessionInternals>()
const brokers = new WeakMap<object, BrokerInternals>()

export function setInternals(session: object, internals: SessionInternals): void {
  sessions.set(session, internals)
}

export function setBrokerInternals(broker: object, internals: BrokerInternals): void {
  brokers.set(broker, internals)
}

/** What the pool, the broker and workers need of a session, and users do not. @throws TypeError for what is no session */
export function internalsOf(session: object): SessionInternals {
  return found(sessions.get(session))
}

/** @throws TypeError for what is no broker */
export function brokerInternalsOf(broker: object): BrokerInternals {
  return found(brokers.get(broker))
}

function found<T>(internals: T | undefined): T {
  if (internals === undefined) throw new TypeError('This was not made by Onejar')
  return internals
}
