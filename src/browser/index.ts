export type { Claim } from './barriers.ts'
export {
  type AttachOptions,
  BrowserHost,
  type BrowserHostParts,
} from './browser-host.ts'
export type { ContextBinding, HeadersAt } from './context-binding.ts'
export { ownContext } from './context-owners.ts'
export { type ContextSettings, contextSettings } from './context-settings.ts'
export { type CdpLink, NestedLink, SessionLink } from './devtools/cdp-link.ts'
export { browserIsHere, noBrowserHere } from './launch/browser-here.ts'
export { connectToContext } from './launch/connect-context.ts'
export {
  defaultBrowserArgs,
  type FoundBrowser,
  findBrowser,
  NO_DIRECT_UDP_ARGS,
} from './launch/find-browser.ts'
export type { LackingCommand } from './launch/needed-commands.ts'
export {
  type BrowserOptions,
  hasDisplay,
  type OpenBrowser,
  type OpenedBrowser,
  openBrowser,
} from './launch/open-browser.ts'
export { type FaultOf, faultOf } from './network-faults.ts'
export type { ContextOptions } from './new-context.ts'
export { closePage } from './pages/close-page.ts'
export { type PageFetchAnswer, PageFetcher, type PageFetchRequest } from './pages/page-fetch.ts'
export {
  type DocumentTokens,
  isOrdinaryHeader,
  type RequestWatcher,
  type SentHeader,
} from './pages/request-observer.ts'
export type { EndpointFunction, RentedEndpoint } from './rented/endpoint-answer.ts'
export { type LiveSnapshot, type SavedState, savedDatabases } from './state/context-snapshot.ts'
