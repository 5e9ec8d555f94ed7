import { OnejarError } from './errors.ts'
import { whyOfFile } from './files/file-refusal.ts'
import { readFileWithin } from './files/read-file.ts'

const MAX_PASSWORD_BYTES = 4096

/**
 * The password for Redis servers whose URL has none, from the file that `ONEJAR_REDIS_PASSWORD_FILE` names; undefined for none.
 * A URL shows its password to whoever lists processes, an environment to whoever inspects a container; a file does neither.
 *
 * @throws OnejarError ONEJAR_BAD_OPTIONS when the file cannot be read, or holds nothing
 */
export function redisPassword(
  env: Readonly<Record<string, string | undefined>> = process.env,
): string | undefined {
  const { ONEJAR_REDIS_PASSWORD_FILE: file } = env
  if (!file) return undefined
  const password = contentOf(file).replace(/\r?\n$/, '')
  if (password === '') throw refusal(file, 'it is empty')
  return password
}

function contentOf(file: string): string {
  try {
    return readFileWithin(file, { maxBytes: MAX_PASSWORD_BYTES }).toString()
  } catch (cause) {
    throw refusal(file, whyOfFile(cause), cause)
  }
}

function refusal(file: string, why: string, cause?: unknown): OnejarError {
  const what = `The file ${file} of ONEJAR_REDIS_PASSWORD_FILE cannot be used: ${why}`
  return new OnejarError('ONEJAR_BAD_OPTIONS', what, {
    ...(cause === undefined ? {} : { cause }),
    details: { path: file },
  })
}
