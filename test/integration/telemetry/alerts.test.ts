import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { metrics } from '@opentelemetry/api'
import { expect, it, onTestFinished } from 'vitest'
import { startHealthEndpoint } from '../../../src/service/health-endpoint.ts'
import { openMetrics } from '../../../src/service/metrics-endpoint.ts'
import { Instruments } from '../../../src/telemetry/instruments.ts'
import { METRICS, type MetricName, type NameOf } from '../../../src/telemetry/metrics.ts'
import { PrometheusServer } from '../../support/prometheus-server.ts'

const read = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8')
const RULES = new URL('../../../docker/prometheus/', import.meta.url).pathname
const PROMTOOL = (args: readonly string[]) => execFileSync('promtool', args, { encoding: 'utf8' })

interface Rule {
  readonly name: string
  readonly query: string
}

/** The rules as Prometheus itself reads them. */
function rules(): Rule[] {
  const text = read('docker/prometheus/alerts.yml')
  const blocks = text.split(/^ {6}- alert: /m).slice(1)
  return blocks.map((block) => {
    const [name = ''] = block.split('\n', 1)
    const [, folded, plain = ''] = /^ {8}expr: (?:>-\n((?: {10}.*\n)+)|(.*)\n)/m.exec(block) ?? []
    return { name, query: (folded ?? plain).trim().replace(/\s+/g, ' ') }
  })
}

function panels(): { readonly title: string; readonly queries: readonly string[] }[] {
  const { panels: all } = JSON.parse(read('docker/grafana/onejar.json')) as {
    panels: { title: string; targets: { expr: string }[] }[]
  }
  return all.map(({ title, targets }) => ({
    title,
    queries: targets.map(({ expr }) =>
      expr.replaceAll('$__rate_interval', '5m').replaceAll('$instance', '.*'),
    ),
  }))
}

/** Something of each instrument, so that a scrape has every series that there is. */
function recordAll(instruments: Instruments): void {
  for (const [name, { kind }] of Object.entries(METRICS) as [MetricName, (typeof METRICS)[MetricName]][]) {
    if (kind === 'counter')
      instruments.count(name as NameOf<'counter'>, { state: 'raised', outcome: 'failed' })
    else if (kind === 'histogram') {
      instruments.record(name as NameOf<'histogram'>, 3, { 'server.address': 'shop.example', via: 'http' })
    } else if (kind === 'tally') instruments.tally(name as NameOf<'tally'>, 'reason', 'captcha')
    else if (kind === 'total') instruments.total(name as NameOf<'total'>, '429', () => ({ status: '429' }))
    else if (kind === 'gauge') instruments.gauge(name as NameOf<'gauge'>, () => 1)
  }
}

/** The names of series in a query: words that are neither a function nor within braces. */
function seriesOf(query: string): string[] {
  const bare = query.replace(/\{[^}]*\}|\[[^\]]*\]|"[^"]*"|\b(?:by|on) \([^)]*\)/g, ' ')
  return [...bare.matchAll(/\b([a-z][a-z\d_]*_[a-z\d_]+|up)\b(?!\s*\()/g)].map(([name]) => name)
}

it('rules and configuration are what promtool takes, and fire when they should', () => {
  expect(PROMTOOL(['check', 'rules', `${RULES}alerts.yml`])).toContain('SUCCESS')
  expect(PROMTOOL(['check', 'config', '--syntax-only', `${RULES}prometheus.yml`])).toContain('SUCCESS')
  expect(PROMTOOL(['test', 'rules', `${RULES}alerts.test.yml`])).toContain('SUCCESS')
})

it('every query of the rules and the dashboard finds series in a real scrape of a worker’s endpoint', async () => {
  const endpoint = await openMetrics()
  recordAll(new Instruments(endpoint.meterProvider.getMeter('onejar')))
  const token = 'a-token-of-a-worker'
  const where = { host: '127.0.0.1', port: 0, token }
  const health = await startHealthEndpoint(where, () => ({ status: 'ok' }), endpoint)
  onTestFinished(async () => {
    await Promise.all([health.close(), endpoint.close()])
    metrics.disable()
  })
  expect((await fetch(`${health.url}/metrics`)).status).toBe(401)
  await using prometheus = await PrometheusServer.start(new URL(health.url).host, token)

  const all = [
    ...rules(),
    ...panels().flatMap(({ title, queries }) => queries.map((query) => ({ name: title, query }))),
  ]
  expect(all.length).toBeGreaterThan(40)
  const missing: string[] = []
  for (const { name, query } of all) {
    await prometheus.query(query)
    for (const series of new Set(seriesOf(query))) {
      if ((await prometheus.query(`count(${series})`)).length === 0) missing.push(`${name}: ${series}`)
    }
  }
  expect(missing).toEqual([])
  const [now] = await prometheus.query('max by (instance) (store_away) == 1')
  expect(now?.value[1]).toBe('1')
})

it('each metric is on the dashboard, and has an alert unless the page says why not', () => {
  expect(panels().map(({ title }) => title)).toEqual(Object.keys(METRICS))
  const watched = rules()
    .map(({ query }) => query)
    .join(' ')
  const without = Object.keys(METRICS).filter((name) => {
    const series = name.replaceAll('.', '_')
    // The histogram of waits has its 99th percentile as a metric of its own.
    return !watched.includes(series) && name !== 'backoff_duration_ms'
  })
  const page = read('docs/alerts.md')
  for (const name of without) expect(page).toContain(`\`${name}\` is on the dashboard alone`)
  expect(without).toEqual(['cipher_suite_usage', 'worker_memory_available_bytes'])
})

it('each alert has a section that says what it means and what to do', () => {
  const sections = read('docs/alerts.md').split(/^## /m)
  for (const { name } of rules()) {
    const section = sections.find((one) => one.startsWith(`${name}\n`))
    expect([name, section?.includes('**Do**: ')]).toEqual([name, true])
  }
})
