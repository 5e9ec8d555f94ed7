import { lstat, open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { whyOfFile } from '../core/index.ts'
import { readKeyText, storeHome, storePlace } from '../store/index.ts'
import { CommandError, EXIT } from './exit-codes.ts'

/** The key file of a store: beside a file, and in ONEJAR_HOME for a shared store. */
export function keyFileOf(target: string | undefined): string {
  if (target === undefined) return join(storeHome(), 'onejar.db.key')
  const place = storePlace(target)
  return place.kind === 'file' ? `${place.path}.key` : join(storeHome(), 'onejar.key')
}

/** The keys of a key file, newest first. @throws CommandError */
export function readKeyFile(path: string): string[] {
  try {
    return readKeyText(path)
      .split(/[\s,]+/)
      .filter((word) => word !== '')
  } catch (cause) {
    throw new CommandError(`The key file ${path} cannot be read: ${whyOfFile(cause)}`, EXIT.store, { cause })
  }
}

/**
 * Changes a key file in one step, for its owner only: who reads it sees the old keys or the new ones. While one process
 * is at it, others are refused, so that no key is lost between two changes.
 *
 * @throws CommandError
 */
export async function changeKeyFile(
  path: string,
  change: (keys: string[]) => readonly string[],
): Promise<void> {
  // The new file would stand in the link's place, and what it leads to would stay as it is.
  if ((await lstat(path).catch(() => null))?.isSymbolicLink())
    throw new CommandError(`The key file ${path} is a link: change the file that it leads to`, EXIT.store)
  const draft = `${path}.new`
  const file = await open(draft, 'wx', 0o600).catch((cause) => {
    const reason = whyOfFile(cause)
    const why = reason === 'EEXIST' ? 'the keys are being changed by another process' : reason
    throw new CommandError(`${draft} cannot be made (${why}); remove it when it is a leftover`, EXIT.store, {
      cause,
    })
  })
  try {
    const keys = change(readKeyFile(path))
    await file.writeFile(`${keys.join('\n')}\n`)
    await file.sync()
    await rename(draft, path)
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  } finally {
    await file.close()
  }
}
