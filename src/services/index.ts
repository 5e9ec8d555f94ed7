export { type BrokerEvent, BrokerEvents } from './broker-events.ts'
export type { BrokerWarning } from './broker-warning.ts'
export { Compliance, type PreferenceBooks, type Redaction, trailPath } from './compliance.ts'
export { environmentCredentials, fileCredentials } from './credential-sources.ts'
export { httpTelemetry } from './http-telemetry.ts'
export { IdentityCache } from './identity-cache.ts'
export { originLimitsSchema } from './limits/limit-plan.ts'
export type { OriginLimits } from './limits/origin-limits.ts'
export { assertNetwork, browserRelay, networkArgs } from './network/browser-network.ts'
export { connectionsSchema } from './network/connection-plan.ts'
export { FailedProxies } from './network/failed-proxies.ts'
export { NetworkPath, type Way } from './network/network-path.ts'
export { NetworkPaths } from './network/network-paths.ts'
export { dropOldClearance } from './network/old-clearance.ts'
export { type ProxySetting, proxySchema } from './network/proxy-setting.ts'
export {
  failsOver,
  networkPathName,
  type ProxyRoute,
  type ProxyTable,
  proxyFor,
  proxyTableSchema,
} from './network/proxy-table.ts'
export { Transports, type TransportUse } from './network/transports.ts'
export { type BrokerDependencies, type OpenServices, openServices, sessionName } from './open-services.ts'
export { SessionPersistence } from './persistence/session-persistence.ts'
export { type HeldLock, holdLock } from './persistence/store-lock.ts'
export { TrackingFilter, withoutTracking } from './persistence/tracking-filter.ts'
export { UnfitEntries } from './persistence/unfit-entries.ts'
export { eraseSubject } from './retention/erase-subject.ts'
export type { PurgedFiles } from './retention/retention.ts'
export { retentionSchema } from './retention/retention-schedule.ts'
export type { CrawlPaces, RobotsBook } from './robots-book.ts'
export type { Services } from './services.ts'
export { SessionIsolation } from './session-isolation.ts'
export type { SiteFileRequester } from './site-file.ts'
export { UserCallbacks } from './user-callbacks.ts'
export type { WarningReceiver } from './warnings.ts'
