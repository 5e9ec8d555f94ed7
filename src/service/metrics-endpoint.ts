import type { IncomingMessage, ServerResponse } from 'node:http'
import type { MeterProvider } from '@opentelemetry/api'

/** What is measured in this process, for Prometheus to fetch. */
export interface MetricsEndpoint {
  readonly meterProvider: MeterProvider
  handle(request: IncomingMessage, response: ServerResponse): void
  close(): Promise<void>
}

/** Collects on demand, without a server of its own. */
export async function openMetrics(): Promise<MetricsEndpoint> {
  const [{ PrometheusExporter }, { MeterProvider: Provider }] = await Promise.all([
    import('@opentelemetry/exporter-prometheus'),
    import('@opentelemetry/sdk-metrics'),
  ])
  const exporter = new PrometheusExporter({ preventServerStart: true })
  const meterProvider = new Provider({ readers: [exporter] })
  return {
    meterProvider,
    handle: (request, response) => exporter.getMetricsRequestHandler(request, response),
    close: () => meterProvider.shutdown(),
  }
}
