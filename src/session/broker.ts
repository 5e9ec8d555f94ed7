import { randomBytes } from 'node:crypto'
import { BrowserHost, type ContextOptions } from '../browser/index.ts'
import { Classifier } from '../challenge/index.ts'
import { OnejarError, parseOptions, systemClock } from '../core/index.ts'
import { HttpTransport, type ProxyOptions } from '../http/index.ts'
import type { Identity } from '../record/index.ts'
import { openStore, type Store, WriteBehind } from '../store/index.ts'
import {
  type BrokerOptions,
  brokerOptionsSchema,
  type ParsedBrokerOptions,
  type ParsedSessionOptions,
  type SessionOptions,
  sessionOptionsSchema,
} from './broker-options.ts'
import { IdentityCache } from './identity-cache.ts'
import { Session } from './session.ts'

/**
 * Opens a broker: the keeper of sessions, of the browser and of the store. Opening costs no network and no browser.
 *
 * @example
 * ```ts
 * await using broker = await openBroker()
 * const session = await broker.session('alice')
 * const response = await session.fetch('https://shop.example/')
 * ```
 * @throws OnejarError ONEJAR_BAD_OPTIONS, ONEJAR_STORE_UNAVAILABLE, ONEJAR_STORE_VERSION, ONEJAR_STORE_CORRUPT
 */
export async function openBroker(options: BrokerOptions = {}): Promise<Broker> {
  const parsed = parseOptions(brokerOptionsSchema, options, 'openBroker()')
  const { store: target, keys } = parsed
  const storeOptions = typeof target === 'string' ? { target } : (target ?? {})
  const store = await openStore(keys === undefined ? storeOptions : { ...storeOptions, keys })
  return new Broker(parsed, store)
}

/** Keeps sessions, and closes what it made. Made by `openBroker()`. */
export class Broker {
  readonly #options: ParsedBrokerOptions
  readonly #store: WriteBehind
  readonly #browser: BrowserHost
  readonly #classifier: Classifier
  readonly #identities: IdentityCache
  readonly #sessions = new Map<string, Promise<Session>>()
  /** By tenant, proxy and connector: sessions with the same share their connections. */
  readonly #byConnector = new Map<ParsedBrokerOptions['connect'], Map<string, HttpTransport>>()
  readonly #writer = randomBytes(9).toString('base64url')
  #closed: Promise<void> | undefined

  /** Use `openBroker()`. */
  constructor(options: ParsedBrokerOptions, store: Store) {
    this.#options = options
    this.#store = new WriteBehind(store)
    this.#browser = new BrowserHost(options.browser)
    this.#classifier = new Classifier({ signals: options.signals })
    this.#identities = new IdentityCache(options.browser, this.#browser, options.store !== 'memory')
  }

  /**
   * The session with this id: the one that is open, the stored one, or a new one.
   *
   * @throws OnejarError ONEJAR_BAD_OPTIONS (also when the session is open with other options), ONEJAR_CLOSED
   */
  session(id: string, options: SessionOptions = {}): Promise<Session> {
    if (this.#closed) return Promise.reject(new OnejarError('ONEJAR_CLOSED', 'The broker is closed'))
    if (typeof id !== 'string' || id === '' || id.length > 1024) {
      const error = new OnejarError(
        'ONEJAR_BAD_OPTIONS',
        'broker.session(): the id has to be a text of 1 to 1,024 characters',
      )
      return Promise.reject(error)
    }
    let parsed: ParsedSessionOptions
    try {
      parsed = parseOptions(sessionOptionsSchema, options, 'broker.session()')
    } catch (error) {
      return Promise.reject(error)
    }
    const key = `${parsed.tenant}\n${id}`
    const open = this.#sessions.get(key)
    if (open) return open
    const opening = this.#open(id, parsed, key)
    this.#sessions.set(key, opening)
    opening.catch(() => this.#sessions.delete(key))
    return opening
  }

  /** Releases every session, then closes the browser, the connections and the store. Idempotent. */
  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #open(id: string, options: ParsedSessionOptions, key: string): Promise<Session> {
    const broker = this.#options
    const proxy = proxyOptions(options.proxy ?? broker.proxy)
    const connect = options.connect ?? broker.connect
    const contextOptions: ContextOptions = {
      proxy,
      ignoreHTTPSErrors: broker.ignoreHTTPSErrors,
    }
    const chosen = options.identity === undefined ? broker.identity : options.identity
    return Session.open({
      key: { tenant: options.tenant, id },
      http: this.#transport(options.tenant, proxy, connect),
      browser: this.#browser,
      contextOptions,
      identity: async () => (chosen === undefined ? this.#identities.get() : (chosen as Identity | null)),
      classifier: this.#classifier,
      store: this.#store,
      persist: broker.persist,
      clock: systemClock,
      writer: this.#writer,
      timeoutMs: broker.timeoutMs,
      visitTimeoutMs: broker.visitTimeoutMs,
      onRelease: () => this.#sessions.delete(key),
    })
  }

  #transport(
    tenant: string,
    proxy: ProxyOptions | undefined,
    connect: ParsedBrokerOptions['connect'],
  ): HttpTransport {
    const { ignoreHTTPSErrors, connectTimeoutMs, headersTimeoutMs, bodyTimeoutMs, maxResponseBytes } =
      this.#options
    const make = () =>
      new HttpTransport({
        proxy,
        connect,
        ignoreHTTPSErrors,
        connectTimeoutMs,
        headersTimeoutMs,
        bodyTimeoutMs,
        maxResponseBytes,
      })
    const name = JSON.stringify([tenant, proxy ?? null])
    let byName = this.#byConnector.get(connect)
    if (!byName) {
      byName = new Map()
      this.#byConnector.set(connect, byName)
    }
    let transport = byName.get(name)
    if (!transport) {
      transport = make()
      byName.set(name, transport)
    }
    return transport
  }

  async #close(): Promise<void> {
    const sessions = await Promise.allSettled(this.#sessions.values())
    const opened = sessions.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
    const outcomes = await Promise.allSettled(opened.map((session) => session.release()))
    const transports = [...this.#byConnector.values()].flatMap((byName) => [...byName.values()])
    await Promise.allSettled([this.#browser.close(), ...transports.map((transport) => transport.close())])
    await this.#store.close()
    const failed = outcomes.find((outcome) => outcome.status === 'rejected')
    if (failed) throw failed.reason
  }
}

function proxyOptions(proxy: ParsedSessionOptions['proxy']): ProxyOptions | undefined {
  return typeof proxy === 'string' ? { server: proxy } : proxy
}
