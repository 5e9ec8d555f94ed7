import type { Page } from 'playwright'
import { type ContextBinding, closePage, PageFetcher } from '../../browser/index.ts'
import { LazyMap, OnejarError } from '../../core/index.ts'
import type { LoadFailure } from '../browser-port.ts'
import type { Judge } from '../judge.ts'
import type { BrowserAccess } from './browser-access.ts'
import { type AdmitDocument, PageAdmission } from './page-admission.ts'
import { loadPage } from './page-load.ts'
import { withPicture } from './page-picture.ts'
import { preparePage } from './prepare-page.ts'

export interface FetchPagesOptions {
  readonly browser: BrowserAccess
  readonly classifier: Judge
  readonly solveTimeoutMs: number
  readonly blockResources: boolean
  readonly admit: AdmitDocument | undefined
  /** Whether a page that is stopped shows by what. */
  readonly screenshot: boolean
  /** Closes every page. */
  readonly closing: AbortSignal
}

/** How long a page is kept that nothing fetches in. */
const IDLE_MS = 30_000
/** Pages of one session that are kept at a time; then the one that was used longest ago is closed. */
const MAX_PAGES = 4

interface Opened {
  readonly kind: 'page'
  readonly fetcher: PageFetcher
  readonly binding: ContextBinding
}

interface OpenPage {
  readonly opened: Promise<Opened | LoadFailure>
  users: number
  timer: NodeJS.Timeout | undefined
  /** It is to be closed with the last fetch. */
  forgotten: boolean
}

/** A page that is open, for the time of one fetch. */
export interface FetchPage {
  readonly kind: 'page'
  readonly fetcher: PageFetcher
  readonly binding: ContextBinding
  /** Gives it back; call it when the body has ended. Idempotent. */
  release(): void
}

/** Keeps one page per origin open to fetch in: opened when first needed, shared, closed when it has been idle for a while. */
export class FetchPages {
  readonly #options: FetchPagesOptions
  readonly #open = new LazyMap<string, OpenPage>()

  constructor(options: FetchPagesOptions) {
    this.#options = options
    options.closing.addEventListener('abort', () => {
      for (const origin of [...this.#open.keys()]) this.#close(origin)
    })
  }

  /**
   * The page of this origin; the first call opens it.
   *
   * @param url - what is opened: a document of the origin
   * @throws OnejarError those of a page load
   */
  async take(url: URL): Promise<FetchPage | LoadFailure> {
    const { origin } = url
    this.#options.closing.throwIfAborted()
    let page = this.#open.get(origin)
    const isKept = page !== undefined
    if (!page) {
      page = { opened: this.#loadPage(url), users: 0, timer: undefined, forgotten: false }
      page.opened.catch(() => {})
    }
    this.#open.delete(origin)
    this.#open.set(origin, page)
    clearTimeout(page.timer)
    page.users++
    const mine = page
    let given = false
    const release = () => {
      if (given) return
      given = true
      if (--mine.users === 0 && mine.forgotten) this.#drop(origin, mine)
      else if (mine.users === 0) {
        mine.timer = setTimeout(() => this.#drop(origin, mine), IDLE_MS)
        mine.timer.unref()
        this.#makeRoom()
      }
    }
    let gone: boolean
    try {
      const opened = await mine.opened
      if (opened.kind === 'failed') {
        release()
        this.#drop(origin, mine)
        return opened
      }
      const { fetcher } = opened
      gone = fetcher.closed
      if (!gone && fetcher.origin === origin) return { ...opened, release }
    } catch (error) {
      release()
      this.#drop(origin, mine)
      throw error
    }
    release()
    this.#drop(origin, mine)
    // It went with its browser while nobody used it: nothing has been sent.
    if (gone && isKept) return this.take(url)
    throw new OnejarError('ONEJAR_BROWSER_FAILED', `There is no document of ${origin} to fetch in`)
  }

  /** Closes the page of an origin, once nothing fetches in it any more. */
  forget(origin: string): void {
    const page = this.#open.get(origin)
    if (!page) return
    this.#open.delete(origin)
    if (page.users === 0) this.#drop(origin, page)
    else page.forgotten = true
  }

  #makeRoom(): void {
    for (const [origin, { users }] of this.#open) {
      if (this.#open.size <= MAX_PAGES) return
      if (users === 0) this.#close(origin)
    }
  }

  #close(origin: string): void {
    const page = this.#open.get(origin)
    if (page) this.#drop(origin, page)
  }

  #drop(origin: string, page: OpenPage): void {
    clearTimeout(page.timer)
    if (this.#open.get(origin) === page) this.#open.delete(origin)
    page.opened
      .then(async (opened) => {
        if (opened.kind === 'failed') return
        await opened.fetcher.close()
        await this.#options.browser.idle()
      })
      .catch(() => {})
  }

  async #loadPage(url: URL): Promise<Opened | LoadFailure> {
    const { browser, classifier, solveTimeoutMs, blockResources, screenshot, admit } = this.#options
    const binding = await browser.open()
    const page = await binding.newPage({ own: true })
    try {
      const admission = admit && new PageAdmission(admit)
      await preparePage(page, { blockResources, documents: admission?.documents })
      const go = (to: URL) => {
        const loading = loadPage(page, { url: to, classifier, timeoutMs: solveTimeoutMs })
        return admission?.during(loading) ?? loading
      }
      let outcome = await go(url)
      // A download leaves the page where it was: any document of the origin will do.
      if (outcome.kind === 'unproven' && originOf(page) !== url.origin)
        outcome = await go(new URL(url.origin))
      if (outcome.kind === 'failed') {
        const failure = await withPicture(outcome, page, screenshot)
        await closePage(page)
        return failure
      }
      await binding.pull()
      return { kind: 'page', fetcher: await PageFetcher.open(page), binding }
    } catch (error) {
      await closePage(page)
      throw error
    }
  }
}

function originOf(page: Page): string | null {
  return URL.canParse(page.url()) ? new URL(page.url()).origin : null
}
