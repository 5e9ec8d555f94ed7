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
 * A file that is written under another name in the same folder and then renamed: a reader sees the old content or all of
 * the new one, and permissions of the old file that were too wide are gone.
 */
export class FileDraft {
  readonly fd: number
  readonly #path: string
  readonly #draft: string
  #open = true

  /**
   * @param path - an existing file must be a regular one: links are not followed, pipes and devices are not written to
   * @param mode - 0600 (the default) for secrets, whatever the mode of an existing file; `undefined` for the mode that
   *   an ordinary program would use, which is that of an existing file
   * @throws FileRefusal when something else has the name; the system's errors
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

  /** Gives the file its name. @throws the system's errors; nothing is left behind then */
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
 * @throws FileRefusal, and the system's errors
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
 * Creates a file for its owner only, complete from the start, unless it exists. When several processes do so at once, the
 * first one wins.
 *
 * @returns whether this call created it
 * @throws the system's errors
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
