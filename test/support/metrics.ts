import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus'
import { MeterProvider } from '@opentelemetry/sdk-metrics'

/** A Prometheus endpoint on a free port, and the provider whose metrics it shows. */
export interface MetricsEndpoint {
  readonly meterProvider: MeterProvider
  /** The endpoint's text, as Prometheus would get it. */
  scrape(): Promise<string>
  [Symbol.asyncDispose](): Promise<void>
}

export async function startMetrics(): Promise<MetricsEndpoint> {
  // The exporter's own server takes port 0 for its usual one, which two test files would share.
  const exporter = new PrometheusExporter({ preventServerStart: true })
  const server = createServer((request, response) => exporter.getMetricsRequestHandler(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const meterProvider = new MeterProvider({ readers: [exporter] })
  return {
    meterProvider,
    scrape: async () =>
      (await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`)).text(),
    async [Symbol.asyncDispose]() {
      await meterProvider.shutdown()
      server.closeAllConnections()
      server.close()
    },
  }
}

/** The value of one series; undefined when it is not there. */
export function seriesValue(text: string, name: string, labels = ''): number | undefined {
  const line = text
    .split('\n')
    .find(
      (one) =>
        !one.startsWith('#') &&
        (one.startsWith(`${name} `) || one.startsWith(`${name}{`)) &&
        one.includes(labels),
    )
  return line === undefined ? undefined : Number(line.split(' ')[1])
}
