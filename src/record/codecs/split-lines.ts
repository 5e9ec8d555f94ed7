import { OnejarError } from '../../core/index.ts'
import { MAX_FILE_CHARS } from './read-json.ts'
import { textToBytes } from './text-bytes.ts'

/**
 * The lines of a text file as byte strings, whatever ends them.
 *
 * @throws OnejarError ONEJAR_BAD_INPUT when it is too large
 */
export function splitLines(input: string | Uint8Array): string[] {
  if (input.length > MAX_FILE_CHARS) throw new OnejarError('ONEJAR_BAD_INPUT', 'The file is too large')
  const bytes = typeof input === 'string' ? textToBytes(input) : Buffer.from(input).toString('latin1')
  return bytes.replace(/^\xef\xbb\xbf/, '').split(/\r\n|\n|\r/)
}
