import type { AddressInfo } from 'node:net'
import { NO_DIRECT_UDP_ARGS } from '../browser/index.ts'
import {
  type Broker,
  type BrokerOptions,
  brokerInternalsOf,
  type ManualIntervention,
  openBroker,
} from '../client/index.ts'
import { OnejarError } from '../core/index.ts'
import { type Log, Telemetry } from '../telemetry/index.ts'
import { Access, type TenantToken } from './access.ts'
import { createApi } from './api.ts'
import { WaitingPages } from './by-hand/waiting-pages.ts'
import { CallerProxies } from './caller-proxies.ts'
import { cannotListen } from './cannot-listen.ts'
import { endInTime } from './end-in-time.ts'
import { EventStreams } from './event-streams.ts'
import { logWarnings } from './log-warnings.ts'
import { openMetrics } from './metrics-endpoint.ts'
import { OpenSessions } from './open-sessions.ts'

export interface ServeOptions {
  /** For the broker that does the work. Its `addresses` are by default the public ones: callers choose the URLs. */
  readonly broker: BrokerOptions
  readonly host: string
  /** 0 for a free one. */
  readonly port: number
  /** Sees all tenants. Beyond this machine there has to be one, or tokens of tenants. */
  readonly token: string | undefined
  /** Tokens that see one tenant each. Default: none. */
  readonly tenantTokens?: readonly TenantToken[] | undefined
  /**
   * The proxies that a request may name, as `proxy.example:8080` or `*.proxies.example`; `any` for all. Default: none, or all
   * where any address may be reached.
   */
  readonly proxies?: readonly string[] | undefined
  readonly log: Log
  /**
   * What a site's body may have at most, in bytes. Default: 16 MiB, and a request may ask for up to 256 MiB; where it is
   * given, no request gets more.
   */
  readonly maxResponseBytes?: number | undefined
  /** How many sessions are open at once; the least recently used is released for another. Default: 1,000. */
  readonly maxSessions?: number | undefined
  /** How long a session may be unused before it is released, in milliseconds. Default: 300,000. */
  readonly idleMs?: number | undefined
  /**
   * Whether requests that meet a CAPTCHA or a refusal wait for a person, to whom somebody gives a link. Default: false, they
   * fail at once; a link can be made all the same.
   */
  readonly byHand?: boolean | undefined
  /** Where people's browsers reach the service, for links: `https://onejar.example`. Default: where callers reach it. */
  readonly publicUrl?: URL | undefined
}

export interface RunningService {
  /** Where it listens. */
  readonly url: string
  /** Takes no request more, ends those under way, closes the broker. */
  close(): Promise<void>
}

const MAX_BODY_BYTES = 16 * 1024 * 1024
/** An answer holds the body several times over while it is made: as it came, as text, as JSON. */
const MAX_RESPONSE_BYTES = { usual: 16 * 1024 * 1024, most: 256 * 1024 * 1024 }

/**
 * Starts the HTTP interface to a broker of its own.
 *
 * @throws OnejarError ONEJAR_BAD_OPTIONS (also for an address that cannot be listened on), and those of `openBroker()`
 */
export async function startService(options: ServeOptions): Promise<RunningService> {
  const { host, port, token, log, maxResponseBytes: max } = options
  const responses = max === undefined ? MAX_RESPONSE_BYTES : { usual: max, most: max }
  const access = new Access(host, token, options.tenantTokens)
  const proxies = new CallerProxies(options.proxies ?? (options.broker.addresses === 'any' ? ['any'] : []))
  const metrics = await openMetrics()
  const telemetry = { log, ...options.broker.telemetry, meterProvider: metrics.meterProvider }
  const waiting = new WaitingPages(({ id, tenant, origin }, state) =>
    brokerInternalsOf(broker).handedOver(id, tenant, origin, state),
  )
  const brokerOptions: BrokerOptions = {
    addresses: 'public',
    ...(options.byHand ? { onChallenge: (asked) => letWait(asked) } : {}),
    onWarning: logWarnings(log),
    ...options.broker,
    ...(proxies.some ? { browser: withoutDirectUdp(options.broker.browser) } : {}),
    telemetry,
    maxResponseBytes: responses.most,
  }
  // Nobody reads warnings of a service: one whose keys can read nothing does not begin.
  const broker: Broker = await openBroker(brokerOptions, { unreadable: 'refuse-store' })
  const spans = Telemetry.open(telemetry)?.spans ?? null
  const underway = { count: 0 }
  const { maxSessions = 1_000, idleMs = 300_000 } = options
  const sessions = new OpenSessions(broker, { maxSessions, idleMs })
  // The session stays open for the person, however long callers wait.
  const letWait = ({ session: { id, tenant }, origin, page, signal, passed }: ManualIntervention) =>
    sessions.use(id, tenant, () => waiting.show({ id, tenant, origin }, { page, signal, passed }))
  const streams = new EventStreams(broker)
  const { publicUrl } = options
  const app = createApi({
    parts: { broker, sessions, metrics, streams, proxies, log, spans, responses, waiting, publicUrl },
    access,
    maxBodyBytes: MAX_BODY_BYTES,
    underway,
  })
  try {
    await app.listen({ host, port })
  } catch (cause) {
    await Promise.allSettled([app.close(), broker.close(), metrics.close()])
    throw new OnejarError('ONEJAR_BAD_OPTIONS', cannotListen(host, port, cause), { cause })
  }
  const { port: bound } = app.server.address() as AddressInfo
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${bound}`
  log.info({ url }, 'the service listens')
  return {
    url,
    close() {
      const close = async () => {
        await app.close()
        sessions.close()
        await broker.close()
        await metrics.close()
      }
      const busy = () => underway.count > 0 && broker.storeHealth.state === 'up'
      return endInTime({ broker: brokerInternalsOf(broker), log, close, busy })
    },
  }
}

/** The browser starts before a request says which proxy it goes through. */
function withoutDirectUdp(browser: BrokerOptions['browser']): BrokerOptions['browser'] {
  if (browser === false) return false
  return { ...browser, args: [...NO_DIRECT_UDP_ARGS, ...(browser?.args ?? [])] }
}
