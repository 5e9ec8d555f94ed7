import { randomBytes } from 'node:crypto'
import PQueue from 'p-queue'
import {
  BrowserHost,
  type BrowserOptions,
  browserIsHere,
  noBrowserHere,
  type OpenBrowser,
} from '../browser/index.ts'
import { Classifier, type ClassifierOptions } from '../challenge/index.ts'
import { type Clock, OnejarError } from '../core/index.ts'
import { BotAuth, type BotAuthPlan } from '../http/index.ts'
import { SolveQueue, TaskQueue } from '../queue/index.ts'
import { RateAlarms, type RateLimitPlan } from '../resilience/index.ts'
import {
  currentKeys,
  openStore,
  purposeKeys,
  type SessionKey,
  type StoreStatus,
  storeOptionsOf,
  storePlace,
  type Unreadable,
  WriteBehind,
} from '../store/index.ts'
import { Telemetry } from '../telemetry/index.ts'
import { BrokerEvents } from './broker-events.ts'
import type { BrokerWarning } from './broker-warning.ts'
import { browserReports } from './browser-reports.ts'
import { Compliance, type ComplianceOptions, trailPath } from './compliance.ts'
import { IdentityCache } from './identity-cache.ts'
import type { OriginLimitPlan } from './limits/limit-plan.ts'
import { OriginLimits } from './limits/origin-limits.ts'
import { assertNetwork, type NetworkOptions, networkArgs } from './network/browser-network.ts'
import { Retention } from './retention/retention.ts'
import { type RetentionSchedule, storeLimitsOf } from './retention/retention-schedule.ts'
import type { Services } from './services.ts'
import { UserCallbacks } from './user-callbacks.ts'
import { Warnings } from './warnings.ts'

/** Of a broker's options those that its services are opened with. */
export interface ServicesOptions
  extends Omit<ComplianceOptions, 'keys'>,
    Omit<NetworkOptions, 'browser' | 'queue'> {
  readonly browser: BrowserOptions & {
    readonly args: readonly string[]
    readonly maxSolves: number
    /** Whether none is used. */
    readonly off?: boolean | undefined
  }
  readonly botAuth?: BotAuthPlan | undefined
  /** A header of the sessions' own that their pages send as well, at these origins. */
  readonly requestIdHeader?: { readonly origins?: readonly string[] | undefined } | undefined
  readonly keys?: Parameters<typeof currentKeys>[0]
  readonly keysRefreshMs?: number | undefined
  readonly queue?: ConstructorParameters<typeof SolveQueue>[0] | undefined
  readonly rateLimits: RateLimitPlan | false
  readonly retention: RetentionSchedule
  readonly originLimits: readonly OriginLimitPlan[]
  readonly screenshotFolder?: string | undefined
  readonly signals: NonNullable<ClassifierOptions['signals']>
  readonly telemetry: Parameters<typeof Telemetry.open>[0]
}

/** What a broker works with beside its options. */
export interface BrokerDependencies {
  /** Default: the system's. */
  readonly clock?: Clock
  /** Whether what the browser shows is remembered on the disk. Default: unless the store is in memory, which leaves no trace. */
  readonly keepIdentity?: boolean
  /** Starts the browser, or connects to it. Default: `openBrowser` of `browser/`. */
  readonly openBrowser?: OpenBrowser | undefined
  /** How what other keys have sealed is taken (`openStore` says what each does). Default: it counts as absent, and is reported. */
  readonly unreadable?: Unreadable | undefined
}

/** Services, and what ends them. */
export interface OpenServices {
  readonly services: Services
  /** The entries that sessions had when they were released, and that the store did not take. */
  readonly lost: readonly { readonly session: SessionKey; readonly entries: number }[]
}

/** What names a session among those of all tenants, whatever characters tenant and id have. */
export function sessionName({ tenant, id }: SessionKey): string {
  return JSON.stringify([tenant, id])
}

/**
 * Opens what the sessions of a broker share. Costs no browser, and no network unless the store is a server.
 *
 * @throws OnejarError ONEJAR_BAD_OPTIONS, ONEJAR_STORE_UNAVAILABLE, ONEJAR_STORE_VERSION, ONEJAR_STORE_CORRUPT,
 * ONEJAR_AUDIT_FAILED
 */
