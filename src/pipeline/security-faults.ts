import { type ErrorCode, isOnejarError } from '../core/index.ts'
import type { ChangeSource, EntryKind, SessionRecord, Write } from '../record/index.ts'
import type { EventHub } from '../routing/index.ts'
import type { Alerts } from './retries/alerts.ts'
import type { SessionQuarantine } from './stages/quarantine.ts'

/** What may mean that somebody else is at the other end, or that a site takes the session for a thief. */
export const SECURITY_FAULTS = ['tls', 'pin', 'refusal'] as const
export type SecurityFault = (typeof SECURITY_FAULTS)[number]

export interface SecurityFaultsParts {
  readonly quarantine: SessionQuarantine
  readonly alerts: Alerts
  readonly record: SessionRecord
  readonly events: EventHub
  /** After which the session's state is purged. */
  readonly purgeOn: readonly SecurityFault[]
  /** Gives up the session's browser context, which holds more than the record. Must not throw. */
  readonly dropContext: () => Promise<void>
  /** Keeps in the audit trail what was purged, and why. */
  readonly onPurged: (fault: SecurityFault, origin: string, entries: number) => void
}

/** What makes a session who it is. What it learned of routes, where it is blocked and what it could not send stays. */
const PURGED: ReadonlySet<EntryKind> = new Set<EntryKind>([
  'cookie',
  'local',
  'session-snapshot',
  'indexeddb-snapshot',
  'idempotency',
  'login',
])

const SOURCE: ChangeSource = { name: 'purge' }

/** Reports faults of security, and purges the session's state where that is wanted. */
export class SecurityFaults {
  readonly #parts: SecurityFaultsParts

  constructor(parts: SecurityFaultsParts) {
    this.#parts = parts
    parts.events.tap((event) => {
      if (event.type !== 'blocked' || event.verdict !== 'block') return
      parts.alerts.raiseOnce('security', event.origin, 'ONEJAR_BLOCKED', event.reason)
      this.#purge('refusal', event.origin)
    }, false)
  }

  /** Looks at what a request failed with over HTTP: a TLS fault, or a key that is not the pinned one. */
  onTransportError(error: unknown): void {
    if (isOnejarError(error, 'ONEJAR_TLS')) this.#meet('tls', error.code, error)
    else if (isOnejarError(error, 'ONEJAR_PIN_MISMATCH')) this.#meet('pin', error.code, error)
  }

  #meet(
    fault: SecurityFault,
    code: ErrorCode,
    error: { readonly message: string; readonly details: Readonly<Record<string, unknown>> },
  ): void {
    const { quarantine, alerts } = this.#parts
    const origin = String(error.details['origin'])
    // Of many requests that meet it at once the first one reports it.
    const isNew = quarantine.at(origin) === null
    quarantine.onTransportError(error)
    if (!isNew) return
    alerts.report({ kind: 'security', origin, code, reason: error.message })
    this.#purge(fault, origin)
  }

  #purge(fault: SecurityFault, origin: string): void {
    const { purgeOn, dropContext, onPurged } = this.#parts
    if (!purgeOn.includes(fault)) return
    onPurged(fault, origin, this.#clear())
    // What the context had is taken into the record when it is closed.
    dropContext().then(
      () => void this.#clear(),
      () => {},
    )
  }

  /** Deletes what the session holds, in open pages, the store and other processes too; returns how many entries there were. */
  #clear(): number {
    const { record } = this.#parts
    const deletions: Write[] = []
    for (const { kind, id, value } of record.entries()) {
      if (value !== null && PURGED.has(kind)) deletions.push({ kind, id, value: null } as Write)
    }
    record.write(deletions, SOURCE)
    return deletions.length
  }
}
