import { once } from 'node:events'
import { open } from 'node:fs/promises'
import type { Writable } from 'node:stream'
import { CommandError, EXIT } from './exit-codes.ts'

/** Thrown when the reader of stdout has had enough, as `head` has; the command ends quietly. */
export class ReaderGone extends Error {
  override readonly name = 'ReaderGone' as const
}

/** Where the result of a command goes: stdout, or a file. Bytes are written as they are; a slow reader is waited for. */
export class Output {
  readonly #stream: Writable
  readonly #close: () => Promise<void>
  #failure: Error | undefined
  #bytes = 0

  constructor(stream: Writable, close: () => Promise<void> = async () => {}) {
    this.#stream = stream
    this.#close = close
    stream.on('error', (error: NodeJS.ErrnoException) => {
      this.#failure ??= error.code === 'EPIPE' ? new ReaderGone() : writeFailed(error)
    })
  }

  /**
   * A file, made or emptied.
   *
   * @param mode - of a file that is made; one that holds secrets is for its owner only
   * @throws CommandError when it cannot be opened
   */
  static async toFile(path: string, mode = 0o666): Promise<Output> {
    try {
      const file = await open(path, 'w', mode)
      const stream = file.createWriteStream()
      return new Output(stream, async () => {
        if (!stream.closed) {
          stream.end()
          // It rejects with the stream's error, which is kept already, in words for people.
          await once(stream, 'close').catch(() => {})
        }
      })
    } catch (error) {
      throw new CommandError(`${path} cannot be written (${codeOf(error)})`, EXIT.writeFailed, {
        cause: error,
      })
    }
  }

  /** How many bytes were handed over. */
  get bytes(): number {
    return this.#bytes
  }

  /** @throws ReaderGone, CommandError */
  async write(chunk: string | Uint8Array): Promise<void> {
    if (this.#failure) throw this.#failure
    this.#bytes += chunk.length
    await new Promise<void>((resolve) => this.#stream.write(chunk, () => resolve()))
    // The callback of a write that fails comes before the stream's error.
    if (this.#stream.errored) await Promise.resolve()
    if (this.#failure) throw this.#failure
  }

  /** Waits until a file is on the disk's side. @throws CommandError */
  async close(): Promise<void> {
    await this.#close()
    if (this.#failure) throw this.#failure
  }
}

function writeFailed(error: NodeJS.ErrnoException): CommandError {
  return new CommandError(`The output cannot be written (${codeOf(error)})`, EXIT.writeFailed, {
    cause: error,
  })
}

/** The system's name for what went wrong: `ENOENT`. */
export function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException | null)?.code ?? 'unknown reason'
}
