import type { Browser, BrowserContextOptions } from 'playwright'
import { OnejarError } from '../core/index.ts'
import type { Identity, SessionRecord } from '../record/index.ts'
import type { SyncListener } from './barriers.ts'
import { ContextBinding } from './context-binding.ts'
import { type CdpLink, SessionLink } from './devtools/cdp-link.ts'
import { askContextId } from './devtools/context-id.ts'
import { WatchedLink } from './devtools/watched-link.ts'
import { whileAnswering } from './devtools/while-answering.ts'
import { within } from './devtools/within.ts'
import { openDocumentGate } from './document-gate.ts'
import { shownIdentity } from './identity-override.ts'
import { probeIdentity } from './identity-probe.ts'
import {
  type BrowserOptions,
  type OpenBrowser,
  type OpenedBrowser,
  openBrowser,
} from './launch/open-browser.ts'
import { explainFaults, type FaultOf } from './network-faults.ts'
import type { RequestWatcher } from './pages/request-observer.ts'
import { type SavedState, savedDatabases } from './state/context-snapshot.ts'

export interface ContextOptions {
  readonly proxy?:
    | {
        readonly server: string
        readonly username?: string | undefined
        readonly password?: string | undefined
      }
    | undefined
  readonly ignoreHTTPSErrors?: boolean | undefined
  /** Knows why a site could not be reached, where somebody else makes the connections. */
  readonly faultOf?: FaultOf | undefined
  /** What the session shows of itself; where this browser shows something else by itself, pages are set to this. */
  readonly identity?: Identity | undefined
}

interface LiveBrowser {
  readonly browser: Browser
  readonly link: CdpLink
  /** Whether others may use it at the same time. */
  readonly shared: boolean
  readonly bindings: Set<ContextBinding>
}

/**
 * The one browser of a broker. It is started on first use and runs until `close()`, also while no context is open. After a crash,
 * the next use starts another one. A remote browser goes on running when it is closed here: only the connection ends.
 */
export class BrowserHost {
  readonly #options: BrowserOptions
  readonly #open: OpenBrowser
  #live: Promise<LiveBrowser> | undefined
  #identity: Promise<Identity> | undefined
  #making: Promise<unknown> = Promise.resolve()
  #closed = false

  /** `open` starts the browser, or connects to it. */
  constructor(options: BrowserOptions = {}, open: OpenBrowser = openBrowser) {
    this.#options = options
    this.#open = open
  }

  /** Whether a browser is running or being started. */
  get running(): boolean {
    return this.#live !== undefined
  }

  /**
   * A new context, bound to the record and holding what the record holds.
   *
   * @throws OnejarError ONEJAR_BROWSER_NOT_FOUND, ONEJAR_BROWSER_FAILED
   */
  async bind(
    record: SessionRecord,
    options: ContextOptions = {},
    watcher?: RequestWatcher,
    onSync?: SyncListener,
  ): Promise<ContextBinding> {
    const live = await this.#start()
    const making = this.#making.then(() =>
      whileAnswering(live.link, this.#newContext(live, options, savedDatabases(record)), ({ context }) =>
        context.close(),
      ),
    )
    this.#making = making.catch(() => {})
    try {
      const { context, browserContextId } = await making
      if (options.faultOf) explainFaults(context, options.faultOf)
      const binding = new ContextBinding({
        context,
        browserContextId,
        browser: live.link,
        gated: live.shared,
        record,
        watcher,
        onSync,
        identity: shownIdentity(options.identity, await this.#identity?.catch(() => undefined)),
        onClose: (closed) => live.bindings.delete(closed),
      })
      live.bindings.add(binding)
      await binding.push()
      return binding
    } catch (cause) {
      throw new OnejarError('ONEJAR_BROWSER_FAILED', 'A browser context could not be opened', { cause })
    }
  }

  /** What this browser shows of itself to a site. Asked of the browser once. */
  identity(): Promise<Identity> {
    this.#identity ??= this.#start()
      .then(({ browser }) => probeIdentity(browser))
      .catch((error) => {
        this.#identity = undefined
        throw error
      })
    return this.#identity
  }

