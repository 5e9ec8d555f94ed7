import { createReadStream } from 'node:fs'
import type { Readable } from 'node:stream'
import { FileRefusal, readFileWithin, whyOfFile } from '../core/index.ts'
import { CommandError, EXIT } from './exit-codes.ts'

/** Above every session that there is, and every body that is sent from a command line. */
const MAX_INPUT_BYTES = 1024 * 1024 * 1024

/** What a shell opened for the command: `<(command)` is one of these. */
const OPENED = /^\/(?:dev|proc\/self)\/fd\/\d+$|^\/dev\/stdin$/

/**
 * The bytes of a regular file; `-` is stdin. What the shell has opened for the command (`/dev/fd/63`) is read, too; other
 * pipes and devices are refused, because they may never begin or end.
 *
 * @throws CommandError when it cannot be read
 */
export async function readInput(path: string, stdin: Readable): Promise<Buffer> {
  try {
    if (path === '-') return await readAll(stdin)
    if (OPENED.test(path)) return await readAll(createReadStream(path))
    return readFileWithin(path, { maxBytes: MAX_INPUT_BYTES })
  } catch (cause) {
    const what = path === '-' ? 'stdin' : path
    throw new CommandError(`${what} cannot be read (${whyOfFile(cause)})`, EXIT.readFailed, { cause })
  }
}

/** Everything that a stream has still to give. */
async function readAll(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = []
  let total = 0
  for await (const chunk of stream) {
    total += (chunk as Buffer).length
    if (total > MAX_INPUT_BYTES) throw new FileRefusal(`it is larger than ${MAX_INPUT_BYTES} bytes`)
    chunks.push(chunk as Buffer)
  }
  return Buffer.concat(chunks)
}
