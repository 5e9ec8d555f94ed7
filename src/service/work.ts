import { NO_DIRECT_UDP_ARGS } from '../browser/index.ts'
import { type BrokerOptions, brokerInternalsOf, openBroker } from '../client/index.ts'
import { OnejarError, withSignal } from '../core/index.ts'
import { type QueueOptions, queueOptionsSchema, SolveWorker } from '../queue/index.ts'
import { type Log, Telemetry } from '../telemetry/index.ts'
import { checkAccess } from './access.ts'
import { endInTime } from './end-in-time.ts'
import { type HealthEndpoint, startHealthEndpoint } from './health-endpoint.ts'
import { logWarnings } from './log-warnings.ts'
import { openMetrics } from './metrics-endpoint.ts'
import { WorkerSessions } from './worker-sessions.ts'

export interface WorkerOptions {
  /** For the broker that does the work; its store is the one of those who ask. */
  readonly broker: BrokerOptions
  readonly queue: QueueOptions
  /** Solves at once. */
  readonly concurrency: number
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
  /** Takes no further job, ends those under way, closes the browser. */
  close(): Promise<void>
}

/**
 * Starts a worker: it takes jobs from the queue and solves challenges with a browser of its own.
 *
 * @throws OnejarError ONEJAR_BAD_OPTIONS, ONEJAR_QUEUE_UNAVAILABLE, and those of `openBroker()`
 */
export async function startWorker(options: WorkerOptions): Promise<RunningWorker> {
  const { log, concurrency, lockMs } = options
  const queue = queueOptionsSchema.parse(options.queue)
  if (options.health) checkAccess(options.health.host, options.health.token)
  const metrics = await openMetrics()
  const telemetry = { log, ...options.broker.telemetry, meterProvider: metrics.meterProvider }
  // The proxy of a solve, and the addresses it may reach, come with its job.
  const args = [...NO_DIRECT_UDP_ARGS, ...(options.broker.browser?.args ?? [])]
  const browser = { ...options.broker.browser, args, maxSolves: concurrency }
  const broker = await openBroker({ onWarning: logWarnings(log), ...options.broker, browser, telemetry })
  const sessions = new WorkerSessions(broker, Telemetry.open(telemetry)?.spans ?? null)
  const worker = new SolveWorker({
    url: queue.url,
    keyPrefix: queue.keyPrefix,
    envelope: brokerInternalsOf(broker).envelope,
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
  let health: HealthEndpoint | null = null
  const close = () =>
    endInTime({
      broker: brokerInternalsOf(broker),
      log,
      close: async () => {
        await worker.close()
        await broker.close()
        await Promise.allSettled([health?.close(), metrics.close()])
      },
      busy: () => worker.underway > 0 && worker.connected && broker.storeHealth.state === 'up',
    })
  try {
    await withSignal(worker.ready(), options.signal)
    const healthy = () => worker.connected && broker.storeHealth.state === 'up'
    if (options.health) {
      const { token = null, ...where } = options.health
      health = await startHealthEndpoint({ ...where, token }, healthy, metrics)
    }
  } catch (cause) {
    await close()
    throw new OnejarError('ONEJAR_QUEUE_UNAVAILABLE', 'The worker could not start', { cause })
  }
  return {
    healthUrl: health?.url ?? null,
    get counts() {
      return worker.counts
    },
    close,
  }
}
