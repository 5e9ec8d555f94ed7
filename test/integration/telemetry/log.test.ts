import { Writable } from 'node:stream'
import { context, SpanKind } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import pino from 'pino'
import { expect, it } from 'vitest'
import { memoryBroker } from '../../support/broker.ts'
import { startGate } from '../../support/gates.ts'
import { startHttpServer } from '../../support/http-server.ts'
import { startProxy } from '../../support/proxy-server.ts'

function logInto(lines: Record<string, unknown>[]) {
  const stream = new Writable({
    write(chunk, _encoding, done) {
      lines.push(JSON.parse(String(chunk)))
      done()
    },
  })
  return pino({ level: 'debug' }, stream)
}

it('log lines name the session by a keyed hash, and hold no secret', async () => {
  const lines: Record<string, unknown>[] = []
  await using gate = await startGate('captcha')
  await using broker = await memoryBroker({ telemetry: { log: logInto(lines) } })
  const session = await broker.session('id-canary', { tenant: 'tenant-canary' })
  await session.cookies.set('canary=canary; Path=/', gate.origin)
  const error = await session
    .fetch(`${gate.origin}/path?canary=1`, { headers: { authorization: 'Bearer canary' } })
    .catch((cause) => cause)
  expect(error.code).toBe('ONEJAR_CAPTCHA')
  expect(JSON.stringify(lines)).not.toContain('canary')
  const failed = lines.find(({ msg }) => msg === 'request failed')
  expect(failed).toMatchObject({ error_class: 'ONEJAR_CAPTCHA', method: 'GET', url: `${gate.origin}/path` })
  expect(failed?.['session']).toMatch(/^[\w-]{22}$/)
  expect(lines.map(({ msg }) => msg)).toContain('the session is blocked for an origin')
})

it('cookie diagnostics hold the server’s line against the record, values masked', async () => {
  const lines: Record<string, unknown>[] = []
  await using server = await startHttpServer((_request, response) => {
    response.setHeader('set-cookie', [
      'sid=canary-value; Path=/; HttpOnly; SameSite=Lax',
      'far=canary-value; Max-Age=99999999999',
      'bad=canary-value; Domain=other.example',
      'sid=canary-value; Path=/; HttpOnly; SameSite=Lax',
      'sid=; Path=/; Max-Age=0',
    ])
    response.end('ok')
  })
  await using broker = await memoryBroker({ telemetry: { log: logInto(lines), cookieDiagnostics: true } })
  const session = await broker.session('a')
  const events = session.events()
  await (await session.fetch(server.origin)).text()
  await session.release()
  let told: unknown
  for await (const event of events) if (event.type === 'set-cookie') told = event.cookies
  expect(told).toMatchObject([
    { outcome: 'kept', line: 'sid=[12 bytes]; Path=/; HttpOnly; SameSite=Lax' },
    {
      outcome: 'kept',
      line: 'far=[12 bytes]; Max-Age=99999999999',
      kept: expect.stringContaining('Expires='),
    },
    { outcome: 'refused', reason: 'domain', line: 'bad=[12 bytes]; Domain=other.example' },
    { outcome: 'unchanged' },
    { outcome: 'deleted' },
  ])
  const line = lines.find(({ msg }) => msg === 'set-cookie')
  expect(line?.['cookies']).toEqual(told)
  expect(JSON.stringify(lines)).not.toContain('canary-value')
})

it('each line within a span names it, and each line of a session its proxy', async () => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  try {
    const lines: Record<string, unknown>[] = []
    const exporter = new InMemorySpanExporter()
    const tracerProvider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] })
    await using proxy = await startProxy({ auth: { username: 'user', password: 'canary' } })
    let refusals = 1
    await using server = await startHttpServer((_request, response) => {
      if (refusals-- > 0) response.writeHead(503).end()
      else response.end('ok')
    })
    const { host } = new URL(proxy.url)
    await using broker = await memoryBroker({
      proxy: `http://user:canary@${host}`,
      retry: { firstDelayMs: 1 },
      telemetry: { log: logInto(lines), tracerProvider },
    })
    const session = await broker.session('id-canary')
    await (await session.fetch(server.origin)).text()
    await session.release()

    const retry = lines.find(({ msg }) => msg === 'a request is tried again')
    expect(retry).toMatchObject({
      session: session.pseudonym,
      proxy: `http://${host}`,
      retry_attempt: 2,
      backoff_duration: expect.any(Number),
      error_class: '503',
    })
    const spans = exporter.getFinishedSpans()
    const root = spans.find(({ name }) => name === 'onejar.fetch')
    for (const line of [retry, lines.find(({ msg }) => msg === 'request answered')]) {
      expect(line).toMatchObject({
        trace_id: root?.spanContext().traceId,
        span_id: root?.spanContext().spanId,
      })
    }
    expect(lines.find(({ msg }) => msg === 'session created')).not.toHaveProperty('trace_id')
    const hops = spans.filter(({ name }) => name === 'onejar.http')
    expect(hops.map(({ kind }) => kind)).toEqual([SpanKind.CLIENT, SpanKind.CLIENT])
    const { hostname, port } = new URL(server.origin)
    expect(hops.map(({ attributes }) => attributes)).toMatchObject([
      { 'server.address': hostname, 'server.port': Number(port), 'error.type': '503' },
      { 'http.response.status_code': 200, 'http.request.resend_count': 1 },
    ])
    expect(JSON.stringify(lines)).not.toContain('canary')
  } finally {
    context.disable()
  }
})

it('a session’s life is in the log: creation, parking, rotation, destruction', async () => {
  const lines: Record<string, unknown>[] = []
  await using first = await startProxy()
  await using second = await startProxy()
  const routes = (url: string) => [{ proxies: [url] }]
  await using broker = await memoryBroker({
    telemetry: { log: logInto(lines) },
    proxyRoutes: routes(first.url),
  })
  const session = await broker.session('a')
  await session.cookies.set('a=1; Max-Age=1000', 'https://shop.example/')
  await session.release()
  const again = await broker.session('a')
  await broker.rotateProxies(routes(second.url))
  expect(again.closed).toBe(true)
  await broker.remove('a')
  const life = lines.filter(({ msg }) => String(msg).startsWith('session '))
  expect(life.map(({ msg, reason }) => [msg, reason])).toEqual([
    ['session created', 'it is new'],
    ['session parked', 'released'],
    ['session opened', 'the store had it'],
    ['session rotated', 'the table of proxies gives it another one'],
    ['session parked', 'rotated'],
    ['session removed', 'it was deleted from the store'],
  ])
  expect(new Set(life.map((line) => line['session']))).toEqual(new Set([session.pseudonym]))
})
