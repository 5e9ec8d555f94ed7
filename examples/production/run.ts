import { randomBytes } from 'node:crypto'
import { parseArgs } from 'node:util'
import { openBroker, type Session, type Via } from '../../src/index.ts'
import { progressBar } from '../demo/crawl/progress.ts'
import { startDemoSiteThread } from '../demo/site/thread.ts'
import { type Job, jobsOf, type Kind } from './jobs.ts'
import { startRedis, startWorker } from './processes.ts'
import { startProxy } from './proxy.ts'
import { startRenderedSite } from './rendered-site.ts'
import { DASHBOARD, scrape, startEndpoint } from './scrape.ts'
import { type Row, tableOf } from './table.ts'

// A crawl with the parts of a production set-up, on one machine: sessions from a pool, each behind its own proxy; their records
// in Redis; everything that takes a browser done by workers in other processes; metrics for Prometheus. Of its three sites one has a
// challenge, one has pages that are empty until their script has run, and one refuses its clearance to all but the browser that earned it.
const { values } = parseArgs({
  options: {
    pages: { type: 'string', default: '300' },
    rendered: { type: 'string', default: '24' },
    'browser-only': { type: 'string', default: '40' },
    sessions: { type: 'string', default: '4' },
    workers: { type: 'string', default: '2' },
  },
})
const [pages, sessions, workerCount] = [count('pages'), count('sessions'), count('workers')]
const keys = randomBytes(32).toString('base64url')
const tenant = 'production'

await using gated = await startDemoSiteThread({ pages })
await using rendered = await startRenderedSite(count('rendered'))
await using browserOnly = await startDemoSiteThread({ pages: count('browser-only'), bindsClearance: true })
await using redis = await startRedis()
await using stack = new AsyncDisposableStack()
const workers = await Promise.all(Array.from({ length: workerCount }, () => startWorker(redis.url, keys)))
for (const worker of workers) stack.use(worker)
await using proxyA = await startProxy(25, gated.origin)
await using proxyB = await startProxy(25, gated.origin)
const proxies = [proxyA, proxyB]
await using endpoint = await startEndpoint()
await using broker = await openBroker({
  store: redis.url,
  keys,
  queue: redis.url,
  // This process has no browser: workers pass challenges, render pages and fetch in them.
  browser: false,
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
const ways = new Map<Kind, Map<Via, number>>()
const leases = new Map<string, number>()
const jobs = jobsOf({
  gated,
  rendered: { origin: rendered.origin, pages: count('rendered') },
  // Cookies know no ports: on another host it has clearances of its own.
  'browser-only': { origin: browserOnly.origin.replace('127.0.0.1', 'localhost'), pages: browserOnly.pages },
})
const bar = progressBar(process.stderr)
const startedAt = performance.now()
let done = 0
const queue = jobs.values()
const crawl = async () => {
  for (const job of queue) {
    await pool.use(async (session) => {
      leases.set(session.id, (leases.get(session.id) ?? 0) + 1)
      const trouble = await fetched(session, job).catch(String)
      if (trouble !== null) wrong.push(`${job.kind} ${new URL(job.url).pathname}: ${trouble}`)
    })
    bar(++done, jobs.length)
  }
}
await Promise.all(Array.from({ length: sessions * 4 }, crawl))
const seconds = (performance.now() - startedAt) / 1_000

const stored: number[] = []
for await (const { sizeBytes } of broker.list({ tenant })) stored.push(sizeBytes)
const here = await scrape([endpoint.url])
const there = await scrape(workers.map(({ url }) => url))
const all = new Map([...there, ...here])
const [{ solves }, guarded] = [await gated.stats(), await browserOnly.stats()]
const visits = there.get('browser_visits_total') ?? 0
const refused = proxies.reduce((sum, proxy) => sum + proxy.refused, 0)
const missing = DASHBOARD.filter((name) => !all.has(name))
const rows: Row[] = [
  [
    'sites',
    'pages correct, and as they had to come',
    `${jobs.length - wrong.length} of ${jobs.length}`,
    wrong.length === 0,
  ],
  ['sites', 'with a challenge', waysOf('gated')],
  ['sites', 'with pages that have to be rendered', waysOf('rendered')],
  ['sites', 'whose clearance is for browsers only', waysOf('browser-only')],
  ['sites', 'challenges solved (one for each session)', solves, solves === leases.size],
  ['sites', 'where the clearance is for browsers only', guarded.solves, guarded.solves > 0],
  ['pool', 'sessions opened', leases.size, leases.size <= sessions],
  ['pool', 'leases', [...leases.values()].reduce((sum, one) => sum + one, 0)],
  ...proxies.map((proxy, i): Row => ['proxy', `requests through proxy ${i + 1}`, proxy.passed]),
  ['retries', 'answers of 503 that were tried again', refused, refused === 0 || wrong.length === 0],
  ['retries', 'share that passed in the end', here.get('retry_success_ratio') ?? 0],
  ['queue', 'visits made by workers', visits, visits >= solves],
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
  ['crawl', 'pages per second, everything included', (jobs.length / seconds).toFixed(1)],
]
process.stdout.write(`\n${tableOf(rows)}`)
for (const name of missing) process.stdout.write(`  missing: ${name}\n`)
for (const line of wrong.slice(0, 20)) process.stdout.write(`  wrong: ${line}\n`)
if (rows.some(([, , , ok]) => ok === false)) process.exitCode = 1

/** Fetches a page: null when it is right and came as it had to, else what is wrong. */
async function fetched(
  session: Session,
  { kind, url, init, ways: wanted, correct }: Job,
): Promise<string | null> {
  const response = await session.fetch(url, init)
  const isRight = correct(await response.text())
  const { via, status } = response
  const counts = ways.get(kind) ?? new Map<Via, number>()
  ways.set(kind, counts.set(via, (counts.get(via) ?? 0) + 1))
  if (status !== 200 || !isRight) return `status ${status} over ${via}, and not the page`
  return wanted.includes(via) ? null : `it came over ${via}`
}

/** As `300 http`, or `2 page, 38 page-fetch`. */
function waysOf(kind: Kind): string {
  const counts = [...(ways.get(kind) ?? [])].toSorted(([a], [b]) => a.localeCompare(b))
  return counts.map(([via, times]) => `${times} ${via}`).join(', ')
}

function count(name: keyof typeof values): number {
  const given = Number(values[name])
  if (Number.isInteger(given) && given > 0) return given
  throw new TypeError(`--${name} takes a whole number above zero`)
}
