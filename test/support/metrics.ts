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
  const exporter = new PrometheusExporter({ host: '127.0.0.1', port: 0, preventServerStart: true })
  await exporter.startServer()
  const server = (exporter as unknown as { _server: { address(): { port: number } } })._server
  const meterProvider = new MeterProvider({ readers: [exporter] })
  return {
    meterProvider,
    scrape: async () => (await fetch(`http://127.0.0.1:${server.address().port}/metrics`)).text(),
    [Symbol.asyncDispose]: () => meterProvider.shutdown(),
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
