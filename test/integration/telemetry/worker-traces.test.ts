import { context } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openBroker, type Session } from '../../../src/index.ts'
import { startWorker } from '../../../src/service/index.ts'
import { generateKey } from '../../../src/store/index.ts'
import { IDENTITY } from '../../support/broker.ts'
import { eventually } from '../../support/eventually.ts'
import { type Gate, startGate } from '../../support/gates.ts'
import { seriesValue } from '../../support/metrics.ts'
import { RedisServer } from '../../support/redis-server.ts'

const quiet = { debug() {}, info() {}, warn() {}, error() {} }

function exported() {
  const exporter = new InMemorySpanExporter()
  const tracerProvider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] })
  return { exporter, tracerProvider }
}

// Caller and worker are brokers of their own here, and know of each other what is in Redis.
describe('the trace of a caller', () => {
  const caller = exported()
  const worker = exported()
  const stack = new AsyncDisposableStack()
  let session: Session
  let healthUrl = ''
  let gate: Gate
  let bound: Gate

  beforeAll(async () => {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
    stack.defer(() => context.disable())
    const redis = await RedisServer.start()
    stack.defer(() => redis.stop())
    const options = { store: redis.url, keys: generateKey(), robots: false as const }
    const { tracerProvider } = worker
    const running = await startWorker({
      broker: { ...options, telemetry: { tracerProvider } },
      queue: { url: redis.url },
      concurrency: 2,
      lockMs: 30_000,
      health: { host: '127.0.0.1', port: 0, token: undefined },
      log: quiet,
    })
    stack.defer(() => running.close())
    healthUrl = running.healthUrl as string
    gate = await startGate('cookie')
    stack.defer(() => gate.close())
    bound = await startGate('connection')
    stack.defer(() => bound.close())
    const broker = await openBroker({
      ...options,
      queue: redis.url,
      browser: false,
      identity: IDENTITY,
      telemetry: { tracerProvider: caller.tracerProvider },
    })
    stack.defer(() => broker.close())
    session = await broker.session('canary-session')
  })
  afterAll(() => stack.disposeAsync())

  /** Fetches, and gives what a worker has in this trace, once it has ended a task of this kind there. */
  const traced = async (url: string, kind: string, init: { render?: boolean } = {}) => {
    caller.exporter.reset()
    const response = await session.fetch(url, init)
    await response.text()
    const roots = caller.exporter.getFinishedSpans().filter(({ name }) => name === 'onejar.fetch')
    expect(roots).toHaveLength(1)
    const traceId = roots[0]?.spanContext().traceId
    const spans = await eventually(() => {
      const there = worker.exporter.getFinishedSpans()
      const found = there.filter((span) => span.spanContext().traceId === traceId)
      expect(found.map(({ attributes }) => attributes['onejar.task'])).toContain(kind)
      return found
    })
    const here = new Set(caller.exporter.getFinishedSpans().map((span) => span.spanContext().spanId))
    for (const { name, parentSpanContext } of spans) {
      // What a worker does begins beneath a span of the caller's.
      expect([name, parentSpanContext?.isRemote === true]).toEqual([name, name === 'onejar.worker'])
      if (name === 'onejar.worker') expect(here).toContain(parentSpanContext?.spanId)
    }
    const text = JSON.stringify(spans.map(({ name, attributes }) => ({ name, attributes })))
    expect(text).not.toContain('canary')
    return { via: response.via, names: spans.map(({ name }) => name) }
  }
  const tasks = async (kind: string) => {
    const text = await (await fetch(`${healthUrl}/metrics`)).text()
    return seriesValue(text, 'worker_tasks_total', `kind="${kind}",outcome="done"`) ?? 0
  }

  it('reaches the worker that passes its challenge', async () => {
    const { via, names } = await traced(`${gate.origin}/solved?canary`, 'solve')
    expect(via).toBe('http')
    // What the worker did for it is beneath.
    expect(names).toEqual(expect.arrayContaining(['onejar.launch', 'onejar.visit']))
    expect(await tasks('solve')).toBe(1)
    const text = await (await fetch(`${healthUrl}/metrics`)).text()
    expect(seriesValue(text, 'browser_visits_total', 'outcome="passed"')).toBe(1)
  })

  it('reaches the worker that renders for it', async () => {
    const { via } = await traced(`${gate.origin}/rendered?canary`, 'load', { render: true })
    expect(via).toBe('page')
    expect(await tasks('load')).toBe(1)
  })

  it('reaches the worker whose page fetches for it', async () => {
    const { via } = await traced(`${bound.origin}/fetched?canary`, 'fetch')
    expect(via).toBe('page-fetch')
    expect(await tasks('fetch')).toBeGreaterThan(0)
  })
})
