import type { HttpObserver } from '../http/index.ts'
import type { Instruments } from '../telemetry/index.ts'

/** Turns what a transport does on the wire into measurements. One for each transport. */
export function httpTelemetry(instruments: Instruments): HttpObserver {
  /** Connections that no request has used yet. */
  let fresh = 0
  return {
    onConnection({ tlsVersion, cipher, consistent }) {
      fresh++
      if (tlsVersion === null) return
      instruments.tally('tls_version_distribution', 'version', tlsVersion)
      if (cipher !== null) instruments.tally('cipher_suite_usage', 'cipher', cipher)
      instruments.ratio('fingerprint_consistency_score', consistent)
    },
    onRequest(consistent) {
      instruments.ratio('connection_reuse_ratio', fresh === 0)
      if (fresh > 0) fresh--
      instruments.ratio('fingerprint_consistency_score', consistent)
    },
  }
}
