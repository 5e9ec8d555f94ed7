import { constants } from 'node:os'
import type { Readable, Writable } from 'node:stream'
import { packageVersion } from '../core/index.ts'
import type { Command, CommandContext } from './command.ts'
import { EXIT, exitCodeOf } from './exit-codes.ts'
import { speakJson } from './json-lines.ts'
import { Messages } from './messages.ts'
import { didYouMean } from './nearest.ts'
import { helpText } from './options/help-text.ts'
import type { CommandSpec } from './options/option.ts'
import { Output, ReaderGone } from './output.ts'
import { COMMAND_SPECS } from './specs/commands.ts'
import { Style } from './style.ts'
import { HelpAsked, UsageError } from './usage-error.ts'

/** What each command does. It is loaded when it is called: one does not pay for the others. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  fetch: async () => (await import('./commands/fetch.ts')).fetchCommand,
  curl: async () => (await import('./commands/curl.ts')).curlCommand,
  discover: async () => (await import('./commands/discover.ts')).discoverCommand,
  explain: async () => (await import('./commands/explain.ts')).explainCommand,
  sessions: async () => (await import('./commands/sessions.ts')).sessionsCommand,
  open: async () => (await import('./commands/open.ts')).openCommand,
  'dead-letters': async () => (await import('./commands/dead-letters.ts')).deadLettersCommand,
  export: async () => (await import('./commands/export.ts')).exportCommand,
  import: async () => (await import('./commands/import.ts')).importCommand,
  keys: async () => (await import('./commands/keys.ts')).keysCommand,
  inspect: async () => (await import('./commands/inspect.ts')).inspectCommand,
  serve: async () => (await import('./commands/serve.ts')).serveCommand,
  worker: async () => (await import('./commands/worker.ts')).workerCommand,
  audit: async () => (await import('./commands/audit.ts')).auditCommand,
  erase: async () => (await import('./commands/erase.ts')).eraseCommand,
  tls: async () => (await import('./commands/tls.ts')).tlsCommand,
  'bot-auth': async () => (await import('./commands/bot-auth.ts')).botAuthCommand,
  doctor: async () => (await import('./commands/doctor.ts')).doctorCommand,
  completion: async () => (await import('./commands/completion.ts')).completionCommand,
  man: async () => (await import('./commands/man.ts')).manCommand,
}

/** What a command line reads and writes: the process's own, as a rule. */
export interface Streams {
  readonly stdin: Readable
  readonly stdout: Writable
  readonly stderr: Writable & { readonly isTTY?: boolean }
  readonly env: Readonly<Record<string, string | undefined>>
}

/** How long a command may take to put things away after it was asked to end. */
const GRACE_MS = 5_000

/** Commands that run until they are asked to stop: that is no failure, and they may have solves to finish. */
const LASTING = new Set(['serve', 'inspect', 'worker'])
const LASTING_GRACE_MS = 60_000

/**
 * Runs one command line and returns the exit code.
 *
 * SIGINT, SIGTERM and SIGHUP end it in good order: requests are aborted, the browser is closed, the session is kept. A
 * second one ends it at once.
 */
export async function main(argv: readonly string[], streams: Streams = process): Promise<number> {
  const [name, ...args] = argv
  // Their stderr is a log, which somebody may collect.
  const isLog = name !== undefined && LASTING.has(name) && streams.stderr.isTTY !== true
  const messages = new Messages(streams.stderr, isLog, streams.env)
  if (isLog && streams === process) speakJson(streams.stderr)
  const stdout = Output.to(streams.stdout, Style.of(streams.stdout, streams.env))
  const asked = new AbortController()
  let endedBy: NodeJS.Signals | undefined
  const onSignal = (signal: NodeJS.Signals) => {
    if (endedBy !== undefined) process.exit(exitCodeOfSignal(signal))
    endedBy = signal
    asked.abort(signal)
    const graceMs = name !== undefined && LASTING.has(name) ? LASTING_GRACE_MS : GRACE_MS
    setTimeout(() => process.exit(exitCodeOfSignal(signal)), graceMs).unref()
  }
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const signal of signals) process.on(signal, onSignal)
  try {
    if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
      await stdout.write(help(args[0]))
      return name === undefined ? EXIT.usage : EXIT.ok
    }
    if (name === '--version' || name === '-V') {
      await stdout.write(`${packageVersion()}\n`)
      return EXIT.ok
    }
    const command = await find(name)()
    const { stdin, env } = streams
    const code = await run(command, args, { stdout, messages, stdin, env, signal: asked.signal })
    const asExpected = endedBy === undefined || LASTING.has(name)
    return asExpected ? code : exitCodeOfSignal(endedBy as NodeJS.Signals)
  } catch (error) {
    if (endedBy !== undefined) return exitCodeOfSignal(endedBy)
    if (error instanceof ReaderGone) return EXIT.ok
    messages.fail(error, name !== undefined && Object.hasOwn(COMMANDS, name) ? name : undefined)
    return exitCodeOf(error)
  } finally {
    for (const signal of signals) process.off(signal, onSignal)
  }
}

/** As shells have it. */
function exitCodeOfSignal(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal]
}

function find(name: string): () => Promise<Command> {
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
  if (command) return command
  const what = name.startsWith('-') ? 'flag' : 'command'
  throw new UsageError(`there is no ${what} ${name}${didYouMean(name, Object.keys(COMMANDS))}`)
}

async function run(command: Command, args: readonly string[], context: CommandContext): Promise<number> {
  try {
    return await command.run(args, context)
  } catch (error) {
    if (!(error instanceof HelpAsked)) throw error
    await context.stdout.write(helpText(command.spec))
    return EXIT.ok
  }
}

function help(name: string | undefined): string {
  if (name !== undefined) {
    find(name)
    return helpText(COMMAND_SPECS.find((spec) => spec.name === name) as CommandSpec)
  }
  const width = Math.max(...COMMAND_SPECS.map((spec) => spec.name.length))
  const lines = COMMAND_SPECS.map((spec) => `  ${spec.name.padEnd(width)}  ${spec.summary}`)
  return `usage: onejar COMMAND [...]

One cookie jar for HTTP and the browser.

${lines.join('\n')}

onejar COMMAND --help explains each one. onejar --version prints the version.
`
}
