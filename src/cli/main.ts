import { constants } from 'node:os'
import type { Readable, Writable } from 'node:stream'
import { packageVersion } from '../core/index.ts'
import type { Command, CommandContext } from './command.ts'
import { EXIT, exitCodeOf } from './exit-codes.ts'
import { speakJson } from './json-lines.ts'
import { Messages } from './messages.ts'
import { didYouMean } from './nearest.ts'
import { Output, ReaderGone } from './output.ts'
import { HelpAsked, UsageError } from './usage-error.ts'

interface Listed {
  readonly summary: string
  readonly load: () => Promise<Command>
}

/** The commands. Each is loaded when it is called: one does not pay for the others. */
const COMMANDS: Readonly<Record<string, Listed>> = {
  fetch: {
    summary: 'fetch a URL, by HTTP or by the browser, as the site demands',
    load: async () => (await import('./commands/fetch.ts')).fetchCommand,
  },
  explain: {
    summary: 'say what a recorded response is, and why',
    load: async () => (await import('./commands/explain.ts')).explainCommand,
  },
  sessions: {
    summary: 'list, show, remove and purge stored sessions',
    load: async () => (await import('./commands/sessions.ts')).sessionsCommand,
  },
  'dead-letters': {
    summary: 'list, show, send again and forget requests that were given up',
    load: async () => (await import('./commands/dead-letters.ts')).deadLettersCommand,
  },
  export: {
    summary: 'write a session for Playwright, curl or another Onejar',
    load: async () => (await import('./commands/export.ts')).exportCommand,
  },
  import: {
    summary: 'take the cookies and the storage of a file into a session',
    load: async () => (await import('./commands/import.ts')).importCommand,
  },
  keys: {
    summary: 'make and rotate the keys of a store',
    load: async () => (await import('./commands/keys.ts')).keysCommand,
  },
  serve: {
    summary: 'serve sessions over HTTP',
    load: async () => (await import('./commands/serve.ts')).serveCommand,
  },
  worker: {
    summary: 'solve challenges in a browser for other processes',
    load: async () => (await import('./commands/worker.ts')).workerCommand,
  },
  audit: {
    summary: 'check that an audit trail is as it was written',
    load: async () => (await import('./commands/audit.ts')).auditCommand,
  },
  tls: {
    summary: 'compare how HTTP and the browser connect to a site',
    load: async () => (await import('./commands/tls.ts')).tlsCommand,
  },
  doctor: {
    summary: 'look whether everything is there and works',
    load: async () => (await import('./commands/doctor.ts')).doctorCommand,
  },
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
const LASTING = new Set(['serve', 'worker'])
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
  const messages = new Messages(streams.stderr, isLog)
  if (isLog && streams === process) speakJson(streams.stderr)
  const stdout = Output.to(streams.stdout)
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
      await stdout.write(await help(args[0]))
      return name === undefined ? EXIT.usage : EXIT.ok
    }
    if (name === '--version' || name === '-V') {
      await stdout.write(`${packageVersion()}\n`)
      return EXIT.ok
    }
    const command = await find(name).load()
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

function find(name: string): Listed {
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
    await context.stdout.write(command.help)
    return EXIT.ok
  }
}

async function help(name: string | undefined): Promise<string> {
  if (name !== undefined) return (await find(name).load()).help
  const width = Math.max(...Object.keys(COMMANDS).map((key) => key.length))
  const lines = Object.entries(COMMANDS).map(([key, { summary }]) => `  ${key.padEnd(width)}  ${summary}`)
  return `usage: onejar COMMAND [...]

One cookie jar for HTTP and the browser.

${lines.join('\n')}

onejar COMMAND --help explains each one. onejar --version prints the version.
`
}
