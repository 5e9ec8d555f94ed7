import type { EventEmitter } from 'node:events'
import type { Browser, CDPSession } from 'playwright'
import { within } from '../../src/browser/devtools/within.ts'
import { type BrowserOptions, type OpenedBrowser, openBrowser } from '../../src/browser/index.ts'

/**
 * Chromium processes that the brokers of the test files of one worker use one after the other: a start costs more than most
 * tests. A broker has the browser for itself until it closes it. Contexts are what keeps sessions apart, so nothing of one
 * broker is left for the next: its contexts and its connections to the browser are closed. Those that nobody uses when their
 * process ends are ended by Playwright.
 */
const idle = new Map<string, OpenedBrowser[]>()

/** One that takes longer to close its contexts is ended. */
const CLEARING_MS = 10_000
/** The kind that most brokers ask for: of it, one waits for the next file. */
const USUAL = JSON.stringify([undefined, undefined])

/** As `openBrowser`, with a browser that ran before where one of the same kind is free. */
export async function openPooledBrowser(options: BrowserOptions): Promise<OpenedBrowser> {
  const { executablePath, cdpEndpoint, env, headless, args } = options
  if (executablePath !== undefined || cdpEndpoint !== undefined || env !== undefined)
    return openBrowser(options)
  const kind = JSON.stringify([headless, args])
  const opened = idle.get(kind)?.pop() ?? (await openBrowser(options))
  if (!opened.browser.isConnected()) return openPooledBrowser(options)
  return lend(opened, () => idle.set(kind, [...(idle.get(kind) ?? []), opened]))
}

/** Ends those that nobody uses, but for one of the usual kind. */
export async function closeSpareBrowsers(): Promise<void> {
  const spare = [...idle].flatMap(([kind, all]) => all.splice(kind === USUAL ? 1 : 0))
  await Promise.all(spare.map(({ browser }) => browser.close()))
}

/** Whether nothing is left in it of who had it: not where it has crashed. */
async function isCleared(browser: Browser, links: readonly CDPSession[]): Promise<boolean> {
  try {
    await Promise.all(browser.contexts().map((context) => context.close()))
    await Promise.all(links.map((link) => link.detach()))
    return browser.isConnected()
  } catch {
    return false
  }
}

/** Closing it gives it back, without anything that was made meanwhile. */
function lend(opened: OpenedBrowser, giveBack: () => void): OpenedBrowser {
  const { browser } = opened
  const emitter = browser as unknown as EventEmitter
  const before = emitter.listeners('disconnected')
  const own = { close: browser.close, newBrowserCDPSession: browser.newBrowserCDPSession }
  const links: CDPSession[] = []
  browser.newBrowserCDPSession = async () => {
    const link = await own.newBrowserCDPSession.call(browser)
    links.push(link)
    return link
  }
  browser.close = async () => {
    Object.assign(browser, own)
    for (const listener of emitter.listeners('disconnected')) {
      if (!before.includes(listener)) emitter.off('disconnected', listener as () => void)
    }
    if (await within(CLEARING_MS, isCleared(browser, links))) giveBack()
    else await browser.close()
  }
  const abandon = () => {
    Object.assign(browser, own)
    opened.abandon()
  }
  return { ...opened, abandon }
}
