import { randomBytes } from 'node:crypto'
import { join, resolve } from 'node:path'
import { type Clock, makeFolder, writePrivateFile } from '../../core/index.ts'

/** Keeps pictures of what blocked a session, for its owner alone. */
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

  /** The path of the PNG that was written, with mode 0600; null when none is wanted, or it could not be written. */
  keep(image: Buffer): string | null {
    if (this.#folder === undefined) return null
    try {
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
