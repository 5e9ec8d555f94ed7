export { type AnswerData, dataIn } from './data-documents.ts'
export { type DiscoverRules, discoverData, type RecordedPage } from './discover-data.ts'
export type { DiscoveredField, DiscoveredRequest, Discovery, RequestHeaderFrom } from './discovery.ts'
export { isSame } from './find-places.ts'
export { valueAt } from './json-path.ts'
export type { DeriveRules } from './learning/derive-request.ts'
export { explainedRoute } from './learning/explain-route.ts'
export { filledRequest } from './learning/fill-request.ts'
export { learnRoute, requestKey } from './learning/learn-route.ts'
export { heldMarks } from './learning/page-marks.ts'
export { isOfPattern, patternText } from './learning/page-pattern.ts'
export { correctedFields, type FieldAnswer, type ReadFields, readFields } from './learning/read-fields.ts'
export { type FieldValues, type PageView, pageView, type ViewedExchange } from './learning/view.ts'
export type { HeaderSources } from './needed-headers.ts'
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
export { shownFields, shownTexts, type Wanted } from './shown-texts.ts'
