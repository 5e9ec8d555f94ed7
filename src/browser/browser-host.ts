import { randomUUID } from 'node:crypto'
import type { Browser, BrowserContextOptions } from 'playwright'
import { childEnvironment, OnejarError } from '../core/index.ts'
import type { Identity, SessionRecord } from '../record/index.ts'
import { type CdpLink, SessionLink } from './cdp-link.ts'
import { ContextBinding, type SyncListener } from './context-binding.ts'
import { openDocumentGate } from './document-gate.ts'
import { defaultBrowserArgs, findBrowser } from './find-browser.ts'
import { probeIdentity } from './identity-probe.ts'
import { killLaunched } from './kill-launched.ts'
import { explainFaults, type FaultOf } from './network-faults.ts'
import { type ParkedState, parkedDatabases } from './park.ts'
import type { RequestWatcher } from './request-observer.ts'
import { WatchedLink } from './watched-link.ts'
import { within } from './within.ts'

export interface BrowserOptions {
  /** The Chromium to start. Default: the first that is found (see `findBrowser`). */
  readonly executablePath?: string | undefined
  /** Use a browser that runs already, at this DevTools endpoint, instead of starting one. */
  readonly cdpEndpoint?: string | undefined
  /** Default: true. */
  readonly headless?: boolean | undefined
  /** Further arguments for Chromium, after Onejar's own. */
  readonly args?: readonly string[] | undefined
  /** Environment variables for Chromium beside those that it needs (see `childEnvironment`), its pages' processes too. */
  readonly env?: Readonly<Record<string, string>> | undefined
  /** How long the start may take. Default: 30,000. */
  readonly launchTimeoutMs?: number | undefined
  /** How long the browser may leave a command unanswered before it is given up and ended. Default: 15,000. */
  readonly answerTimeoutMs?: number | undefined
}

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
  /** What the session shows of itself; where this browser shows another user agent by itself, it is set to this. */
  readonly identity?: Identity | undefined
}

interface LiveBrowser {
  readonly browser: Browser
  readonly link: CdpLink
  readonly bindings: Set<ContextBinding>
}

/**
 * The one browser of a broker: started on first use, started anew after a crash, given back when nothing uses it. A
 * remote browser is only disconnected from.
 */
export class BrowserHost {
  readonly #options: BrowserOptions
  #live: Promise<LiveBrowser> | undefined
  #identity: Promise<Identity> | undefined
  #making: Promise<unknown> = Promise.resolve()
  #closed = false

  constructor(options: BrowserOptions = {}) {
    this.#options = options
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
    const making = this.#making.then(() => this.#newContext(live, options, parkedDatabases(record)))
    this.#making = making.catch(() => {})
    try {
      const { context, browserContextId } = await making
      if (options.faultOf) explainFaults(context, options.faultOf)
      const binding = new ContextBinding({
        context,
        browserContextId,
        browser: live.link,
        record,
        watcher,
        onSync,
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
    // Chromium does not know the argument; it tells this browser from others.
    const mark = `--onejar-launch=${randomUUID()}`
    const browser = await this.#open(mark).catch((error) => {
      killLaunched(mark)
      throw error
    })
    const end = () => {
      killLaunched(mark)
      browser.close().catch(() => {})
    }
    const timeLeftMs = launchTimeoutMs - (performance.now() - startedAt)
    const live = await within(timeLeftMs, this.#connect(browser, end)).catch(() => undefined)
    if (live === undefined) {
      end()
      throw new OnejarError('ONEJAR_BROWSER_FAILED', 'The browser did not answer after its start')
    }
    const promise = this.#live
    browser.once('disconnected', () => {
      if (this.#live === promise) this.#live = undefined
    })
    return live
  }

  async #connect(browser: Browser, end: () => void): Promise<LiveBrowser> {
    const { answerTimeoutMs = 15_000 } = this.#options
    const session = new SessionLink(await browser.newBrowserCDPSession())
    const link = new WatchedLink(session, answerTimeoutMs, end)
    const live: LiveBrowser = { browser, link, bindings: new Set() }
    await openDocumentGate(link, (frameId) => keeperOf(live, frameId))
    return live
  }

  async #open(mark: string): Promise<Browser> {
    const {
      cdpEndpoint,
      executablePath,
      headless = true,
      args = [],
      env,
      launchTimeoutMs = 30_000,
    } = this.#options
    // Loaded on first use: work that never needs a browser does not pay for it.
    const { chromium } = await import('playwright')
    if (cdpEndpoint !== undefined) {
      return chromium.connectOverCDP(cdpEndpoint, { timeout: launchTimeoutMs }).catch((cause) => {
        throw new OnejarError('ONEJAR_BROWSER_FAILED', 'The browser at browser.cdpEndpoint did not answer', {
          cause,
        })
      })
    }
    const found = await findBrowser({ executablePath })
    if (!found) throw new OnejarError('ONEJAR_BROWSER_NOT_FOUND', 'There is no Chromium on this machine')
    return chromium
      .launch({
        executablePath: found.executablePath,
        headless,
        args: [...defaultBrowserArgs(), ...args, mark],
        env: childEnvironment(env),
        timeout: launchTimeoutMs,
        handleSIGINT: false,
        handleSIGTERM: false,
        handleSIGHUP: false,
      })
      .catch((cause) => {
        throw new OnejarError('ONEJAR_BROWSER_FAILED', `${found.executablePath} did not start`, { cause })
      })
  }

  /** One at a time: the new context is told by what the list of contexts has more than before. */
  async #newContext({ browser, link }: LiveBrowser, options: ContextOptions, parked?: ParkedState) {
    const before = new Set(await contextIds(link))
    const context = await browser.newContext({
      ...contextOptions(options, browser.version()),
      ...(parked === undefined ? {} : { storageState: parked }),
    })
    const browserContextId = (await contextIds(link)).find((id) => !before.has(id))
    if (browserContextId === undefined) throw new Error('The browser does not tell its contexts apart')
    return { context, browserContextId }
  }
}

function contextOptions(options: ContextOptions, version: string): BrowserContextOptions {
  const { proxy, ignoreHTTPSErrors, identity } = options
  const own = identity === undefined || identity.userAgent.includes(`Chrome/${version.split('.')[0]}.`)
  return {
    // Chromium would go to this machine's own addresses without it.
    ...(proxy === undefined ? {} : { proxy: { ...withoutUndefined(proxy), bypass: '<-loopback>' } }),
    ...(ignoreHTTPSErrors === undefined ? {} : { ignoreHTTPSErrors }),
    ...(own ? {} : { userAgent: identity.userAgent }),
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

/** The binding whose context a frame belongs to. A popup is asked for before its page is known: the browser tells. */
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
    // Not a target of its own: a frame so new that its page has not told of it.
  }
  return live.bindings.size === 1 ? [...live.bindings][0] : undefined
}
