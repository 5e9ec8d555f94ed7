import type { OnejarError } from '../../core/index.ts'
import type { Redaction, SessionIsolation } from '../../services/index.ts'

/** What is cut out of a session's bodies: what the broker says, and all kinds where the tenant's policy wants that. */
export function redactionOf(
  broker: Redaction | undefined,
  isolation: SessionIsolation | null,
): Redaction | undefined {
  if (isolation === null) return broker
  const decision = isolation.decide('keepPersonal')
  if (decision === 'allow') return broker
  const all = { phoneRegion: broker?.phoneRegion, kinds: ['email', 'phone', 'ip'] } as const
  if (decision === 'transform') return all
  const refuse = (): OnejarError => {
    isolation.decide('keepPersonal')
    return isolation.denial('keepPersonal', 'The body holds personal data')
  }
  return { ...all, refuse }
}
