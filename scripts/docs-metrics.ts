/** Makes `docs/metrics.md` from the table of instruments; with `--check` it only says whether the page is current. */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { METRICS, type MetricSpec } from '../src/telemetry/index.ts'

const page = fileURLToPath(new URL('../docs/metrics.md', import.meta.url))
const KINDS: Readonly<Record<MetricSpec['kind'], string>> = {
  counter: 'counter',
  total: 'counter',
  tally: 'up-down counter, which only goes up',
  gauge: 'gauge',
  ratio: 'gauge',
  rate: 'gauge',
  p99: 'gauge',
  histogram: 'histogram',
}

const sections = Object.entries<MetricSpec>(METRICS).map(
  ([name, { kind, unit, description, attributes }]) => {
    const series = Object.entries(attributes ?? {}).map(([key, means]) => `- \`${key}\`: ${means}\n`)
    return `## ${name}\n\n${description}\n\n- ${KINDS[kind]}, unit \`${unit}\`\n${series.join('')}`
  },
)
const text = `# Metrics

Instruments of OpenTelemetry, on a meter called \`onejar\`. They go to the global MeterProvider where an SDK has set one,
or to \`telemetry.meterProvider\` of \`openBroker()\`; without either nothing is measured. A Prometheus exporter shows them
under these names. Counts whose name does not end in \`_total\` are up-down counters, so that no exporter renames them. No
attribute holds an id, a URL or anything that a site sent; one, which OpenTelemetry asks for, holds the host. This page is made from the table in
\`src/telemetry/metrics.ts\` by \`node scripts/docs-metrics.ts\`.

${sections.join('\n')}`

if (process.argv.includes('--check')) {
  let current = ''
  try {
    current = readFileSync(page, 'utf8')
  } catch {}
  if (current !== text) {
    process.stderr.write('docs/metrics.md is not current. Run: node scripts/docs-metrics.ts\n')
    process.exitCode = 1
  }
} else writeFileSync(page, text)
