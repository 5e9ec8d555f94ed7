import { OnejarError } from '../core/index.ts'
import type { BrowserSource } from './browser-source.ts'
import { within } from './devtools/within.ts'
import type { BrowserOptions, OpenBrowser } from './launch/open-browser.ts'
import { connectBrowser, type LiveBrowser } from './live-browser.ts'
import { SpareContext } from './spare-context.ts'

export interface OneBrowserParts {
  readonly options: BrowserOptions
  /** Starts the browser, or connects to it. */
  readonly open: OpenBrowser
  readonly headerOrigins: readonly string[]
}

const ANSWER_TIMEOUT_MS = 15_000

/** One browser for all: started on first use, and once more after a crash. */
export class OneBrowser implements BrowserSource {
  readonly various = false
  readonly #parts: OneBrowserParts
  #live: Promise<LiveBrowser> | undefined
  #closed = false

  constructor(parts: OneBrowserParts) {
    this.#parts = parts
  }

  get running(): boolean {
    return this.#live !== undefined
  }

  async use<T>(work: (live: LiveBrowser) => Promise<T>): Promise<T> {
    return work(await this.#start())
  }

  async close(): Promise<void> {
    this.#closed = true
    const starting = this.#live
    this.#live = undefined
    const live = await starting?.catch(() => undefined)
    if (!live) return
    await Promise.all([live.spare?.close(), ...[...live.bindings].map((binding) => binding.close())])
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
    const { options, open, headerOrigins } = this.#parts
    const { launchTimeoutMs = 30_000, answerTimeoutMs = ANSWER_TIMEOUT_MS } = options
    const { spareContext = true, headless = true } = options
    const startedAt = performance.now()
    const opened = await open(options)
    const timeLeftMs = launchTimeoutMs - (performance.now() - startedAt)
    const connecting = connectBrowser(opened, answerTimeoutMs, headerOrigins)
    const live = await within(timeLeftMs, connecting).catch(() => undefined)
    if (live === undefined) {
      opened.abandon()
      throw new OnejarError('ONEJAR_BROWSER_FAILED', 'The browser did not answer after its start')
    }
    // Where people look on, they would see its window; a profile has one context, and others may use a shared browser.
    if (spareContext && headless && !live.shared && live.profile === undefined)
      live.spare = new SpareContext(live)
    const promise = this.#live
    opened.browser.once('disconnected', () => {
      void live.spare?.close()
      if (this.#live === promise) this.#live = undefined
    })
    return live
  }
}
