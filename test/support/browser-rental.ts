import type { RentedEndpoint } from '../../src/browser/index.ts'
import { RemoteBrowser } from './remote-browser.ts'

/** A browser that was handed out, and how often it was given back. */
export interface HandedOut {
  readonly browser: RemoteBrowser
  releases: number
}

/**
 * Who rents browsers out: so many at most, real ones. One that was killed is started again when it is handed out next. Counts what
 * is out, and how often each was given back.
 */
export class BrowserRental {
  readonly leases: HandedOut[] = []
  /** The most that were out at a time. */
  peak = 0
  readonly #free: RemoteBrowser[]
  readonly #all: readonly RemoteBrowser[]

  private constructor(all: readonly RemoteBrowser[]) {
    this.#all = all
    this.#free = [...all]
  }

  static async start(size: number): Promise<BrowserRental> {
    return new BrowserRental(await Promise.all(Array.from({ length: size }, () => RemoteBrowser.start())))
  }

  /** Those that have not been given back. */
  get out(): readonly HandedOut[] {
    return this.leases.filter(({ releases }) => releases === 0)
  }

  /** The option of a broker. */
  readonly endpoint = async (): Promise<RentedEndpoint> => {
    const browser = this.#free.shift()
    if (browser === undefined) throw new Error('All browsers are out')
    const lease: HandedOut = { browser, releases: 0 }
    this.leases.push(lease)
    this.peak = Math.max(this.peak, this.out.length)
    if (!browser.running) await browser.start()
    return {
      url: browser.endpoint,
      release: () => {
        if (++lease.releases === 1) this.#free.push(browser)
      },
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#all.map((browser) => browser[Symbol.asyncDispose]()))
  }
}
