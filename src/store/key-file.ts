import { statSync } from 'node:fs'
import { dirname } from 'node:path'
import { createPrivateFile, makeFolder, OnejarError, readFileWithin, whyOfFile } from '../core/index.ts'
import { generateKey, type KeyRing, parseKeyRing } from './key-ring.ts'

/** Far above the sixteen keys that a ring holds. */
const MAX_KEY_FILE_BYTES = 64 * 1024

/**
 * The key ring of a file that only its owner can read (mode 0600, which is made so); makes the file, with one new key,
 * when there is none. Of several processes that do so at once, all end up with the same key. The form is that of
 * `parseKeyRing`, so keys are rotated by putting a new one in front. The file has to be a regular one of this user or of
 * root: who else can change the keys can have the store sealed with keys of their own.
 *
 * @throws OnejarError ONEJAR_STORE_UNAVAILABLE when the file can be neither read nor made, ONEJAR_BAD_OPTIONS when what
 * it holds are no keys
 */
export function openKeyFile(path: string): KeyRing {
  try {
    if (statSync(path, { throwIfNoEntry: false }) === undefined) {
      makeFolder(dirname(path), 0o700)
      createPrivateFile(path, `${generateKey()}\n`)
    }
    return parseKeyRing(readKeyText(path), `The key file ${path}`)
  } catch (error) {
    if (error instanceof OnejarError) throw error
    throw new OnejarError(
      'ONEJAR_STORE_UNAVAILABLE',
      `The key file ${path} can be neither read nor made: ${whyOfFile(error)}`,
      { cause: error, details: { path } },
    )
  }
}

/**
 * The key ring of a file that `ONEJAR_KEYS_FILE` names. It is neither made nor made private: a secret of a container is a file
 * that another user of the machine has put there, and that this one can only read.
 *
 * @throws OnejarError ONEJAR_STORE_UNAVAILABLE when the file cannot be read, ONEJAR_BAD_OPTIONS when what it holds are no keys
 */
export function readGivenKeys(path: string): KeyRing {
  const what = `The file ${path} of ONEJAR_KEYS_FILE`
  let text: string
  try {
    text = readFileWithin(path, { maxBytes: MAX_KEY_FILE_BYTES }).toString()
  } catch (cause) {
    throw new OnejarError('ONEJAR_STORE_UNAVAILABLE', `${what} cannot be read: ${whyOfFile(cause)}`, {
      cause,
      details: { path },
    })
  }
  return parseKeyRing(text, what)
}

/** What a key file holds. @throws FileRefusal, and what the system says */
export function readKeyText(path: string): string {
  return readFileWithin(path, { maxBytes: MAX_KEY_FILE_BYTES, ifOpenToOthers: 'close' }).toString()
}
