import type { BrowserContext, Page } from 'playwright'
import { OnejarError } from '../../core/index.ts'
import type { CdpLink } from '../devtools/cdp-link.ts'
import { whileAnswering } from '../devtools/while-answering.ts'
import type { TabSessions } from '../state/tab-sessions.ts'
import type { PageOpeners } from './page-openers.ts'
import type { PageWatcher } from './page-watcher.ts'

export interface NewPagesOptions {
  readonly context: BrowserContext
  /** The browser's own session, which is watched. */
  readonly browser: CdpLink
  /** Brings the context up to date, though no page is there to see it yet. */
  readonly barriers: { pushAhead(): Promise<void> }
  readonly pages: PageWatcher
  readonly openers: Pick<PageOpeners, 'own'>
  readonly tabs: Pick<TabSessions, 'restore'>
}

/** What Playwright says where the program is not installed that makes videos. */
const LACKS_FFMPEG = /Executable doesn't exist at .*ffmpeg/
const NO_VIDEO =
  'contextOptions.recordVideo: Playwright records videos with a program of its own, which is not installed here; npx playwright install ffmpeg brings it'

/** Opens pages that start with what the record holds. */
export class NewPages {
  readonly #options: NewPagesOptions
  #reserved = 0

  constructor(options: NewPagesOptions) {
    this.#options = options
  }

  /** Whether somebody is about to open one. */
  get expected(): boolean {
    return this.#reserved > 0
  }

  /** Somebody is about to call `open`. */
  reserve(): void {
    this.#reserved++
  }

  /**
   * @param own - whether it is opened for a request, and not for the user
   * @throws OnejarError ONEJAR_BROWSER_FAILED when the browser is gone, ONEJAR_BAD_OPTIONS when nothing can record its video
   */
  async open(own: boolean): Promise<Page> {
    const { context, browser, barriers, pages, openers } = this.#options
    const reserved = this.expected
    try {
      await barriers.pushAhead()
      const page =
        pages.takeSpare() ?? (await whileAnswering(browser, context.newPage(), (late) => late.close()))
      if (own) openers.own(page)
      await this.restore(page, own)
      return page
    } catch (cause) {
      if (LACKS_FFMPEG.test(String(cause))) throw new OnejarError('ONEJAR_BAD_OPTIONS', NO_VIDEO, { cause })
      throw new OnejarError('ONEJAR_BROWSER_FAILED', 'A page could not be opened', { cause })
    } finally {
      if (reserved) this.#reserved--
    }
  }

  /** Gives a page that shows nothing yet the sessionStorage that is kept. */
  async restore(page: Page, own: boolean): Promise<void> {
    const { pages, tabs } = this.#options
    await pages.lifeOf(page)?.attached
    const agent = pages.lifeOf(page)?.agent
    if (!agent) return
    await pages.attached()
    const others = pages.agents.filter((other) => other !== agent)
    await tabs.restore(page, agent, others, own)
  }
}
