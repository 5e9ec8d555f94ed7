export { readableHeaders, withHeaders } from './answer-headers.ts'
export { type AnswerData, dataIn } from './data-documents.ts'
export { type DiscoverRules, discoverData, type RecordedPage } from './discover-data.ts'
export type { DiscoveredField, DiscoveredRequest, Discovery, RequestHeaderFrom } from './discovery.ts'
export { digest } from './evidence/digest.ts'
export {
  evidenceOf,
  NO_EVIDENCE,
  type Unproven,
  unprovenIn,
  widened,
  withApart,
  withRepeated,
} from './evidence/evidence.ts'
export { factsOf, type PageAnswers } from './evidence/facts.ts'
export type { Facts } from './evidence/subject.ts'
export { isSame } from './find-places.ts'
export { valueAt } from './json-path.ts'
export type { DeriveRules } from './learning/derive-request.ts'
export { explainedRoute } from './learning/explain-route.ts'
export type { FieldAnswer } from './learning/field-answer.ts'
export { blankOf } from './learning/field-blanks.ts'
export { filledRequest } from './learning/fill-request.ts'
export { learnRoute, requestKey } from './learning/learn-route.ts'
export { isIdle, isSpare } from './learning/needed-requests.ts'
export { heldMarks } from './learning/page-marks.ts'
export { isOfPattern, patternText } from './learning/page-pattern.ts'
export { correctedFields, type ReadFields, readFields } from './learning/read-fields.ts'
export { type FieldValues, type PageView, pageView, type ViewedExchange } from './learning/view.ts'
export { type HeaderSources, isSecretHeader } from './needed-headers.ts'
export { partOfPage } from './page-parts.ts'
export { readEvidence } from './reads.ts'
export {
  type ExchangeKind,
  type ExchangeRequester,
  RECORDING_BOUNDS,
  type RecordedExchange,
  type Recording,
  type RecordingBounds,
} from './recorded-exchange.ts'
export type { RequestShape } from './request-parts.ts'
export { shownFields, shownTexts, type Wanted } from './shown-texts.ts'
