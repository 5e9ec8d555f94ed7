export { type DiscoverRules, discoverData, type RecordedPage } from './discover-data.ts'
export type { DiscoveredField, DiscoveredRequest, Discovery, RequestHeaderFrom } from './discovery.ts'
export type { HeaderSources } from './needed-headers.ts'
export {
  type ExchangeKind,
  RECORDING_BOUNDS,
  type RecordedExchange,
  type Recording,
  type RecordingBounds,
} from './recorded-exchange.ts'
export { shownFields, shownTexts, type Wanted } from './shown-texts.ts'
