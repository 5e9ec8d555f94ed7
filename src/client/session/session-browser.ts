import type { BrowserContext } from 'playwright'
import {
  type AttachOptions,
  type BrowserHost,
  type Claim,
  type ContextBinding,
  type ContextOptions,
  type ContextSettings,
  contextSettings,
  type HeadersAt,
  type LiveSnapshot,
  ownContext,
} from '../../browser/index.ts'
import type { BrowserAccess } from '../../browsing/index.ts'
import { OnejarError, withSignal } from '../../core/index.ts'
import { BrowserRelay } from '../../http/index.ts'
import type { SessionRecord } from '../../record/index.ts'
import type { BindingLearner } from '../../routing/index.ts'
import type { NetworkPath, SessionIsolation } from '../../services/index.ts'
import type { Traffic } from './recording/traffic.ts'
import type { SessionIdentity } from './session-identity.ts'

export interface BrowserTiming {
  launched(ms: number): void
  synced(direction: 'pull' | 'push', ms: number): void
}

export interface SessionBrowserParts {
  readonly host: BrowserHost
  readonly network: NetworkPath
  readonly record: SessionRecord
  readonly identity: SessionIdentity
  readonly learner: BindingLearner
  /** What the tenant's policy says of browsers; null where there is none. */
  readonly isolation: SessionIsolation | null
  /** Who records what pages send. */
  readonly traffic: Pick<Traffic, 'contextOpened'>
  /** Headers that the session adds to requests of its pages. */
  readonly headersAt: HeadersAt | undefined
  /** Called with the time it took to open the context, and for each barrier since; undefined where nobody measures. */
  readonly timing: BrowserTiming | undefined
  /** How each context is made. */
  readonly settings: ContextSettings
  /** What files are named for in which contexts are recorded. */
  readonly recordedAs: string
  /** After so many pages the context is replaced by a new one that holds the same. */
  readonly recycleAfterPages: number
  /** The same after a page that was heavier than this when it was closed. */
  readonly recycleAfterBytes: number
  /** @throws OnejarError ONEJAR_CLOSED */
  readonly assertOpen: () => void
}

/** The session's browser context: made on demand, bound to the record, and nothing while there is none. */
export class SessionBrowser implements BrowserAccess {
  readonly #parts: SessionBrowserParts
  #binding: ContextBinding | undefined
  #opening: Promise<ContextBinding> | undefined
  #relay: Promise<BrowserRelay> | undefined
  readonly #closing = new AbortController()
  /** Whether the context is somebody else's: it is not replaced. */
  #attached = false
  #attaching = false
  /** How many contexts were made. */
  #count = 0

  constructor(parts: SessionBrowserParts) {
    this.#parts = parts
  }

  live(): ContextBinding | undefined {
    return this.#binding === undefined || this.#binding.asleep ? undefined : this.#binding
  }

