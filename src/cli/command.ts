import type { Readable } from 'node:stream'
import type { Messages } from './messages.ts'
import type { CommandSpec } from './options/option.ts'
import type { Output } from './output.ts'

/** What a command works with. */
export interface CommandContext {
  readonly stdout: Output
  readonly messages: Messages
  readonly stdin: Readable
  readonly env: Readonly<Record<string, string | undefined>>
  /** Fires when the process is asked to end. */
  readonly signal: AbortSignal
}

/** One command of the command line. */
export interface Command {
  /** Its row in the table of commands. */
  readonly spec: CommandSpec
  /** Resolves to the exit code; what it throws is reported. */
  run(args: readonly string[], context: CommandContext): Promise<number>
}
