import { NO_DIRECT_UDP_ARGS } from '../browser/index.ts'
import { type BrokerOptions, brokerInternalsOf, openBroker } from '../client/index.ts'
import { isLoopback, OnejarError, parseOptions, withSignal } from '../core/index.ts'
import { type QueueOptions, queueOptionsSchema, SolveWorker, TaskWorker } from '../queue/index.ts'
import { type Log, Telemetry } from '../telemetry/index.ts'
import { checkAccess } from './access.ts'
import { readMachine, readMemory } from './capacity/machine.ts'
import { MemoryWatch } from './capacity/memory-watch.ts'
import { CONTEXT_BYTES, type MemoryReading, workerCapacity } from './capacity/worker-capacity.ts'
import { endInTime } from './end-in-time.ts'
import { type HealthEndpoint, startHealthEndpoint } from './health-endpoint.ts'
import { logWarnings } from './log-warnings.ts'
import { openMetrics } from './metrics-endpoint.ts'
import { WorkerSessions } from './worker-sessions.ts'

export interface WorkerOptions {
  /** For the broker that does the work; its store is the one of those who ask. */
  readonly broker: BrokerOptions
  readonly queue: QueueOptions
  /** Solves at once, where memory has room for them. Default: two for each processor. */
  readonly concurrency?: number | undefined
  /**
   * What memory a browser context of these sites takes at most, in bytes: as many solves as fit into it are made at once. Default:
   * 256 MiB.
   */
  readonly contextBytes?: number | undefined
  /** How long solves under way may take when it is closed, in milliseconds; then another worker makes them. Default: 10,000. */
  readonly drainMs?: number | undefined
  /** How long the jobs of a worker that died are withheld from the others. */
  readonly lockMs: number
  /**
   * Where `/health` and `/metrics` are; null for nowhere. The token is asked of who wants the metrics; beyond this
   * machine there has to be one.
   */
  readonly health: { readonly host: string; readonly port: number; readonly token: string | undefined } | null
  readonly log: Log
  /** Ends the start as well, while it waits for a queue that is away. */
  readonly signal?: AbortSignal | undefined
}

export interface RunningWorker {
  /** Where `/health` and `/metrics` are. */
  readonly healthUrl: string | null
  readonly counts: { readonly passed: number; readonly failed: number }
  /** Takes no further job, ends those under way or leaves them to another worker, closes the browser. */
  close(): Promise<void>
}

/** How long a worker that died, or was stopped, keeps its sessions from the others, at most. */
const LONGEST_LEASE_MS = 10_000

/**
 * Starts a worker: it takes jobs from the queue, passes challenges and does what else callers want done in a browser of its own.
 *
 * @throws OnejarError ONEJAR_BAD_OPTIONS, ONEJAR_QUEUE_UNAVAILABLE, and those of `openBroker()`
 */