  open(): Promise<ContextBinding> {
    this.#permit()
    const binding = this.#binding
    if (this.#opening === undefined && binding && !binding.ending && !this.#isWorn(binding)) {
      return Promise.resolve(binding.reserve())
    }
    this.#opening ??= this.#bind().finally(() => {
      this.#opening = undefined
    })
    return this.#opening.then((opened) => opened.reserve())
  }

  /**
   * The same for a caller's own context: not where they would lose open pages by it. Where the session shows nothing of itself
   * yet, it shows what the context shows.
   *
   * @throws OnejarError ONEJAR_CONTEXT_IN_USE, ONEJAR_BROWSER_FAILED, ONEJAR_CLOSED
   */
  async attachOwn(context: BrowserContext, onEnd?: () => void): Promise<ContextBinding> {
    this.assertFree()
    // Whose it is, is known before a page is opened in it.
    ownContext(context, 'attached')()
    this.#attaching = true
    try {
      await this.#opening?.catch(() => undefined)
      this.#assertNoPages()
      const { host, identity } = this.#parts
      await identity.adopt(() => host.identityOf(context))
      return await this.attach(context, { leavesBrowser: true, onEnd })
    } finally {
      this.#attaching = false
    }
  }

  /** Whether a context can be attached. @throws OnejarError ONEJAR_CONTEXT_IN_USE, ONEJAR_CLOSED, ONEJAR_POLICY_DENIED */
  assertFree(): void {
    this.#permit()
    if (this.#attaching || (this.#attached && this.#binding?.closed === false)) {
      const what = 'The session has an attached browser context already'
      throw new OnejarError('ONEJAR_CONTEXT_IN_USE', what)
    }
    this.#assertNoPages()
  }

  #assertNoPages(): void {
    if (this.#binding === undefined || this.#binding.closed || this.#binding.idle) return
    const what = 'The session has pages open in a context of its own'
    throw new OnejarError('ONEJAR_CONTEXT_IN_USE', what)
  }

  /**
   * Makes a context of somebody else's the session's, in place of the one that it has, until the binding is closed. It shows
   * what it was made to show, and goes through the proxy that it was made with: neither is the session's.
   *
   * @throws OnejarError ONEJAR_BROWSER_FAILED, ONEJAR_CLOSED
   */
  async attach(
    context: BrowserContext,
    how: Pick<AttachOptions, 'before' | 'openHidden' | 'standsFor' | 'leavesBrowser' | 'onEnd'>,
  ): Promise<ContextBinding> {
    this.#permit()
    await this.#opening?.catch(() => undefined)
    this.#opening = this.#attach(context, how).finally(() => {
      this.#opening = undefined
    })
    return this.#opening
  }

  async fork(record: SessionRecord): Promise<ContextBinding> {
    this.#permit()
    const options = await this.#contextOptions()
    const settings = contextSettings(this.#parts.settings, null)
    return this.#parts.host.bind(record, {
      ...options,
      apart: true,
      settings,
      identity: record.value('identity', ''),
      signal: this.#closing.signal,
    })
  }

  idle(): Promise<void> {
    return this.pull()
  }

  /** Brings what open pages wrote into the record. */
  pull(): Promise<void> {
    return this.#binding?.pull() ?? Promise.resolve()
  }

  /**
   * What lives with the context only, as it is now; null when there is none.
   *
   * @throws what the browser says when it does not answer
   */
  async snapshot(): Promise<LiveSnapshot | null> {
    const binding = this.#binding
    return binding === undefined || binding.closed ? null : await binding.snapshot()
  }

  /** Resolves when open pages see what the record holds. */
  push(): Promise<void> {
    return this.#binding?.push() ?? Promise.resolve()
  }

  /** Makes a write that changed nothing in the record win over what pages wrote and nobody has read yet (see conflict check). */
  claim(what: Claim): void {
    this.#binding?.claim(what)
  }

  /** Takes in what pages wrote last, and gives the context back. */
  async close(): Promise<void> {
    this.#closing.abort(new OnejarError('ONEJAR_CLOSED', 'The session is closed'))
    await this.#opening?.catch(() => undefined)
    await this.#binding?.close()
    await this.#relay?.then((relay) => relay.close()).catch(() => undefined)
  }

  /**
   * The way out has changed: what the context has goes into the record, and the next one goes the new way. Pages that are open
   * are closed. A context of somebody else goes its own way, and stays.
   */
  async renew(): Promise<void> {
    const relay = this.#relay
    this.#relay = undefined
    await this.#opening?.catch(() => undefined)
    if (!this.#attached) await this.#binding?.close()
    await relay?.then((old) => old.close()).catch(() => undefined)
  }

  /** @throws OnejarError ONEJAR_CLOSED, ONEJAR_POLICY_DENIED */
  #permit(): void {
    const { assertOpen, isolation } = this.#parts
    assertOpen()
    isolation?.permit('render', 'A browser for the session')
  }

  /** The session's, and through the relay where it has one. */
  async #contextOptions(): Promise<ContextOptions> {
    const { contextOptions: own, relay: options } = this.#parts.network.way
    const contextOptions = { ...own, headersAt: this.#parts.headersAt }
    if (options === null) return contextOptions
    this.#relay ??= BrowserRelay.open(options)
    const relay = await this.#relay
    return { ...contextOptions, proxy: { server: relay.url }, faultOf: (url) => relay.faultOf(url) }
  }

  /** Reads the sessionStorage of the tabs that are open. Costs nothing without any. */
  async readTabs(): Promise<void> {
    if (this.#binding && !this.#binding.closed) await this.#binding.readTabs()
  }

  /** The sessionStorage of an origin that a page opened for a request starts with: that of the tabs, or as it was at the release. */
  sessionItems(origin: string): Iterable<readonly [key: string, value: string]> {
    if (this.#binding && !this.#binding.closed) return this.#binding.sessionItems(origin)
    return Object.entries(this.#parts.record.value('session-snapshot', origin) ?? {})
  }

  /** What many pages, or a large one, leave behind in a context goes with it; only one that nobody uses is replaced. */
  #isWorn(binding: ContextBinding): boolean {
    const { recycleAfterPages, recycleAfterBytes } = this.#parts
    const worn = binding.opened >= recycleAfterPages || binding.heaviestBytes > recycleAfterBytes
    return worn && binding.idle && !this.#attached
  }

  async #attach(context: BrowserContext, how: AttachOptions): Promise<ContextBinding> {
    await this.#binding?.close()
    const { host, record, learner, timing, headersAt } = this.#parts
    const options = { ...how, headersAt, watcher: learner, onSync: timing?.synced }
    const binding = await host.attach(context, record, options)
    this.#binding = binding
    this.#attached = true
    this.#parts.traffic.contextOpened(binding)
    if (this.#closing.signal.aborted) await binding.close()
    return binding
  }

  async #bind(): Promise<ContextBinding> {
    this.#attached = false
    // What lives with the context only is taken into the record when it is closed.
    await this.#binding?.close()
    const { host, record, identity, learner, timing } = this.#parts
    const { signal } = this.#closing
    await withSignal(identity.load(), signal)
    const shown = record.value('identity', '')
    const startedAt = performance.now()
    const options = await this.#contextOptions()
    const settings = contextSettings(this.#parts.settings, {
      name: this.#parts.recordedAs,
      count: ++this.#count,
    })
    const wanted = { ...options, settings, identity: shown, signal }
    this.#binding = await host.bind(record, wanted, learner, timing?.synced)
    timing?.launched(performance.now() - startedAt)
    this.#parts.traffic.contextOpened(this.#binding)
    if (this.#closing.signal.aborted) await this.#binding.close()
    return this.#binding
  }
}
