import type { Writable } from 'node:stream'
import { isOnejarError } from '../core/index.ts'
import { errorClass } from '../telemetry/index.ts'
import { CommandError } from './exit-codes.ts'
import { jsonLine } from './json-lines.ts'
import { maskUrls } from './mask.ts'
import { printable } from './printable.ts'
import { UsageError } from './usage-error.ts'

/** What a command says to the person, on stderr; stdout is for what was asked for. */
export class Messages {
  readonly #stream: Writable & { readonly isTTY?: boolean }
  readonly #isJson: boolean
  /** Error messages are kept back (`-s`). */
  silent = false
  /** Errors come with their stack and causes (`-v`). */
  verbose = false

  /** @param isJson - lines of JSON in place of text, for what is a log */
  constructor(stream: Writable & { readonly isTTY?: boolean }, isJson = false) {
    this.#stream = stream
    this.#isJson = isJson
    // A terminal that is gone is no reason to fail.
    stream.on('error', () => {})
  }

  /**
   * A line that belongs to the result of the command: a loss, a problem, a question's answer. What a site or a file chose
   * may be in it: it is made printable here, for all of them.
   */
  say(line: string): void {
    this.#stream.write(this.#isJson ? jsonLine('info', line) : `${printable(line)}\n`)
  }

  /** A line about what is going on, for somebody who watches. */
  progress(line: string): void {
    if (this.#stream.isTTY && !this.silent && !this.verbose) this.say(`onejar: ${line}`)
  }

  /** Why the command failed: one line, and with `-v` the stack. */
  fail(error: unknown, command: string | undefined): void {
    if (this.#isJson) {
      this.#stream.write(jsonLine('error', describe(error, command), { error_class: errorClass(error) }))
      return
    }
    if (!this.silent) this.say(`onejar: ${describe(error, command)}`)
    if (this.verbose) for (const line of maskUrls(stackOf(error)).split('\n')) this.say(line)
  }
}

function describe(error: unknown, command: string | undefined): string {
  if (isOnejarError(error)) return `${error.message} [${error.code}]`
  if (error instanceof CommandError) return error.message
  if (error instanceof UsageError) {
    return `${error.message} (see onejar ${command === undefined ? '' : `${command} `}--help)`
  }
  // What others throw can quote what they were given.
  const name = error instanceof Error ? error.name : typeof error
  return `unexpected ${name}; run it again with -v to see where it comes from`
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const cause = error.cause === undefined ? '' : `\ncaused by: ${stackOf(error.cause)}`
  return `${error.stack ?? error.message}${cause}`
}
