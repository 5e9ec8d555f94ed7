import { readFileWithin, whyOfFile } from '../core/index.ts'
import { CommandError, EXIT } from './exit-codes.ts'

const MAX_TOKEN_BYTES = 4096

/**
 * The token that callers have to show: what a file holds, or what the environment does; undefined for none.
 *
 * @throws CommandError when the file cannot be read, or holds nothing
 */
export function tokenFrom(file: string | undefined, given: string | undefined): string | undefined {
  if (file === undefined) return given || undefined
  let token: string
  try {
    token = readFileWithin(file, { maxBytes: MAX_TOKEN_BYTES }).toString().trim()
  } catch (cause) {
    throw new CommandError(`The token file ${file} cannot be read: ${whyOfFile(cause)}`, EXIT.readFailed, {
      cause,
    })
  }
  if (token === '') throw new CommandError(`The token file ${file} is empty`, EXIT.readFailed)
  return token
}
