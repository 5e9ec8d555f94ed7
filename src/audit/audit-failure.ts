import { OnejarError } from '../core/index.ts'

/** The error for a trail that cannot be written, or is not as it was left. */
export function auditFailure(path: string, what: string, cause?: unknown): OnejarError {
  return new OnejarError('ONEJAR_AUDIT_FAILED', `The audit trail ${path} ${what}`, {
    details: { path },
    ...(cause === undefined ? {} : { cause }),
  })
}