export async function openServices(
  options: ServicesOptions,
  { clock: given, keepIdentity, openBrowser: opens, unreadable }: BrokerDependencies,
): Promise<OpenServices> {
  const openBrowser = options.browser.off === true ? noBrowserHere : opens
  const callbacks = new UserCallbacks(options.onWarning, given)
  const { clock, code: userCode } = callbacks
  const events = new BrokerEvents()
  const warnings = new Warnings(callbacks.onWarning, events)
  callbacks.onFailure = (failure) => warnings.notify(failure)
  assertNetwork(options)
  const classifier = new Classifier(options.signals.length === 0 ? undefined : { signals: options.signals })
  const botAuth =
    options.botAuth === undefined
      ? null
      : await BotAuth.open(options.botAuth, {
          clock,
          onKeyFailed: (error) => userCode.failed('botAuth.key', error),
        })
  const target = storeOptionsOf(options.store ?? {})
  const { keys = target.keys, keysRefreshMs = target.keysRefreshMs } = options
  // The trail is chained with the keys of its beginning, until the broker is opened anew.
  const trailKeys = trailPath(options) !== null ? await currentKeys(keys) : undefined
  let outage: OnejarError | undefined
  const problem = (
    what: Omit<Extract<BrokerWarning, { type: 'store' }>, 'type' | 'at' | 'state'>,
  ): BrokerWarning => ({
    type: 'store',
    at: clock.now(),
    state: 'problem',
    ...what,
  })
  const failed = ({ code, message }: OnejarError) => warnings.warn(problem({ reason: `${code}: ${message}` }))
  const changed = {
    ...(keys === undefined ? {} : { keys }),
    ...(keysRefreshMs === undefined ? {} : { keysRefreshMs }),
  }
  const limits = storeLimitsOf(options.retention)
  if (limits !== undefined && (target.retentionFloorMs ?? target.retentionCeilingMs) !== undefined) {
    const what =
      'openBroker(): retention.recordsMs and store.retentionFloorMs or retentionCeilingMs: give one of them'
    throw new OnejarError('ONEJAR_BAD_OPTIONS', what)
  }
  const store = await openStore(
    { ...target, ...changed, ...limits },
    {
      clock,
      onProblem: ({ reason, payloadHash, stack }) => warnings.warn(problem({ reason, payloadHash, stack })),
      onAway: (error) => {
        outage = error
      },
      unreadable,
      onRefused: failed,
      onKeysFailed: failed,
    },
  )
  try {
    const compliance = new Compliance(
      { ...options, keys: trailKeys, onWarning: warnings.warn },
      { classifier, clock, store },
    )
    const lost: { session: SessionKey; entries: number }[] = []
    const queueToStore = new WriteBehind(store, {
      clock,
      outage,
      onStatus: (status) => warnings.announce(statusWarning(status, clock)),
      onLost: (session, entries) => lost.push({ session, entries }),
      onPurged: ({ sessions, entries }) => {
        if (sessions + entries > 0) compliance.note('store-purged', null, { sessions, entries })
      },
      onRefused: (session, entries, { code }) => {
        const reason = `${entries.length} entries were refused: ${code}`
        warnings.announce(problem({ reason }), sessionName(session))
      },
    })
    const browser = new BrowserHost(
      {
        ...options.browser,
        args: [...networkArgs(options), ...options.browser.args],
      },
      {
        open: openBrowser,
        headerOrigins: [...(botAuth?.origins ?? []), ...(options.requestIdHeader?.origins ?? [])],
        userCode,
        ...browserReports(warnings, clock),
      },
    )
    const onDisk =
      keepIdentity ?? !(typeof target.target === 'string' && storePlace(target.target).kind === 'memory')
    const queue = options.queue === undefined ? null : new SolveQueue(options.queue, store)
    let isHere: Promise<boolean> | undefined
    const services: Services = {
      clock,
      store: queueToStore,
      browser,
      classifier,
      compliance,
      retention: new Retention({
        schedule: options.retention,
        screenshotFolder: options.screenshotFolder,
        trail: compliance.trail,
        clock,
        note: (rule, facts) => compliance.note(rule, null, facts),
        onFailure: (error) => compliance.warn(error),
      }),
      certificateKey: async () => {
        const current = await currentKeys(keys)
        const source = { ...target, ...(current === undefined ? {} : { keys: current }) }
        return purposeKeys(source, 'erasure', true)[0] ?? null
      },
      botAuth,
      identities: new IdentityCache(options.browser, browser, onDisk, () =>
        warnings.announce(noBrowser(clock, options.queue !== undefined)),
      ),
      telemetry: Telemetry.open(options.telemetry, userCode),
      solves: new PQueue({ concurrency: options.browser.maxSolves }),
      queue,
      tasks: queue && options.queue ? new TaskQueue(options.queue, store, queue) : null,
      isBrowserHere: () => {
        isHere ??=
          opens === undefined || options.browser.off ? browserIsHere(options.browser) : Promise.resolve(true)
        return isHere
      },
      events,
      warnings,
      limits: options.originLimits.length === 0 ? null : new OriginLimits(options.originLimits, queueToStore),
      rates: options.rateLimits === false ? null : new RateAlarms(options.rateLimits, clock),
      userCode,
      writer: randomBytes(9).toString('base64url'),
    }
    return { services, lost }
  } catch (error) {
    await store.close()
    throw error
  }
}

function statusWarning(status: StoreStatus, clock: Clock): BrokerWarning {
  const reason =
    status.state === 'back'
      ? `after ${status.awayMs} ms; ${status.sessions} sessions have something to write`
      : `${status.error.code}: work goes on in memory. ${status.error.message}`
  const state = status.state === 'refused' ? 'problem' : status.state
  return { type: 'store', at: clock.now(), state, reason }
}

function noBrowser(clock: Clock, hasWorkers: boolean): BrokerWarning {
  const until = hasWorkers ? 'until a worker has done something for a session, its ' : ''
  const so = hasWorkers
    ? 'Choose'
    : 'A JavaScript challenge cannot be passed in this process. Install Chromium, or choose'
  const reason =
    `there is no Chromium here to take it from: ${until}requests name Onejar as their user agent. ${so} ` +
    'what to show with the option identity'
  return { type: 'identity', at: clock.now(), state: 'missing', reason }
}
