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
  type AuditRecord,
  type BrokenLink,
  checkLine,
  MAX_LINE_BYTES,
  nextLine,
  parseRecord,
  sealEnd,
  TRAIL_START,
  type TrailEnd,
} from './audit/audit-record.ts'
export {
  type CertificateFault,
  certify,
  checkCertificate,
  type ErasedSession,
  type ErasureCertificate,
} from './audit/erasure-certificate.ts'
export {
  type Extraction,
  extractFields,
  extractionIssue,
  type FieldSelector,
  type FieldSelectors,
  isJsonSchema,
  type JsonSchema,
} from './extract-fields.ts'
export {
  BEHAVIOURS,
  type Behaviour,
  ISOLATION_EFFECTS,
  ISOLATION_PRESETS,
  type IsolationDecision,
  type IsolationMatrix,
  type Jurisdiction,
} from './isolation/isolation-matrix.ts'
export {
  type IsolationOptions,
  type IsolationPlan,
  isolationPlan,
  isolationSchema,
} from './isolation/isolation-options.ts'
export {
  MAX_PAYMENT_BYTES,
  NO_PRICE,
  type PaymentDemand,
  type PriceOffer,
  paymentOfBody,
  paymentOfHeaders,
} from './payment.ts'
export { isPhoneRegion } from './personal/find-phones.ts'
export { personalHeaders } from './personal/personal-headers.ts'
export { PersonalRedactor } from './personal/redactor.ts'
export type { PersonalKind } from './personal/span.ts'
export { isJson, textReading } from './personal/textual.ts'
export { POLICY, type PolicyRule } from './policy.ts'
export { headerPreferences, saysNothing, tdmStatement } from './preferences/header-preferences.ts'
export { type Metas, metaPreferences } from './preferences/meta-preferences.ts'
export {
  NO_PREFERENCES,
  type PreferenceStatement,
  PURPOSES,
  type Purpose,
  type SitePreferences,
  sitePreferences,
} from './preferences/purpose.ts'
export { MAX_TDM_BYTES, NO_TDM_FILE, TDM_PURPOSES, TdmFile } from './preferences/tdm-file.ts'
export { CrawlPace } from './robots/crawl-pace.ts'
export { type KnownRobots, learnRobots, type RobotsAnswer } from './robots/robots-answer.ts'
export { MAX_ROBOTS_BYTES, RobotsRules } from './robots/robots-rules.ts'
export { TRACKERS, trackerOf } from './tracking-cookies.ts'
