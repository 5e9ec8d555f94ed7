import { PrometheusExporter } from '@opentelemetry/exporter-prometheus'
import { MeterProvider } from '@opentelemetry/sdk-metrics'

/** The metrics that the dashboard shows. */
export const DASHBOARD = [
  'session_creation_total',
  'session_destruction_total',
  'connection_reuse_ratio',
  'cookie_jar_size_bytes',
  'cookie_jar_mutation_frequency',
  'headless_context_launch_latency',
  'state_sync_duration_ms',
  'retry_success_ratio',
  'backoff_duration_p99',
  'session_invalidation_triggers',
  'tls_version_distribution',
  'cipher_suite_usage',
  'fingerprint_consistency_score',
] as const

export interface Endpoint {
  readonly url: string
  readonly meterProvider: MeterProvider
  [Symbol.asyncDispose](): Promise<void>
}

/** A Prometheus endpoint for this process. */
export async function startEndpoint(): Promise<Endpoint> {
  const port = 20_000 + Math.floor(Math.random() * 20_000)
  const exporter = new PrometheusExporter({ host: '127.0.0.1', port, preventServerStart: true })
  await exporter.startServer()
  const meterProvider = new MeterProvider({ readers: [exporter] })
  return {
    url: `http://127.0.0.1:${port}`,
    meterProvider,
    [Symbol.asyncDispose]: () => meterProvider.shutdown(),
  }
}

/** Sums the counters and gauges of all endpoints by name, without their labels. */
export async function scrape(urls: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const sums = new Map<string, number>()
  for (const url of urls) {
    const text = await (await fetch(`${url}/metrics`)).text()
    for (const line of text.split('\n')) {
      const match = /^(\w+?)(?:_count)?(?:\{[^}]*\})? (\S+)/.exec(line)
      if (!match || /_(?:sum|bucket)(?:\{| )/.test(line)) continue
      const [, name = '', value = ''] = match
      sums.set(name, (sums.get(name) ?? 0) + Number(value))
    }
  }
  return sums
}
