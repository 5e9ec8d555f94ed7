import { randomBytes } from 'node:crypto'
import { join, resolve } from 'node:path'
import type { Page } from 'playwright'
import { type Clock, makeFolder, writePrivateFile } from '../../core/index.ts'

const TIMEOUT_MS = 5_000

/** Keeps pictures of what stopped a session, for its owner alone. */
export class Screenshots {
  readonly #folder: string | undefined
  readonly #clock: Clock

  /** @param folder - made when needed; undefined to take none */
  constructor(folder: string | undefined, clock: Clock) {
    this.#folder = folder
    this.#clock = clock
  }

  get wanted(): boolean {
    return this.#folder !== undefined
  }

  /** The path of a PNG of what the page shows, with mode 0600; null when none is wanted, or none could be taken. */
  async take(page: Page): Promise<string | null> {
    if (this.#folder === undefined) return null
    try {
      const image = await page.screenshot({ timeout: TIMEOUT_MS })
      makeFolder(resolve(this.#folder), 0o700)
      // The name says nothing of the site or the session.
      const at = new Date(this.#clock.now()).toISOString().replace(/[:.]/g, '-')
      const path = join(this.#folder, `${at}-${randomBytes(4).toString('hex')}.png`)
      writePrivateFile(path, image)
      return path
    } catch {
      return null
    }
  }
}
