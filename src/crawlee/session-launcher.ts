import { EventEmitter } from 'node:events'
import type { Session as CrawleeSession } from '@crawlee/core'
import type { BrowserType, Cookie, Page } from 'playwright'
import { closePage } from '../browser/index.ts'
import type { Session } from '../client/index.ts'
import { FROM_SESSION } from './shared-session.ts'

/** Where the hook leaves the session for the launcher, which gets the launch options only. */
const SESSION: unique symbol = Symbol('onejar: the session of a launch')

interface LaunchContext {
  launchOptions?: Record<PropertyKey, unknown>
  session?: CrawleeSession
}

interface Controller {
  setCookies(page: Page, cookies: Cookie[]): Promise<void>
}

/** A browser of Crawlee's belongs to one session; this names it to the launcher. */
export function preLaunchHook(_pageId: string, launchContext: LaunchContext): void {
  launchContext.launchOptions = { ...launchContext.launchOptions, [SESSION]: launchContext.session }
}

/** Cookies of the session are in its pages already; those that requests and hooks add are set. */
export function postLaunchHook(_pageId: string, controller: object): void {
  const own = controller as Controller
  const setCookies = own.setCookies.bind(own)
  own.setCookies = async (page, cookies) => {
    const added = cookies.filter((cookie) => !(FROM_SESSION in cookie))
    if (added.length > 0) await setCookies(page, added)
  }
}

/**
 * What Crawlee takes for Playwright's Chromium. What it launches is the context of a session, whose pages are ordinary
 * Playwright pages; the browser is the broker's, and its settings are those of `openBroker({ browser })`.
 */
export function sessionLauncher(sessionOf: (crawlee: CrawleeSession | undefined) => Session): BrowserType {
  const launcher = {
    name: () => 'chromium',
    // Crawlee launches one to ask for its version.
    launch: async () => ({ version: () => 'onejar', close: async () => {} }),
    launchPersistentContext: async (_folder: string, options: Record<PropertyKey, unknown>) =>
      new SessionPages(sessionOf(options[SESSION] as CrawleeSession | undefined)),
  }
  return launcher as unknown as BrowserType
}

/** The pages of a session that one “browser” of Crawlee's has opened. Closing it closes these; the session goes on. */
class SessionPages extends EventEmitter {
  readonly #session: Session
  readonly #pages = new Set<Page>()

  constructor(session: Session) {
    super()
    this.#session = session
  }

  async newPage(): Promise<Page> {
    const page = await this.#session.page()
    this.#pages.add(page)
    page.once('close', () => this.#pages.delete(page))
    return page
  }

  pages(): Page[] {
    return [...this.#pages]
  }

  async close(): Promise<void> {
    await Promise.allSettled([...this.#pages].map((page) => closePage(page)))
    this.emit('close')
  }
}
