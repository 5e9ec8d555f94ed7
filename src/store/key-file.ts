import { randomUUID } from 'node:crypto'
import { chmodSync, linkSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { makeFolder, OnejarError } from '../core/index.ts'
import { generateKey, type KeyRing, parseKeyRing } from './key-ring.ts'

/**
 * The key ring of a file that only its owner can read (mode 0600); makes the file, with one new key, when there is none.
 * Of several processes that do so at once, all end up with the same key. The form is that of `parseKeyRing`, so keys are
 * rotated by putting a new one in front.
 *
 * @throws OnejarError ONEJAR_STORE_UNAVAILABLE when the file can be neither read nor made, ONEJAR_BAD_OPTIONS when what
 * it holds are no keys
 */
export function openKeyFile(path: string): KeyRing {
  try {
    if (!exists(path)) makeKeyFile(path)
    if ((statSync(path).mode & 0o077) !== 0) chmodSync(path, 0o600)
    return parseKeyRing(readFileSync(path, 'utf8'), `The key file ${path}`)
  } catch (error) {
    if (error instanceof OnejarError) throw error
    throw new OnejarError('ONEJAR_STORE_UNAVAILABLE', `The key file ${path} can be neither read nor made`, {
      cause: error,
      details: { path },
    })
  }
}

/** Written aside and then linked into place: nobody ever sees half a key, and the first one wins. */
function makeKeyFile(path: string): void {
  makeFolder(dirname(path), 0o700)
  const draft = `${path}.${randomUUID()}`
  try {
    writeFileSync(draft, `${generateKey()}\n`, { mode: 0o600, flag: 'wx', flush: true })
    linkSync(draft, path)
  } catch (error) {
    if (!exists(path)) throw error
  } finally {
    rmSync(draft, { force: true })
  }
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined
}
