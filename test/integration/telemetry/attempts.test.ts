import { request } from 'undici'
import { expect, it } from 'vitest'
import { memoryBroker } from '../../support/broker.ts'
import { startGate } from '../../support/gates.ts'
import { startHttpServer } from '../../support/http-server.ts'
import { seriesValue, startMetrics } from '../../support/metrics.ts'

it('every attempt is counted by its status and what it is, retried ones included', async () => {
  await using metrics = await startMetrics()
  let limits = 2
  await using server = await startHttpServer((asked, response) => {
    if (asked.url === '/limited' && limits-- > 0) response.writeHead(429).end('slow down')
    else if (asked.url === '/login') response.writeHead(401, { 'www-authenticate': 'Bearer' }).end()
    else if (asked.url === '/forbidden') response.writeHead(403).end('{"error":"not yours"}')
    else response.end('ok')
  })
  await using broker = await memoryBroker({
    retry: { firstDelayMs: 1 },
    telemetry: { meterProvider: metrics.meterProvider },
  })
  const session = await broker.session('a')
  for (const path of ['/limited', '/login', '/forbidden']) {
    await (await session.fetch(`${server.origin}${path}`)).text()
  }
  await (await request(`${server.origin}/forbidden`, { dispatcher: session.dispatcher })).body.dump()
  await session.fetch('http://127.0.0.1:1/', { retry: { attempts: 2, firstDelayMs: 1 } }).catch(() => {})

  const text = await metrics.scrape()
  const count = (labels: string) => seriesValue(text, 'request_attempts_total', labels)
  expect(count('status="429",kind="rate-limited",via="http",attempt="1"')).toBe(1)
  expect(count('status="429",kind="rate-limited",via="http",attempt="2"')).toBe(1)
  expect(count('status="200",kind="ok",via="http",attempt="3"')).toBe(1)
  expect(count('status="401",kind="unauthorised"')).toBe(1)
  expect(count('status="403",kind="error"')).toBe(1)
  expect(count('status="403",kind="unknown"')).toBe(1)
  expect(count('status="none",kind="ONEJAR_NETWORK",via="http",attempt="1"')).toBe(1)
  expect(count('status="none",kind="ONEJAR_NETWORK",via="http",attempt="2"')).toBe(1)
  expect(text).not.toContain(server.origin)
  const { port } = new URL(server.origin)
  const seconds = text
    .split('\n')
    .filter((line) => line.startsWith('http_client_request_duration_count{'))
    .filter(
      (line) => line.includes(`server_port="${port}"`) && line.includes('http_response_status_code="429"'),
    )
  expect(seconds).toHaveLength(1)
  expect(seconds[0]).toMatch(/server_address="127\.0\.0\.1".* 2$/)
})

it('a challenge counts beside the request that is sent again after it', async () => {
  await using metrics = await startMetrics()
  await using gate = await startGate('cookie')
  await using broker = await memoryBroker({ telemetry: { meterProvider: metrics.meterProvider } })
  const session = await broker.session('a')
  await (await session.fetch(gate.origin)).text()
  const text = await metrics.scrape()
  expect(seriesValue(text, 'request_attempts_total', 'kind="js-challenge"')).toBe(1)
  expect(seriesValue(text, 'request_attempts_total', 'kind="ok"')).toBe(1)
})
