import type { LiveBrowser } from './live-browser.ts'

/** Where a broker's browsers come from: one that it starts or connects to, or many that are rented. */
export interface BrowserSource {
  /** Whether a browser is running or being started. */
  readonly running: boolean
  /** Whether they may show different things of themselves. */
  readonly various: boolean
  /**
   * Runs work in a browser. Where there are several it goes to the one with the fewest contexts, and is done again in another one
   * when that one is gone.
   *
   * @param signal - ends the waiting for a browser, not the work
   * @throws OnejarError ONEJAR_BROWSER_NOT_FOUND, ONEJAR_BROWSER_FAILED, ONEJAR_BROWSER_LIMITED, ONEJAR_CLOSED; what the work throws
   */
  use<T>(work: (live: LiveBrowser) => Promise<T>, signal?: AbortSignal): Promise<T>
  /** Closes every context and every browser. Idempotent. */
  close(): Promise<void>
}
