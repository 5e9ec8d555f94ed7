import { randomBytes } from 'node:crypto'
import { parseArgs } from 'node:util'
import { openBroker } from '../../src/index.ts'
import { progressBar } from '../demo/crawl/progress.ts'
import { itemTargets } from '../demo/crawl/targets.ts'
import { startDemoSiteThread } from '../demo/site/thread.ts'
import { startRedis, startWorker } from './processes.ts'
import { startProxy } from './proxy.ts'
import { DASHBOARD, scrape, startEndpoint } from './scrape.ts'
import { type Row, tableOf } from './table.ts'

// A crawl with the parts of a production set-up, on one machine: sessions from a pool, each behind its own proxy; their records
// in Redis; challenges solved by workers in other processes; metrics for Prometheus.
const { values } = parseArgs({
  options: {
    pages: { type: 'string', default: '300' },
    sessions: { type: 'string', default: '4' },
    workers: { type: 'string', default: '2' },
  },
})
const [pages, sessions, workerCount] = [count('pages'), count('sessions'), count('workers')]
const keys = randomBytes(32).toString('base64url')
const tenant = 'production'

await using site = await startDemoSiteThread({ pages })
await using redis = await startRedis()
await using stack = new AsyncDisposableStack()
const workers = await Promise.all(Array.from({ length: workerCount }, () => startWorker(redis.url, keys)))
for (const worker of workers) stack.use(worker)
await using proxyA = await startProxy(40)
await using proxyB = await startProxy(40)
const proxies = [proxyA, proxyB]
await using endpoint = await startEndpoint()
await using broker = await openBroker({
  store: redis.url,
  keys,
  queue: redis.url,
  // This process must not start a browser: the workers solve the challenges.
  browser: { executablePath: '/none' },
  proxyRoutes: [{ tenant, proxies: proxies.map(({ url }) => url) }],
  telemetry: { meterProvider: endpoint.meterProvider },
})
const pool = broker.pool({
  name: 'crawl',
  maxSessions: sessions,
  leasesPerSession: 4,
  session: { tenant },
})

const wrong: string[] = []
const leases = new Map<string, number>()
const targets = itemTargets(pages, pages)
const bar = progressBar(process.stderr)
const startedAt = performance.now()
let done = 0
const queue = targets.values()
const crawl = async () => {
  for (const { path, correct } of queue) {
    await pool.use(async (session) => {
      leases.set(session.id, (leases.get(session.id) ?? 0) + 1)
      const response = await session.fetch(site.origin + path)
      if (!correct(await response.text()) || response.via !== 'http') wrong.push(path)
    })
    bar(++done, targets.length)
  }
}
await Promise.all(Array.from({ length: sessions * 4 }, crawl))
const seconds = (performance.now() - startedAt) / 1_000

const stored: number[] = []
for await (const { sizeBytes } of broker.list({ tenant })) stored.push(sizeBytes)
const here = await scrape([endpoint.url])
const there = await scrape(workers.map(({ url }) => url))
const all = new Map([...there, ...here])
const { solves } = await site.stats()
const refused = proxies.reduce((sum, proxy) => sum + proxy.refused, 0)
const missing = DASHBOARD.filter((name) => !all.has(name))
const rows: Row[] = [
  [
    'site',
    'pages correct, all over HTTP',
    `${targets.length - wrong.length} of ${targets.length}`,
    wrong.length === 0,
  ],
  ['site', 'challenges solved (one for each session)', solves, solves === leases.size],
  ['pool', 'sessions opened', leases.size, leases.size <= sessions],
  ['pool', 'leases', [...leases.values()].reduce((sum, one) => sum + one, 0)],
  ...proxies.map((proxy, i): Row => ['proxy', `requests through proxy ${i + 1}`, proxy.passed]),
  ['retries', 'answers of 503 that were tried again', refused, refused === 0 || wrong.length === 0],
  ['retries', 'share that passed in the end', here.get('retry_success_ratio') ?? 0],
  [
    'queue',
    'visits made by workers',
    there.get('browser_visits_total') ?? 0,
    (there.get('browser_visits_total') ?? 0) === solves,
  ],
  ['workers', 'contexts opened', there.get('headless_context_launch_latency') ?? 0],
  [
    'store',
    'sessions in Redis, bytes, sealed',
    `${stored.length}, ${stored.reduce((sum, one) => sum + one, 0)}`,
  ],
  [
    'metrics',
    'instruments found by a scrape',
    `${DASHBOARD.length - missing.length} of ${DASHBOARD.length}`,
    missing.length === 0,
  ],
  ['metrics', 'connections reused', `${((here.get('connection_reuse_ratio') ?? 0) * 100).toFixed(1)} %`],
  ['crawl', 'pages per second, everything included', (targets.length / seconds).toFixed(1)],
]
process.stdout.write(`\n${tableOf(rows)}`)
if (rows.some(([, , , ok]) => ok === false)) process.exitCode = 1

function count(name: 'pages' | 'sessions' | 'workers'): number {
  const given = Number(values[name])
  if (Number.isInteger(given) && given > 0) return given
  throw new TypeError(`--${name} takes a whole number above zero`)
}
