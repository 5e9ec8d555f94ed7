import type { Writable } from 'node:stream'
import { errorClass } from '../telemetry/index.ts'
import { errorJson } from './error-json.ts'
import { describeError } from './error-text.ts'
import { jsonLine } from './json-lines.ts'
import { maskUrls } from './mask.ts'
import { printable, printableJson } from './printable.ts'
import { type Meter, openMeter, QUIET_METER } from './progress.ts'
import { Style } from './style.ts'

type Env = Readonly<Record<string, string | undefined>>

/** What a command says to the person, on stderr; stdout is for what was asked for. */
export class Messages {
  readonly #stream: Writable & { readonly isTTY?: boolean }
  readonly #isJson: boolean
  /** Error messages are kept back (`-s`). */
  silent = false
  /** Errors come with their stack and causes (`-v`). */
  verbose = false
  /** Errors are lines of JSON (`--json`). */
  json = false
  readonly #style: Style

  /**
   * @param isJson - lines of JSON in place of text, for what is a log
   * @param env - `NO_COLOR` and `TERM` say whether a terminal gets colours
   */
  constructor(stream: Writable & { readonly isTTY?: boolean }, isJson = false, env: Env = {}) {
    this.#stream = stream
    this.#style = Style.of(stream, env)
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

  /** An error in one line, in the words of the command line. */
  describe(error: unknown, command: string | undefined): string {
    return describeError(error, command)
  }

  /** Text that somebody gave for stderr, as it is. */
  write(text: string): void {
    this.#stream.write(text)
  }

  /**
   * Shows on a terminal how far a download is, on one line that goes away at its end; nothing where `busy` says that the
   * body itself is shown there.
   */
  meter(name: string, total: number | null, busy: boolean): Meter {
    if (!this.#stream.isTTY || this.silent || this.verbose || busy) return QUIET_METER
    return openMeter(this.#stream, name, total)
  }

  /** Why the command failed: one line, and with `-v` the stack. */
  fail(error: unknown, command: string | undefined): void {
    if (this.#isJson) {
      this.#stream.write(jsonLine('error', describeError(error, command), { error_class: errorClass(error) }))
      return
    }
    if (this.json) {
      this.#stream.write(`${printableJson(errorJson(error, command), 0)}\n`)
      return
    }
    if (!this.silent) {
      this.#stream.write(`${this.#style.bad('onejar:')} ${printable(describeError(error, command))}\n`)
    }
    if (this.verbose) for (const line of maskUrls(stackOf(error)).split('\n')) this.say(line)
  }
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const cause = error.cause === undefined ? '' : `\ncaused by: ${stackOf(error.cause)}`
  return `${error.stack ?? error.message}${cause}`
}