  /** Closes every context and the browser. Idempotent. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#stop()
  }

  async #stop(): Promise<void> {
    const starting = this.#live
    this.#live = undefined
    const live = await starting?.catch(() => undefined)
    if (!live) return
    await Promise.all([...live.bindings].map((binding) => binding.close()))
    await live.browser.close().catch(() => {})
  }

  #start(): Promise<LiveBrowser> {
    if (this.#closed) return Promise.reject(new OnejarError('ONEJAR_CLOSED', 'The broker is closed'))
    this.#live ??= this.#launch().catch((error) => {
      this.#live = undefined
      throw error
    })
    return this.#live
  }

  async #launch(): Promise<LiveBrowser> {
    const { launchTimeoutMs = 30_000 } = this.#options
    const startedAt = performance.now()
    const opened = await this.#open(this.#options)
    const timeLeftMs = launchTimeoutMs - (performance.now() - startedAt)
    const live = await within(timeLeftMs, this.#connect(opened)).catch(() => undefined)
    if (live === undefined) {
      opened.abandon()
      throw new OnejarError('ONEJAR_BROWSER_FAILED', 'The browser did not answer after its start')
    }
    const promise = this.#live
    opened.browser.once('disconnected', () => {
      if (this.#live === promise) this.#live = undefined
    })
    return live
  }

  async #connect({ browser, shared, abandon }: OpenedBrowser): Promise<LiveBrowser> {
    const { answerTimeoutMs = 15_000 } = this.#options
    const session = new SessionLink(await browser.newBrowserCDPSession())
    const link = new WatchedLink(session, answerTimeoutMs, abandon)
    const live: LiveBrowser = { browser, link, shared, bindings: new Set() }
    // It would hold the documents of everybody: in a shared browser each page has a gate of its own.
    if (!shared) await openDocumentGate(link, (frameId) => keeperOf(live, frameId))
    return live
  }

  /** One at a time: most often the new context is what the list of contexts has more than before. */
  async #newContext(
    { browser, link, shared }: LiveBrowser,
    options: ContextOptions,
    savedState?: SavedState,
  ) {
    const before = shared ? undefined : new Set(await contextIds(link))
    const context = await browser.newContext({
      ...contextOptions(options, await this.#identity?.catch(() => undefined)),
      ...(savedState === undefined ? {} : { storageState: savedState }),
    })
    try {
      const created = before && (await contextIds(link)).filter((id) => !before.has(id))
      // It is among those; where somebody else made one at the same time, only the context itself can tell.
      const [only] = created?.length === 1 ? created : [await askContextId(context)]
      return { context, browserContextId: only as string }
    } catch (error) {
      context.close().catch(() => {})
      throw error
    }
  }
}

function contextOptions(options: ContextOptions, own: Identity | undefined): BrowserContextOptions {
  const { proxy, ignoreHTTPSErrors, identity } = options
  const shown = shownIdentity(identity, own)
  return {
    // Chromium would go to this machine's own addresses without it.
    ...(proxy === undefined ? {} : { proxy: { ...withoutUndefined(proxy), bypass: '<-loopback>' } }),
    ...(ignoreHTTPSErrors === undefined ? {} : { ignoreHTTPSErrors }),
    ...(shown === undefined ? {} : { userAgent: shown.identity.userAgent }),
  }
}

function withoutUndefined({ server, username, password }: NonNullable<ContextOptions['proxy']>) {
  return {
    server,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
  }
}

async function contextIds(link: CdpLink): Promise<string[]> {
  const { browserContextIds } = await link.send<{ browserContextIds: string[] }>('Target.getBrowserContexts')
  return browserContextIds
}

/** The binding whose context a frame belongs to. A popup is requested before its page is known: the browser has it. */
async function keeperOf(live: LiveBrowser, frameId: string): Promise<ContextBinding | undefined> {
  for (const binding of live.bindings)
    if (binding.ownsBlank(frameId) || binding.hasFrame(frameId)) return binding
  try {
    const { targetInfo } = await live.link.send<{ targetInfo: { browserContextId?: string } }>(
      'Target.getTargetInfo',
      {
        targetId: frameId,
      },
    )
    for (const binding of live.bindings)
      if (binding.browserContextId === targetInfo.browserContextId) return binding
    return undefined
  } catch {
    // Not a target of its own: a frame so new that its page has not reported it.
  }
  return live.bindings.size === 1 ? [...live.bindings][0] : undefined
}