export async function startWorker(options: WorkerOptions): Promise<RunningWorker> {
  const { log, lockMs, drainMs = 10_000 } = options
  const contextBytes = isElsewhere(options.broker) ? 0 : (options.contextBytes ?? CONTEXT_BYTES)
  const { concurrency, because } = workerCapacity(readMachine(), contextBytes, options.concurrency)
  if (options.concurrency !== undefined && concurrency < options.concurrency) {
    const reason = `memory has room for ${concurrency} contexts of ${mebibytes(contextBytes)} MiB`
    log.warn({ reason }, `${options.concurrency} solves at once were asked for, ${concurrency} are made`)
  }
  const queue = parseOptions(queueOptionsSchema, options.queue, 'the queue')
  if (options.health) checkAccess(options.health.host, options.health.token)
  const metrics = await openMetrics()
  const telemetry = { log, ...options.broker.telemetry, meterProvider: metrics.meterProvider }
  // The proxy of a solve, and the addresses it may reach, come with its job.
  const own = options.broker.browser || {}
  const args = [...NO_DIRECT_UDP_ARGS, ...(own.args ?? [])]
  const browser = { ...own, args, maxSolves: concurrency }
  const brokerOptions = { onWarning: logWarnings(log), ...options.broker, browser, telemetry }
  // One whose keys can read nothing has nothing to work with: it does not begin.
  const broker = await openBroker(brokerOptions, { unreadable: 'refuse-store' })
  const opened = Telemetry.open(telemetry)
  const { envelope } = brokerInternalsOf(broker)
  const leaseMs = Math.min(lockMs, LONGEST_LEASE_MS)
  const sessions = new WorkerSessions({
    broker,
    spans: opened?.spans ?? null,
    leaseMs,
    ownership: () => tasks,
    onTask: (kind, outcome) => opened?.instruments.count('worker_tasks_total', { kind, outcome }),
  })
  const { url, keyPrefix } = queue
  const tasks = new TaskWorker({ url, keyPrefix, envelope, leaseMs, carryOut: sessions.carryOut })
  const worker = new SolveWorker({
    url,
    keyPrefix,
    envelope,
    tasks,
    concurrency,
    lockMs,
    solve: sessions.solve,
    onError: () => log.warn({ reason: 'the queue cannot be reached' }, 'queue'),
    onForeign: () =>
      log.warn(
        {
          reason:
            'this worker has other keys than the process that asks: give both the same ONEJAR_KEYS or key file',
        },
        'queue',
      ),
  })
  const memory = new MemoryWatch({
    concurrency,
    contextBytes,
    read: readMemory,
    underway: () => worker.underway,
    onAllowance: (count) => worker.limit(count),
    onRefusing: (refusing, reading) => sayRefusing(log, refusing, reading),
  })
  const gauges = [
    opened?.instruments.gauge('worker_contexts_allowed', () => memory.allowance),
    opened?.instruments.gauge('worker_contexts_underway', () => worker.underway.length),
    opened?.instruments.gauge('worker_refuses', () => (memory.refusing ? 1 : 0)),
    opened?.instruments.gauge('worker_memory_available_bytes', () => memory.availableBytes),
  ]
  let health: HealthEndpoint | null = null
  let draining = false
  const close = async () => {
    draining = true
    memory.close()
    await drain(worker, sessions, drainMs, log)
    await endInTime({
      broker: brokerInternalsOf(broker),
      log,
      close: async () => {
        await worker.close()
        await broker.close()
        for (const end of gauges) end?.()
        await Promise.allSettled([health?.close(), metrics.close()])
      },
      busy: () => false,
    })
  }
  const state = () => {
    if (draining) return { status: 'draining', reason: 'it was asked to end' } as const
    if (!worker.connected) return { status: 'degraded', reason: 'the queue cannot be reached' } as const
    if (broker.storeHealth.state !== 'up')
      return { status: 'degraded', reason: 'the store cannot be reached' } as const
    return memory.refusing
      ? ({ status: 'refusing', reason: LOW_MEMORY } as const)
      : ({ status: 'ok' } as const)
  }
  try {
    await withSignal(worker.ready(), options.signal)
    if (options.health) {
      const { token = null, ...where } = options.health
      health = await startHealthEndpoint({ ...where, token }, state, metrics)
    }
  } catch (cause) {
    await close()
    throw new OnejarError('ONEJAR_QUEUE_UNAVAILABLE', 'The worker could not start', { cause })
  }
  log.info({ reason: REASONS[because] }, `${concurrency} solves at once`)
  return {
    healthUrl: health?.url ?? null,
    get counts() {
      return worker.counts
    },
    close,
  }
}

const LOW_MEMORY = 'memory is low: no solve is taken until there is room for a context'
const REASONS = {
  asked: 'as asked',
  cpu: 'two for each processor',
  memory: 'as many contexts as have room in memory',
}

/** Whether the browser's memory is not this machine's, as far as that can be known. */
function isElsewhere({ browser }: BrokerOptions): boolean {
  if (!browser) return false
  if (browser.endpoint !== undefined) return true
  const endpoint = browser.cdpEndpoint
  return endpoint !== undefined && !(URL.canParse(endpoint) && isLoopback(new URL(endpoint).hostname))
}

async function drain(
  worker: SolveWorker,
  sessions: WorkerSessions,
  withinMs: number,
  log: Log,
): Promise<void> {
  let pseudonyms: readonly string[] = []
  const abandon = async () => {
    pseudonyms = await sessions.abandon()
  }
  sessions.drain()
  const left = await worker.drain({ withinMs, abandon })
  for (const session of left > 0 ? pseudonyms : []) {
    log.warn({ session, duration_ms: withinMs }, 'a solve was not finished in time')
  }
  if (left > 0) log.warn({}, `${left} solves were not finished in time: they are left to other workers`)
}

function sayRefusing(log: Log, refusing: boolean, { availableBytes, totalBytes }: MemoryReading): void {
  const reason = `${mebibytes(availableBytes)} of ${mebibytes(totalBytes)} MiB are free`
  if (refusing) log.warn({ reason }, LOW_MEMORY)
  else log.info({ reason }, 'there is memory again: solves are taken')
}

function mebibytes(bytes: number): number {
  return Math.floor(bytes / (1024 * 1024))
}
