export { AuditTrail, type AuditTrailOptions } from './audit-trail.ts'
export { type TrailBreak, type TrailReport, type VerifyOptions, verifyTrail } from './verify-trail.ts'
