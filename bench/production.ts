import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics'
import { BatchSpanProcessor, InMemorySpanExporter, TracerProvider } from '@opentelemetry/sdk-trace'
import { pino } from 'pino'
import { Agent, request } from 'undici'
import { type BrokerOptions, openBroker } from '../src/index.ts'
import { generateKey } from '../src/store/index.ts'
import { RedisServer } from '../test/support/redis-server.ts'
import { median, type Peer, type PeerResult } from './measure.ts'
import { figure, textTable } from './report.ts'
import type { SeenRequest } from './server.ts'

/** What is switched on in a set-up, beside what every session has. */
interface SetUp {
  readonly name: string
  readonly options: BrokerOptions
  readonly hasPage?: boolean
}

export const BARE = 'a session, nothing switched on'
export const ALL = 'all of it together'
export const RAW = 'undici alone, the same headers'

/** A session with nothing that can be left out. */
const NOTHING: BrokerOptions = {
  store: 'memory',
  robots: false,
  retry: false,
  circuitBreaker: false,
  rateLimits: false,
  dataRoutes: false,
}
const COOKIES = Array.from({ length: 20 }, (_, i) => `cookie${i}=${'value'.repeat(4)}${i}; Path=/`)
const AT_ONCE = 32
const READ_EVERY_MS = 1_000

/**
 * Each part of a production set-up alone, all together, the bare session and undici alone. They ask for the same page with the same
 * headers; one response in ten sets a cookie, which goes to the store where there is one.
 */
export async function productionPeers(origin: string): Promise<{ peers: Peer[]; close(): Promise<void> }> {
  const stack = new AsyncDisposableStack()
  try {
    const folder = await mkdtemp(join(tmpdir(), 'onejar-bench-'))
    stack.defer(() => rm(folder, { recursive: true }))
    const redis = await RedisServer.start()
    stack.defer(() => redis.stop())
    const setUps = setUpsIn(folder, redis.url, stack)
    const peers: Peer[] = []
    for (const setUp of setUps) peers.push(await peerOf(setUp, origin, stack))
    peers.push(await rawPeer(origin, stack))
    return { peers, close: () => stack.disposeAsync() }
  } catch (error) {
    await stack.disposeAsync()
    throw error
  }
}

function setUpsIn(folder: string, redisUrl: string, stack: AsyncDisposableStack): SetUp[] {
  const keys = generateKey()
  const metrics = () => ({ meterProvider: readMetrics(stack) })
  const traces = () => ({ tracerProvider: exportedSpans(stack) })
  const log = () => ({ log: pino({ level: 'info' }, pino.destination({ dest: '/dev/null', sync: false })) })
  const alone: SetUp[] = [
    { name: 'robots.txt', options: { robots: {} } },
    { name: 'retries', options: { retry: { attempts: 3 } } },
    { name: 'circuit breaker', options: { circuitBreaker: {} } },
    { name: 'alarms about 429', options: { rateLimits: {} } },
    { name: 'metrics with a reader', options: { telemetry: metrics() } },
    { name: 'traces with an exporter', options: { telemetry: traces() } },
    { name: 'log, level info', options: { telemetry: log() } },
    { name: 'audit trail', options: { audit: { path: join(folder, 'audit.jsonl') } } },
    { name: 'SQLite behind', options: { store: { target: join(folder, 'one.db'), keys } } },
    { name: 'Redis behind', options: { store: { target: redisUrl, keys } } },
  ]
  const { store: _store, ...together } = Object.assign({}, ...alone.map(({ options }) => options))
  return [
    { name: BARE, options: {} },
    ...alone,
    { name: 'a page open, in sync', options: {}, hasPage: true },
    {
      name: ALL,
      hasPage: true,
      options: {
        ...together,
        telemetry: { ...metrics(), ...traces(), ...log() },
        audit: { path: join(folder, 'audit-of-all.jsonl') },
        store: { target: redisUrl, keys, keyPrefix: 'all' },
      },
    },
  ]
}

async function peerOf(setUp: SetUp, origin: string, stack: AsyncDisposableStack): Promise<Peer> {
  const broker = await openBroker({ ...NOTHING, ...setUp.options })
  stack.defer(() => broker.close())
  const session = await broker.session('bench')
  const url = `${origin}/`
  for (const line of COOKIES) session.cookies.set(line, url)
  if (setUp.hasPage) await (await session.page()).goto(`${origin}/quiet`)
  return {
    name: setUp.name,
    concurrency: AT_ONCE,
    requests: setUp.hasPage ? 2000 : 4000,
    fetch: async () => (await session.request(url)).body.text(),
  }
}

async function rawPeer(origin: string, stack: AsyncDisposableStack): Promise<Peer> {
  await using broker = await openBroker(NOTHING)
  const session = await broker.session('headers')
  const url = `${origin}/`
  for (const line of COOKIES) session.cookies.set(line, url)
  const seen = (await (await session.request(`${origin}/raw-headers`)).body.json()) as SeenRequest
  const headers: string[] = []
  for (let at = 0; at < seen.rawHeaders.length; at += 2) {
    const [name = '', value = ''] = seen.rawHeaders.slice(at, at + 2)
    if (!/^(?:host|connection)$/i.test(name)) headers.push(name, value)
  }
  const agent = new Agent()
  stack.defer(() => agent.close())
  const fetch = async () => (await request(url, { dispatcher: agent, headers })).body.text()
  return { name: RAW, concurrency: AT_ONCE, requests: 4000, fetch }
}

/** A reader that collects, as Prometheus does when it asks. */
class PulledReader extends MetricReader {
  protected override async onShutdown(): Promise<void> {}
  protected override async onForceFlush(): Promise<void> {}
}

function readMetrics(stack: AsyncDisposableStack): MeterProvider {
  const reader = new PulledReader()
  const provider = new MeterProvider({ readers: [reader] })
  const timer = setInterval(() => void reader.collect(), READ_EVERY_MS)
  stack.defer(async () => {
    clearInterval(timer)
    await provider.shutdown()
  })
  return provider
}

function exportedSpans(stack: AsyncDisposableStack): TracerProvider {
  const exporter = new InMemorySpanExporter()
  // As a collector would: what was sent is not kept.
  const timer = setInterval(() => exporter.reset(), READ_EVERY_MS)
  const provider = new TracerProvider({ spanProcessors: [new BatchSpanProcessor({ exporter })] })
  stack.defer(async () => {
    clearInterval(timer)
    await provider.shutdown()
  })
  return provider
}

/** What each part costs: microseconds for a request, and how much of the bare session's throughput is left. */
export function productionTable(results: readonly PeerResult[]): string {
  const bare = results.find(({ name }) => name === BARE)
  const rows = results.map(({ name, rounds }) => {
    const us = rounds.map((rate) => 1e6 / rate)
    const more = us.map((value, at) => value - 1e6 / (bare?.rounds[at] ?? Number.NaN))
    const left = rounds.map((rate, at) => rate / (bare?.rounds[at] ?? Number.NaN))
    return [
      name,
      figure(median(us)),
      `${median(more) < 0 ? '-' : '+'}${figure(Math.abs(median(more)))}`,
      median(left).toFixed(2),
      `${Math.min(...left).toFixed(2)} to ${Math.max(...left).toFixed(2)}`,
    ]
  })
  return textTable([
    ['switched on', 'µs/request', 'beside bare', 'of its throughput', 'in the rounds'],
    ...rows,
  ])
}
