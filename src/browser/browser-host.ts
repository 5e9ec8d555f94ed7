import type { Browser, BrowserContext, Page } from 'playwright'
import { ignore, isOnejarError, OnejarError, UserCode } from '../core/index.ts'
import type { Identity, SessionRecord } from '../record/index.ts'
import type { SyncListener } from './barriers.ts'
import type { BrowserSource } from './browser-source.ts'
import { ContextBinding, type HeadersAt } from './context-binding.ts'
import { ownContext, ownContextId } from './context-owners.ts'
import { askContextId, contextIds } from './devtools/context-id.ts'
import { shownIdentity } from './identity-override.ts'
import { probeIdentity, probePage } from './identity-probe.ts'
import {
  type BrowserOptions,
  type LackingReport,
  type OpenBrowser,
  openBrowser,
} from './launch/open-browser.ts'
import { connectBrowser, type LiveBrowser, leaveBrowser } from './live-browser.ts'
import { explainFaults } from './network-faults.ts'
import { type ContextOptions, contextOptions, newContext } from './new-context.ts'
import { OneBrowser } from './one-browser.ts'
import type { RequestWatcher } from './pages/request-observer.ts'
import { BrowserFarm } from './rented/browser-farm.ts'
import { savedDatabases } from './state/context-snapshot.ts'

/** How the browsers of a host are opened, and who hears of them. */
export interface BrowserHostParts {
  /** Starts a browser, or connects to one. Default: `openBrowser`. */
  readonly open?: OpenBrowser | undefined
  /** Where sessions add headers of their own to every request of their pages. */
  readonly headerOrigins?: readonly string[] | undefined
  /** Calls the user's functions. */
  readonly userCode?: UserCode | undefined
  /** Called with what a rented browser lacks. Must not throw. */
  readonly onLacking?: LackingReport | undefined
  /** Called when a rented browser cannot be used, or not any more. Must not throw. */
  readonly onFailed?: ((error: unknown) => void) | undefined
}

/** What is known of a context that somebody else made. */
export interface AttachOptions {
  /** The contexts that were in its browser before it was made: without them a page is opened in it to find it. */
  readonly before?: ReadonlySet<string> | undefined
  /** Opens a page in it that its owner shows to nobody. Default: `context.newPage`. */
  readonly openHidden?: (() => Promise<Page>) | undefined
  /** The context itself, where what is attached stands for it. */
  readonly standsFor?: BrowserContext | undefined
  /** Whether the browser is left alone as soon as none of its contexts is attached. Default: when the broker is closed. */
  readonly leavesBrowser?: boolean | undefined
  /** Called when it is attached no more, whoever ended that. */
  readonly onEnd?: (() => void) | undefined
  readonly watcher?: RequestWatcher | undefined
  readonly onSync?: SyncListener | undefined
  /** See `ContextOptions`. */
  readonly headersAt?: HeadersAt | undefined
}

/** A browser of somebody else is slow at their expense: they decide when to end it. */
const OTHERS_ANSWER_TIMEOUT_MS = 60_000

/**
 * The browsers of a broker: one that is started on first use, again after a crash, and runs until `close()`, also while no context is
 * open; or those that are rented. A remote browser goes on running when it is closed here: only the connection ends.
 */
export class BrowserHost {
  readonly #browsers: BrowserSource
  readonly #headerOrigins: readonly string[]
  #identity: Promise<Identity> | undefined
  /** Browsers of others that contexts were attached in. */
  readonly #others = new Map<Browser, Promise<LiveBrowser>>()

  constructor(options: BrowserOptions = {}, parts: BrowserHostParts = {}) {
    const { open = openBrowser, headerOrigins = [], onLacking = ignore, onFailed = ignore } = parts
    const { endpoint } = options
    const { userCode = new UserCode(ignore) } = parts
    const common = { open, headerOrigins }
    this.#headerOrigins = headerOrigins
    this.#browsers =
      endpoint === undefined
        ? new OneBrowser({ options, ...common })
        : new BrowserFarm({ options: { ...options, endpoint }, userCode, onLacking, onFailed, ...common })
  }

