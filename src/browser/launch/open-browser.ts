import { randomUUID } from 'node:crypto'
import type { Browser, BrowserContext } from 'playwright'
import { childEnvironment, isOnejarError, OnejarError } from '../../core/index.ts'
import type { EndpointFunction } from '../rented/endpoint-answer.ts'
import { ConfinedTransport } from './confined-transport.ts'
import { defaultBrowserArgs, findBrowser, isRoot } from './find-browser.ts'
import { killLaunched } from './kill-launched.ts'
import { lackingCommands } from './lacking-commands.ts'
import { loadPlaywright } from './load-playwright.ts'
import type { LackingCommand } from './needed-commands.ts'
import { withoutUnseenWindows } from './unseen-windows.ts'

/** How a browser is started or connected to. Durations are in milliseconds. */
export interface BrowserOptions {
  /** The Chromium to start. Default: the first that is found (see `findBrowser`). */
  readonly executablePath?: string | undefined
  /** The browser to start by its name, in place of that. */
  readonly channel?: string | undefined
  /** The folder of a profile to start it with. Default: none that lasts. */
  readonly userDataDir?: string | undefined
  /**
   * Use a browser that runs already, at this DevTools endpoint (`http(s)://` or `ws(s)://`), instead of starting one. Others
   * may use it too: only contexts that are made here are touched, and they end with the connection.
   */
  readonly cdpEndpoint?: string | undefined
  /**
   * Whether DevTools commands that the browser there lacks are found out first. It takes a page, which a client that attaches to all
   * pages may hold up: for a browser that is nobody else's. Default: false.
   */
  readonly probe?: boolean | undefined
  /** Rents browsers that run already, one at each call, in place of that. */
  readonly endpoint?: EndpointFunction | undefined
  /** How many of them are rented at a time. Default: 1. */
  readonly maxEndpoints?: number | undefined
  /** How long one is kept that has no page open. Default: 60,000. */
  readonly endpointIdleMs?: number | undefined
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
  /** Whether a context with a page is made before it is needed (see `SpareContext`). Default: true. */
  readonly spareContext?: boolean | undefined
}

const NO_CHROMIUM =
  'There is no Chromium on this machine; plain HTTP works without one: requests that meet no challenge, cookies, imports and exports'
/** What Chromium says where it may have no namespaces, by how they are refused. */
const NO_NAMESPACES = /No usable sandbox|Failed to move to new namespace|SUID sandbox helper/
const NO_SANDBOX =
  "did not start: Chromium's sandbox needs user namespaces, and this system refuses them. Allow them (in a container by a seccomp profile, docker/seccomp.json of the repository), or give the sandbox up with browser.args: ['--no-sandbox']"
const NO_DISPLAY =
  'did not start: a browser with a window needs a display, and neither DISPLAY nor WAYLAND_DISPLAY is set. Start the program with xvfb-run, or leave the browser headless'

/** A browser that answers. */
export interface OpenedBrowser {
  /** Playwright's browser. */
  readonly browser: Browser
  /** Whether others may use it at the same time. */
  readonly shared: boolean
  /** The context of the profile that it was started with. */
  readonly profile?: BrowserContext | undefined
  /** DevTools commands that it does not carry out, and that can be done without, where it was asked (`probe`). */
  readonly lacks?: readonly LackingCommand[] | undefined
  /** Ends what does not answer any more: a browser that was started here, or the connection to a remote one. */
  abandon(): void
}

/** Called with what a browser does not carry out, where it is used all the same. Must not throw. */
export type LackingReport = (commands: readonly LackingCommand[]) => void

/** Starts a browser or connects to one. */
export type OpenBrowser = (options: BrowserOptions) => Promise<OpenedBrowser>

/**
 * Starts a browser, or connects to the one at `cdpEndpoint`.
 *
 * @throws OnejarError ONEJAR_BROWSER_NOT_FOUND, ONEJAR_BROWSER_FAILED
 */
export function openBrowser(options: BrowserOptions): Promise<OpenedBrowser> {
  return options.cdpEndpoint === undefined ? launch(options) : connect(options, options.cdpEndpoint)
}

async function connect(
  { launchTimeoutMs = 30_000, probe = false }: BrowserOptions,
  endpoint: string,
): Promise<OpenedBrowser> {
  const { chromium } = await loadPlaywright('connect')
  let transport: ConfinedTransport | undefined
  try {
    const confined = await ConfinedTransport.connect(endpoint, launchTimeoutMs)
    transport = confined
    const lacks = probe ? await lackingCommands((...command) => confined.ask(...command)) : []
    // What everybody shares, its default context, is left as it is.
    const browser = await chromium.connectOverCDP(confined, { timeout: launchTimeoutMs, noDefaults: true })
    return { browser, shared: true, abandon: () => confined.close(), lacks }
  } catch (cause) {
    transport?.close()
    if (isOnejarError(cause)) throw cause
    const what = `The ${probe ? 'rented browser' : 'browser at browser.cdpEndpoint'} did not answer`
    throw new OnejarError('ONEJAR_BROWSER_FAILED', what, { cause })
  }
}

async function launch(options: BrowserOptions): Promise<OpenedBrowser> {
  const { executablePath, channel, userDataDir, headless = true, args = [], env } = options
  const { launchTimeoutMs = 30_000 } = options
  const { chromium } = await loadPlaywright('launch')
  const found = channel === undefined ? await findBrowser({ executablePath }) : null
  if (!found && channel === undefined) throw new OnejarError('ONEJAR_BROWSER_NOT_FOUND', NO_CHROMIUM)
  // Chromium does not know the argument; it identifies this browser.
  const mark = `--onejar-launch=${randomUUID()}`
  const wanted = [...defaultBrowserArgs(), ...args, mark]
  try {
    const how = {
      ...(found === null ? { channel: channel as string } : { executablePath: found.executablePath }),
      headless,
      // By itself Playwright gives it up for everybody.
      chromiumSandbox: !isRoot(),
      args: [...(headless ? await withoutUnseenWindows(chromium, wanted) : wanted)],
      env: childEnvironment(env),
      timeout: launchTimeoutMs,
      handleSIGINT: false,
      handleSIGTERM: false,
      handleSIGHUP: false,
    }
    const profile =
      userDataDir === undefined ? undefined : await chromium.launchPersistentContext(userDataDir, how)
    const browser = profile === undefined ? await chromium.launch(how) : profile.browser()
    if (browser === null)
      throw new Error('This version of Playwright does not say which browser a profile has')
    const abandon = () => {
      killLaunched(mark)
      browser.close().catch(() => {})
    }
    return { browser, shared: false, abandon, profile }
  } catch (cause) {
    killLaunched(mark)
    if (found === null && /is not found at|nsupported/.test(String(cause))) {
      const what = `There is no browser here whose browser.channel is ${channel}`
      throw new OnejarError('ONEJAR_BROWSER_NOT_FOUND', what, { cause })
    }
    const why = whyNot(cause, headless)
    throw new OnejarError('ONEJAR_BROWSER_FAILED', `${found?.executablePath ?? channel} ${why}`, { cause })
  }
}

/** @param cause - Playwright's error, which has what Chromium said */
function whyNot(cause: unknown, headless: boolean): string {
  if (NO_NAMESPACES.test(String(cause))) return NO_SANDBOX
  return headless || hasDisplay() ? 'did not start' : NO_DISPLAY
}

/** Whether a browser can have a window here. */
export function hasDisplay(): boolean {
  const { DISPLAY, WAYLAND_DISPLAY } = process.env
  return process.platform !== 'linux' || Boolean(DISPLAY || WAYLAND_DISPLAY)
}
