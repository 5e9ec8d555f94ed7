import { AuditTrail } from '../audit/index.ts'
import type { AuditFacts, PolicyRule } from '../compliance/index.ts'
import { systemClock } from '../core/index.ts'
import { purposeKeys } from '../store/index.ts'
import type { StoreFlags } from './with-store.ts'

const MAX_FILE_BYTES = 64 * 1024 * 1024

/**
 * Keeps what a command did in the audit trail that `ONEJAR_AUDIT` names; nothing where it names none.
 *
 * @param session - its pseudonym
 * @throws OnejarError ONEJAR_AUDIT_FAILED
 */
export function auditNote(
  { store: target }: StoreFlags,
  env: Readonly<Record<string, string | undefined>>,
  rule: PolicyRule,
  session: string | null,
  facts: AuditFacts,
): void {
  const { ONEJAR_AUDIT: path } = env
  if (!path) return
  const keys = purposeKeys(target === undefined ? {} : { target }, 'audit', true)
  const trail = AuditTrail.open({ path, keys, maxFileBytes: MAX_FILE_BYTES, clock: systemClock })
  try {
    trail.record(rule, session, facts)
  } finally {
    trail.close()
  }
}