  /** Whether a browser is running or being started. */
  get running(): boolean {
    return this.#browsers.running
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
    const listeners = { watcher, onSync }
    return this.#browsers.use(
      (live) =>
        live.profile !== undefined && options.apart !== true
          ? this.#bindProfile(live, live.profile, record, options, listeners)
          : this.#bindNew(live, record, options, listeners),
      options.signal,
    )
  }

  async #bindNew(
    live: LiveBrowser,
    record: SessionRecord,
    options: ContextOptions,
    listeners: Pick<AttachOptions, 'watcher' | 'onSync'>,
  ): Promise<ContextBinding> {
    try {
      const own = await this.#ownIdentity(live, options)
      const wanted = contextOptions(options, own)
      const storageState = savedDatabases(record)
      const spare = storageState === undefined ? live.spare?.take(wanted) : undefined
      const { context, browserContextId } =
        spare ?? (await newContext(live, storageState === undefined ? wanted : { ...wanted, storageState }))
      ownContext(context, 'made here')
      if (options.faultOf) explainFaults(context, options.faultOf)
      const binding = new ContextBinding({
        context,
        browserContextId,
        browser: live.link,
        gated: live.shared,
        record,
        ...listeners,
        identity: shownIdentity(options.identity, own),
        headersAt: options.headersAt,
        headerOrigins: this.#headerOrigins,
        sparePage: spare?.page,
        onClose: (closed) => leaveBrowser(live, closed),
      })
      live.bindings.add(binding)
      live.spare?.noteOpened(wanted)
      await binding.push()
      return binding
    } catch (cause) {
      throw new OnejarError('ONEJAR_BROWSER_FAILED', 'A browser context could not be opened', { cause })
    }
  }

  /** What the browser shows by itself, as far as it is known; of one of several it is asked. */
  #ownIdentity(live: LiveBrowser, { identity }: ContextOptions): Promise<Identity | undefined> | undefined {
    const known = this.#browsers.various ? identity && identityIn(live) : this.#identity
    return known?.catch(() => undefined)
  }

  /** The one context of a profile stays when its session goes, and keeps what it has. */
  async #bindProfile(
    live: LiveBrowser,
    context: BrowserContext,
    record: SessionRecord,
    { proxy, ignoreHTTPSErrors, settings = {}, headersAt }: ContextOptions,
    listeners: Pick<AttachOptions, 'watcher' | 'onSync'>,
  ): Promise<ContextBinding> {
    if (proxy !== undefined || ignoreHTTPSErrors === true || Object.keys(settings).length > 0) {
      const what =
        'browser.userDataDir: a profile cannot have the proxy, contextOptions or ignoreHTTPSErrors of a session'
      throw new OnejarError('ONEJAR_BAD_OPTIONS', `${what}: make the context yourself, and attach it`)
    }
    const giveBack = ownContext(context, 'attached')
    const onClose = (closed: ContextBinding) => {
      giveBack()
      leaveBrowser(live, closed)
    }
    try {
      const browserContextId = await askContextId(context)
      const common = {
        context,
        browserContextId,
        browser: live.link,
        record,
        headersAt,
        onClose,
        ...listeners,
      }
      const binding = new ContextBinding({ ...common, attached: true, ofProfile: true })
      live.bindings.add(binding)
      await binding.meet()
      return binding
    } catch (cause) {
      giveBack()
      throw new OnejarError('ONEJAR_BROWSER_FAILED', 'The profile could not be opened', { cause })
    }
  }

  /**
   * Binds a context that somebody else made, in a browser of theirs, and shows it what the record holds; what it holds by
   * itself comes into the record, which takes precedence. Neither is closed here. Where the context has no page yet, its first
   * document has everything.
   *
   * @throws OnejarError ONEJAR_CONTEXT_IN_USE, ONEJAR_BROWSER_FAILED
   */
  async attach(
    context: BrowserContext,
    record: SessionRecord,
    options: AttachOptions = {},
  ): Promise<ContextBinding> {
    const { before, openHidden, watcher, onSync, headersAt, standsFor = context, leavesBrowser } = options
    const owned = [ownContext(standsFor, 'attached')]
    const giveBack = () => {
      for (const give of owned.splice(0)) give()
    }
    try {
      const live = await this.#other(context)
      const made = await contextIds(live.link)
      const added = before && made.filter((id) => !before.has(id))
      const browserContextId = added?.length === 1 ? (added[0] as string) : await askContextId(context)
      // The browser names those that were made, and leaves out the profile's.
      const ofProfile = !made.includes(browserContextId)
      owned.push(ownContextId(browserContextId))
      const { link: browser, bindings } = live
      const onClose = (closed: ContextBinding) => {
        giveBack()
        bindings.delete(closed)
        if (leavesBrowser && bindings.size === 0) this.#leave(context)
        options.onEnd?.()
      }
      const common = { context, browserContextId, browser, record, watcher, onSync, onClose }
      const binding = new ContextBinding({ ...common, openHidden, headersAt, attached: true, ofProfile })
      bindings.add(binding)
      await binding.meet().catch(async (error) => {
        await binding.close()
        throw error
      })
      return binding
    } catch (cause) {
      giveBack()
      if (isOnejarError(cause, 'ONEJAR_CONTEXT_IN_USE')) throw cause
      throw new OnejarError('ONEJAR_BROWSER_FAILED', 'The browser context could not be attached', { cause })
    }
  }

  /** The contexts that are in the browser of somebody else now: see `AttachOptions.before`. */
  async contextsOf(browser: Browser): Promise<ReadonlySet<string>> {
    return new Set(await contextIds((await this.#otherBrowser(browser)).link))
  }

  /**
   * What a context of somebody else shows of itself to a site. Opens a page in it for a moment.
   *
   * @throws what the browser says
   */
  identityOf(context: BrowserContext): Promise<Identity> {
    return probeContext(context)
  }

  /** What the browser shows of itself to a site; one of them, where there are several. Asked of it once. */
  identity(): Promise<Identity> {
    this.#identity ??= this.#browsers.use(identityIn).catch((error) => {
      this.#identity = undefined
      throw error
    })
    return this.#identity
  }

  /** Closes every context and the browser. Idempotent. */
  async close(): Promise<void> {
    await Promise.all([...this.#others.values()].map(leave))
    await this.#browsers.close()
  }

  #other(context: BrowserContext): Promise<LiveBrowser> {
    const browser = context.browser()
    if (browser === null) throw new Error('The context belongs to no browser')
    return this.#otherBrowser(browser)
  }

  #otherBrowser(browser: Browser): Promise<LiveBrowser> {
    const known = this.#others.get(browser)
    if (known !== undefined) return known
    const forget = () => void this.#others.delete(browser)
    // One that does not answer is not ended: it is somebody else's.
    const opened = { browser, shared: false, abandon: forget }
    const connecting = connectBrowser(opened, OTHERS_ANSWER_TIMEOUT_MS, this.#headerOrigins)
    this.#others.set(browser, connecting)
    connecting.catch(forget)
    browser.once('disconnected', forget)
    return connecting
  }

  #leave(context: BrowserContext): void {
    const browser = context.browser()
    const known = browser === null ? undefined : this.#others.get(browser)
    if (browser === null || known === undefined) return
    this.#others.delete(browser)
    known.then(({ link }) => link.close()).catch(() => {})
  }
}

/** What a browser shows of itself to a site; a profile by its one context. */
function identityIn(live: LiveBrowser): Promise<Identity> {
  live.identity ??= askIdentity(live).catch((error) => {
    live.identity = undefined
    throw error
  })
  return live.identity
}

async function askIdentity({ browser, profile }: LiveBrowser): Promise<Identity> {
  return profile === undefined ? probeIdentity(browser) : probeContext(profile)
}

async function probeContext(context: BrowserContext): Promise<Identity> {
  const page = await context.newPage()
  try {
    return await probePage(page)
  } finally {
    await page.close().catch(() => {})
  }
}

/** Takes our hands off a browser of somebody else. */
async function leave(connecting: Promise<LiveBrowser>): Promise<void> {
  const live = await connecting.catch(() => undefined)
  if (live === undefined) return
  await Promise.all([...live.bindings].map((binding) => binding.close()))
  live.link.close()
}
