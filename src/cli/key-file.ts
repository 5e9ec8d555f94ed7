import { open, readFile, rename, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { storeHome } from '../store/index.ts'
import { CommandError, EXIT } from './exit-codes.ts'
import { codeOf } from './output.ts'

/** The key file of a store: beside a file, and in ONEJAR_HOME for a shared store. */
export function keyFileOf(target: string | undefined): string {
  if (target === undefined) return join(storeHome(), 'onejar.db.key')
  if (/^rediss?(-cluster)?:\/\//.test(target)) return join(storeHome(), 'onejar.key')
  return `${resolve(target.replace(/^sqlite:(\/\/(?=\/))?/, ''))}.key`
}

/** The keys of a key file, newest first. @throws CommandError */
export async function readKeyFile(path: string): Promise<string[]> {
  const text = await readFile(path, 'utf8').catch((cause) => {
    throw new CommandError(`The key file ${path} cannot be read (${codeOf(cause)})`, EXIT.store, { cause })
  })
  return text.split(/[\s,]+/).filter((word) => word !== '')
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
  const draft = `${path}.new`
  const file = await open(draft, 'wx', 0o600).catch((cause) => {
    const why = codeOf(cause) === 'EEXIST' ? 'the keys are being changed by another process' : codeOf(cause)
    throw new CommandError(`${draft} cannot be made (${why}); remove it when it is a leftover`, EXIT.store, {
      cause,
    })
  })
  try {
    const keys = change(await readKeyFile(path))
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
