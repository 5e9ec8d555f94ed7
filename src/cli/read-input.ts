import { readFile } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { CommandError, EXIT } from './exit-codes.ts'
import { codeOf } from './output.ts'

/**
 * The bytes of a file; `-` is stdin.
 *
 * @throws CommandError when it cannot be read
 */
export async function readInput(path: string, stdin: Readable): Promise<Buffer> {
  if (path === '-') return readAll(stdin)
  try {
    return await readFile(path)
  } catch (cause) {
    throw new CommandError(`${path} cannot be read (${codeOf(cause)})`, EXIT.readFailed, { cause })
  }
}

/** Everything that a stream has still to give. */
async function readAll(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}
