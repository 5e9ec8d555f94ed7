export {
  type AddressPolicy,
  type AddressSetting,
  ANY_ADDRESS,
  addressesSchema,
  addressPolicy,
  narrowestAddresses,
} from './addresses/address-policy.ts'
export {
  type AuditFacts,
  type AuditKey,
  type BrokenLink,
  checkLine,
  MAX_LINE_BYTES,
  nextLine,
  sealEnd,
  TRAIL_START,
  type TrailEnd,
} from './audit/audit-record.ts'
export {
  type Extraction,
  extractFields,
  extractionIssue,
  type FieldSelector,
  isJsonSchema,
  type JsonSchema,
} from './extract-fields.ts'
export { isPhoneRegion } from './personal/find-phones.ts'
export { PersonalRedactor } from './personal/redactor.ts'
export type { PersonalKind } from './personal/span.ts'
export { isJson, textReading } from './personal/textual.ts'
export { POLICY, type PolicyRule } from './policy.ts'
export { CrawlPace } from './robots/crawl-pace.ts'
export { type KnownRobots, learnRobots, type RobotsAnswer } from './robots/robots-answer.ts'
export { MAX_ROBOTS_BYTES, RobotsRules } from './robots/robots-rules.ts'
export { TRACKERS, trackerOf } from './tracking-cookies.ts'
