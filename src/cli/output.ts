import { createWriteStream, lstatSync } from 'node:fs'
import type { Writable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { FileDraft, whyOfFile } from '../core/index.ts'
import { CommandError, EXIT } from './exit-codes.ts'
import { Style } from './style.ts'

/** What a shell has opened for the command. */
const OPENED = /^\/dev\/(?:stdout|stderr|fd\/\d+)$|^\/proc\/self\/fd\/\d+$/

/** Whether a path stands for something that is written to as it is: a terminal or `/dev/null`, named as such. */
function isStream(path: string): boolean {
  if (OPENED.test(path)) return true
  return path.startsWith('/dev/') && lstatSync(path, { throwIfNoEntry: false })?.isCharacterDevice() === true
}

/** Whether `-o` names stdout; so does its absence. */
export function isStdout(path: string | undefined): path is '-' | undefined {
  return path === undefined || path === '-' || path === '/dev/stdout'
}

/** Thrown when the reader of stdout has had enough, as `head` has; the command ends quietly. */
export class ReaderGone extends Error {
  override readonly name = 'ReaderGone' as const
}

/** Where the result of a command goes: stdout, or a file. Bytes are written as they are; a slow reader is waited for. */
export class Output {
  readonly #stream: Writable
  readonly #draft: FileDraft | null
  readonly #name: string
  #failure: Error | undefined

  /** How what is printed may look. */
  readonly style: Style

  private constructor(stream: Writable, draft: FileDraft | null, name: string, style = Style.plain) {
    this.style = style
    this.#name = name
    this.#stream = stream
    this.#draft = draft
    stream.on('error', (error: NodeJS.ErrnoException) => {
      this.#failure ??= error.code === 'EPIPE' ? new ReaderGone() : writeFailed(name, error)
    })
  }

  /** A stream that is somebody else's to end: stdout. */
  static to(stream: Writable, style = Style.plain): Output {
    return new Output(stream, null, 'The output', style)
  }

  /**
   * A file, which is there under its name when `close` is done, and as a whole. What holds secrets is for its owner only,
   * also where a file with another mode was. A link, a pipe or a device is refused, but for those that a command line
   * names on purpose: `/dev/stdout`, `/dev/fd/3`, `/dev/null`, `/dev/tty`.
   *
   * @throws CommandError when it cannot be opened
   */
  static toFile(path: string, { secret }: { readonly secret: boolean }): Output {
    try {
      if (isStream(path)) return new Output(createWriteStream(path), null, path)
      const draft = new FileDraft(path, { mode: secret ? 0o600 : undefined })
      return new Output(createWriteStream(path, { fd: draft.fd, autoClose: false }), draft, path)
    } catch (error) {
      throw writeFailed(path, error)
    }
  }

  /**
   * Sees that a file can be made, for what is written at the end: a request is not sent for nothing.
   *
   * @param isFile - whether it is written to nothing but a file
   * @throws CommandError when it cannot
   */
  static assertCanBeMade(path: string, isFile: boolean): void {
    if (!isFile && isStream(path)) return
    try {
      new FileDraft(path).discard()
    } catch (error) {
      throw writeFailed(path, error)
    }
  }

  /** Whether somebody looks at it as it comes. */
  get isTerminal(): boolean {
    return (this.#stream as Writable & { readonly isTTY?: boolean }).isTTY === true
  }

  /** Why nothing more can be written; undefined while it can. */
  get failure(): Error | undefined {
    return this.#failure
  }

  /** @throws ReaderGone, CommandError */
  async write(chunk: string | Uint8Array): Promise<void> {
    if (this.#failure) throw this.#failure
    await new Promise<void>((resolve) => this.#stream.write(chunk, () => resolve()))
    // The callback of a write that fails comes before the stream's error.
    if (this.#stream.errored) await Promise.resolve()
    if (this.#failure) throw this.#failure
  }

  /** Waits until a file is on the disk's side, and gives it its name. @throws CommandError */
  async close(): Promise<void> {
    await this.#end()
    if (this.#failure) {
      this.#draft?.discard()
      throw this.#failure
    }
    try {
      this.#draft?.commit()
    } catch (error) {
      throw writeFailed(this.#name, error)
    }
  }

  /** Gives up a file: what was under its name before stays. */
  async discard(): Promise<void> {
    await this.#end()
    this.#draft?.discard()
  }

  async #end(): Promise<void> {
    if (this.#stream.closed || this.#stream.writableFinished) return
    // It rejects with the stream's error, which is kept already, in words for people.
    const ended = finished(this.#stream).catch(() => {})
    this.#stream.end()
    await ended
  }
}

/** The error for a file that the system does not let be written. */
export function writeFailed(name: string, error: unknown): CommandError {
  return new CommandError(`${name} cannot be written (${whyOfFile(error)})`, EXIT.writeFailed, {
    cause: error,
  })
}
