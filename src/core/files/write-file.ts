import { randomUUID } from 'node:crypto'
import {
  closeSync,
  constants,
  fchmodSync,
  fsyncSync,
  linkSync,
  lstatSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { FileRefusal } from './file-refusal.ts'
import { kindOf } from './read-file.ts'

const { O_CREAT, O_EXCL, O_WRONLY, O_NOFOLLOW = 0 } = constants

/**
 * A file that is written aside, in the folder where it is to be, and takes its name in one step: who reads the name sees
 * what was there before or all that is new, and what was open to others before is so no longer.
 */
export class FileDraft {
  readonly fd: number
  readonly #path: string
  readonly #draft: string
  #open = true

  /**
   * @param path - what may be there is a regular file: a link is not followed, a pipe or a device not written to
   * @param mode - 0600 (the default) for what holds secrets, also where a file with another mode was; `undefined` for
   *   what an ordinary program would make, which keeps the mode of a file that was there
   * @throws FileRefusal when something else is in the place; what the system says
   */
  constructor(path: string, { mode }: { readonly mode: number | undefined } = { mode: 0o600 }) {
    const before = lstatSync(path, { throwIfNoEntry: false })
    if (before && !before.isFile()) {
      throw new FileRefusal(
        `it is ${kindOf(before)}: name a regular file, or write to stdout and redirect that`,
      )
    }
    this.#path = path
    this.#draft = asideOf(path)
    this.fd = openSync(this.#draft, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW, mode ?? 0o666)
    if (mode === undefined && before) fchmodSync(this.fd, before.mode & 0o777)
  }

  /** Gives the file its name. @throws what the system says; nothing is left behind then */
  commit({ flush = false }: { readonly flush?: boolean } = {}): void {
    try {
      if (flush) fsyncSync(this.fd)
      this.#close()
      renameSync(this.#draft, this.#path)
    } catch (error) {
      this.discard()
      throw error
    }
  }

  /** Leaves things as they were before. Idempotent. */
  discard(): void {
    this.#close()
    rmSync(this.#draft, { force: true })
  }

  #close(): void {
    if (this.#open) closeSync(this.fd)
    this.#open = false
  }
}

/**
 * Writes a file for its owner only (mode 0600), in one step: see `FileDraft`.
 *
 * @throws FileRefusal, and what the system says
 */
export function writePrivateFile(path: string, content: string | Uint8Array): void {
  const draft = new FileDraft(path)
  try {
    writeFileSync(draft.fd, content)
  } catch (error) {
    draft.discard()
    throw error
  }
  draft.commit()
}

/**
 * Makes a file for its owner only, whole from the start, where there is none. Of several processes that do so at once the
 * first one wins.
 *
 * @returns whether it was this one
 * @throws what the system says
 */
export function createPrivateFile(path: string, content: string): boolean {
  const draft = asideOf(path)
  try {
    writeFileSync(draft, content, { mode: 0o600, flag: 'wx', flush: true })
    linkSync(draft, path)
    return true
  } catch (error) {
    if (lstatSync(path, { throwIfNoEntry: false }) === undefined) throw error
    return false
  } finally {
    rmSync(draft, { force: true })
  }
}

/** Another name in the same folder, and so on the same disk. */
function asideOf(path: string): string {
  return join(dirname(path), `.${basename(path)}.${randomUUID()}`)
}
