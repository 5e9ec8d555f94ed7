import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { type AuditKey, canonical } from './audit-record.ts'

/** A session that was erased. */
export interface ErasedSession {
  /** What logs, traces and the audit trail called it. */
  readonly pseudonym: string
  /** When it was first written, in ISO 8601; null where that is not known. */
  readonly createdAt: string | null
  /** How many entries it had: cookies, items, dead letters, kept responses and others. */
  readonly entries: number
  /** What it took in the store, in bytes. */
  readonly sizeBytes: number
}

/** Proves that what a store had of a subject was removed: no name, no value, sealed with a key of the store. */
export interface ErasureCertificate {
  /** The form of the certificate. */
  readonly v: 1
  /** Always `onejar-erasure`. */
  readonly kind: 'onejar-erasure'
  /** When it was done, in ISO 8601. */
  readonly at: string
  /** A keyed hash of the subject: who has the key can tell whether it is a certain one. */
  readonly subject: string
  /** A keyed hash of the tenant; null where all tenants were looked through. */
  readonly tenant: string | null
  /** What was removed. Empty where the store had nothing. */
  readonly sessions: readonly ErasedSession[]
  /** Whether the store was read again afterwards and had nothing of the subject. */
  readonly complete: boolean
  /** The id of the key that `hash` and the others are made with; null for a plain SHA-256, which anybody can make. */
  readonly key: string | null
  /** Over everything else. */
  readonly hash: string
}

const NAMES = 'at,complete,hash,key,kind,sessions,subject,tenant,v'

function keyed(key: AuditKey | null, text: string): string {
  const hash = key ? createHmac('sha256', key.secret) : createHash('sha256')
  return hash.update(text).digest('base64url')
}

/** The certificate of an erasure. @param key - the newest of the store; null where it has none */
export function certify(
  erasure: Pick<ErasureCertificate, 'sessions' | 'complete'> & {
    readonly at: number
    readonly subject: string
    readonly tenant: string | null
  },
  key: AuditKey | null,
): ErasureCertificate {
  const { at, subject, tenant, sessions, complete } = erasure
  const body = {
    v: 1,
    kind: 'onejar-erasure',
    at: new Date(at).toISOString(),
    subject: keyed(key, JSON.stringify(['subject', subject])),
    tenant: tenant === null ? null : keyed(key, JSON.stringify(['tenant', tenant])),
    sessions,
    complete,
    key: key?.id ?? null,
  } as const
  return { ...body, hash: keyed(key, canonical(body)) }
}

/** What is wrong with a certificate. */
export type CertificateFault =
  | 'is no certificate of an erasure'
  | 'is sealed with a key that is not in the key ring'
  | 'was changed after it was made'
  | 'is about another subject'

/**
 * Looks whether a certificate is as it was made.
 *
 * @param subject - undefined to take it whomever it is about
 * @returns null when it is
 */
export function checkCertificate(
  value: unknown,
  keys: readonly AuditKey[],
  subject?: string,
): CertificateFault | null {
  if (typeof value !== 'object' || value === null || Object.keys(value).sort().join() !== NAMES)
    return 'is no certificate of an erasure'
  const { hash, ...body } = value as ErasureCertificate
  if (
    body.kind !== 'onejar-erasure' ||
    body.v !== 1 ||
    typeof hash !== 'string' ||
    !Array.isArray(body.sessions)
  )
    return 'is no certificate of an erasure'
  const key = body.key === null ? null : keys.find(({ id }) => id === body.key)
  if (key === undefined || (key === null && keys.length > 0))
    return 'is sealed with a key that is not in the key ring'
  if (!isSame(keyed(key, canonical(body)), hash)) return 'was changed after it was made'
  if (subject !== undefined && keyed(key, JSON.stringify(['subject', subject])) !== body.subject)
    return 'is about another subject'
  return null
}

function isSame(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b))
}
