import { expect, it } from 'vitest'
import { METRICS } from '../../../src/telemetry/index.ts'
import { memoryBroker } from '../../support/broker.ts'
import { startGate } from '../../support/gates.ts'
import { startHttpServer } from '../../support/http-server.ts'
import { seriesValue, startMetrics } from '../../support/metrics.ts'

/** What has to be found under exactly these names. */
const NAMES = [
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
]

it('a Prometheus endpoint shows every instrument after a crawl', async () => {
  await using metrics = await startMetrics()
  await using gate = await startGate('cookie')
  await using captcha = await startGate('captcha')
  let refusals = 2
  await using flaky = await startHttpServer((request, response) => {
    if (request.url === '/robots.txt') response.writeHead(404).end()
    else if (refusals-- > 0) response.writeHead(503, { 'retry-after': '0' }).end()
    else response.end('ok')
  })
  await using broker = await memoryBroker({ telemetry: { meterProvider: metrics.meterProvider } })
  const session = await broker.session('canary-id')
  for (let i = 0; i < 5; i++) await (await session.fetch(`${gate.origin}/page/${i}`)).text()
  await session.fetch(captcha.origin).catch(() => {})
  await (await session.fetch(flaky.origin)).text()
  const page = await session.page()
  await page.goto(gate.origin)
  await session.cookies.set('basket=12345678; Path=/', gate.origin)
  const other = await broker.session('other')
  await other.release()

  const text = await metrics.scrape()
  for (const name of NAMES) {
    const type = METRICS[name as keyof typeof METRICS].kind
    const shown = type === 'histogram' ? `${name}_count` : name
    expect(seriesValue(text, shown), name).not.toBeUndefined()
  }
  expect(seriesValue(text, 'session_creation_total', 'origin="new"')).toBe(2)
  expect(seriesValue(text, 'session_destruction_total', 'reason="released"')).toBe(1)
  expect(seriesValue(text, 'headless_context_launch_latency_count')).toBeGreaterThanOrEqual(1)
  expect(seriesValue(text, 'state_sync_duration_ms_count', 'direction="pull"')).toBeGreaterThan(0)
  expect(seriesValue(text, 'session_invalidation_triggers', 'reason="captcha"')).toBe(1)
  expect(seriesValue(text, 'browser_visits_total', 'outcome="passed"')).toBe(1)
  expect(seriesValue(text, 'cookie_jar_size_bytes')).toBeGreaterThan('basket12345678'.length)
  expect(seriesValue(text, 'cookie_jar_mutation_frequency')).toBeGreaterThan(0)
  expect(seriesValue(text, 'request_duration_ms_count', 'outcome="2xx"')).toBe(6)
  expect(seriesValue(text, 'backoff_duration_ms_count')).toBe(2)
  expect(seriesValue(text, 'retry_success_ratio')).toBe(1)
  expect(text).not.toContain('canary-id')
})
