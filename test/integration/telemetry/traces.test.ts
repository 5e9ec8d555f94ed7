import { context } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Spans, traceparent } from '../../../src/telemetry/index.ts'
import { memoryBroker } from '../../support/broker.ts'
import { startGate } from '../../support/gates.ts'

// Which span is the active one is known to the process as a whole: an SDK sets this up once.
beforeAll(() => void context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable()))
afterAll(() => context.disable())

it('a fetch is a span, and each of its steps is a child of it', async () => {
  const exporter = new InMemorySpanExporter()
  const tracerProvider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] })
  await using gate = await startGate('cookie')
  await using broker = await memoryBroker({ telemetry: { tracerProvider } })
  const session = await broker.session('canary-id')
  const response = await session.fetch(`${gate.origin}/?secret=canary-query`)
  expect(response.status).toBe(200)

  const spans = exporter.getFinishedSpans()
  const root = spans.find(({ name }) => name === 'onejar.fetch')
  expect(root?.attributes['http.response.status_code']).toBe(200)
  const children = spans.filter(
    ({ parentSpanContext }) => parentSpanContext?.spanId === root?.spanContext().spanId,
  )
  const names = children.map(({ name }) => name)
  expect(names.filter((name) => name === 'onejar.http')).toHaveLength(2)
  expect(names).toContain('onejar.visit')
  expect(names).toContain('onejar.launch')
  expect(names).toContain('onejar.sync')
  const text = JSON.stringify(spans.map(({ name, attributes }) => ({ name, attributes })))
  expect(text).not.toContain('canary')
})

it('a failed fetch has the code of its error, and not its message', async () => {
  const exporter = new InMemorySpanExporter()
  const tracerProvider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] })
  await using broker = await memoryBroker({ telemetry: { tracerProvider } })
  const session = await broker.session('a')
  await session.fetch('http://127.0.0.1:1/').catch(() => {})
  const [span] = exporter.getFinishedSpans()
  expect(span?.attributes['error.type']).toBe('ONEJAR_NETWORK')
  expect(span?.status.message).toBeUndefined()
  expect(span?.events).toEqual([])
})

it('a traceparent carries the trace into another process', async () => {
  const exporter = new InMemorySpanExporter()
  const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] })
  const spans = new Spans(provider.getTracer('test'))
  const text = await spans.run('caller', {}, async () => traceparent())
  await spans.run('worker', {}, async () => {}, text)
  await spans.run('alone', {}, async () => {}, 'no traceparent')
  const [caller, worker, alone] = exporter.getFinishedSpans()
  expect(worker?.spanContext().traceId).toBe(caller?.spanContext().traceId)
  expect(worker?.parentSpanContext?.spanId).toBe(caller?.spanContext().spanId)
  expect(alone?.spanContext().traceId).not.toBe(caller?.spanContext().traceId)
  expect(traceparent()).toBeUndefined()
})
