import {
  type AuditKey,
  certify,
  type ErasedSession,
  type ErasureCertificate,
} from '../../compliance/index.ts'
import type { SessionKey, Store } from '../../store/index.ts'

export interface ErasureParts {
  readonly store: Store
  /** The newest key of the store; null where it has none. */
  readonly key: AuditKey | null
  readonly now: () => number
  /** Ends what this process has of a session, before it is removed. */
  readonly release: (session: SessionKey) => Promise<void>
  /** Keeps in the audit trail that a session was removed. */
  readonly removed: (session: SessionKey) => void
}

/** Another process that has the session open may write it once more before it learns that it is gone. */
const MAX_ROUNDS = 3

/**
 * Removes everything that a store has of a subject: the sessions of this id, in one tenant or (null) in all, with their cookies,
 * storage, identities, dead letters and kept responses. Then reads the store again. Costs a walk through the store, twice.
 *
 * @throws OnejarError ONEJAR_STORE_UNAVAILABLE: then a part may be gone, and it can be repeated
 */
export async function eraseSubject(
  subject: string,
  tenant: string | null,
  { store, key, now, release, removed }: ErasureParts,
): Promise<ErasureCertificate> {
  const erased = new Map<string, ErasedSession>()
  let complete = false
  for (let round = 0; round < MAX_ROUNDS && !complete; round++) {
    const found = await findSessions(store, subject, tenant)
    complete = found.length === 0
    for (const { session, info } of found) {
      await release(session)
      const pseudonym = store.pseudonym(session)
      if (await store.remove(session)) removed(session)
      if (!erased.has(pseudonym)) erased.set(pseudonym, { pseudonym, ...info })
    }
  }
  complete ||= (await findSessions(store, subject, tenant)).length === 0
  return certify({ at: now(), subject, tenant, sessions: [...erased.values()], complete }, key)
}

async function findSessions(
  store: Store,
  subject: string,
  tenant: string | null,
): Promise<{ readonly session: SessionKey; readonly info: Omit<ErasedSession, 'pseudonym'> }[]> {
  const found: { session: SessionKey; info: Omit<ErasedSession, 'pseudonym'> }[] = []
  for await (const { session, createdAt, entries, sizeBytes } of store.list(
    tenant === null ? {} : { tenant },
  )) {
    if (session.id !== subject) continue
    found.push({ session, info: { createdAt: new Date(createdAt).toISOString(), entries, sizeBytes } })
  }
  return found
}
