import { type ParseArgsConfig, parseArgs } from 'node:util'
import type { Messages } from './messages.ts'
import { didYouMean } from './nearest.ts'
import { HelpAsked, UsageError } from './usage-error.ts'

type FlagTable = NonNullable<ParseArgsConfig['options']>

/** What every command takes. */
const COMMON = {
  help: { type: 'boolean', short: 'h' },
  verbose: { type: 'boolean', short: 'v' },
} as const satisfies FlagTable

type Parsed<Flags extends FlagTable> = ReturnType<
  typeof parseArgs<{ options: Flags & typeof COMMON; allowPositionals: true }>
>

/**
 * The flags and words of one command. Flags may stand anywhere; `--` ends them. `-v` is passed on to the messages.
 *
 * @throws UsageError for an unknown flag (it names the nearest one), and for a value that is missing or too much;
 * HelpAsked for `--help`
 */
export function parseFlags<const Flags extends FlagTable>(
  args: readonly string[],
  flags: Flags,
  messages: Messages,
): Parsed<Flags> {
  const options = { ...COMMON, ...flags }
  const parsed = parse(args, options)
  const { help, verbose } = parsed.values as { help?: boolean; verbose?: boolean }
  if (help) throw new HelpAsked()
  messages.verbose = verbose === true
  return parsed as Parsed<Flags>
}

function parse(args: readonly string[], options: FlagTable) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true })
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (!code?.startsWith('ERR_PARSE_ARGS_')) throw error
    const unknown = code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION' ? /'(-[^']*)'/.exec(message)?.[1] : undefined
    if (unknown === undefined) throw new UsageError(message.split(/[.\n]/)[0])
    const known = Object.keys(options).map((name) => `--${name}`)
    throw new UsageError(`there is no flag ${unknown}${didYouMean(unknown, known)}`)
  }
}

/**
 * The words of a command line, exactly as many as are named.
 *
 * @throws UsageError when one is missing or one is left over
 */
export function takeWords(words: readonly string[], ...names: readonly string[]): string[] {
  const missing = names[words.length]
  if (missing !== undefined) throw new UsageError(`${missing} is missing`)
  if (words.length > names.length) {
    throw new UsageError(`there is one word too many: ${words[names.length]}`)
  }
  return [...words]
}

/**
 * A number of seconds, as milliseconds.
 *
 * @throws UsageError when it is not above 0
 */
export function secondsFlag(text: string, flag: string): number {
  const ms = Math.ceil(Number(text) * 1000)
  if (text.trim() === '' || !(ms > 0) || ms > 2 ** 31 - 1) {
    throw new UsageError(`${flag} takes a number of seconds above 0`)
  }
  return ms
}

/**
 * One of several words.
 *
 * @throws UsageError that names them all
 */
export function oneOf<const T extends string>(text: string, choices: readonly T[], flag: string): T {
  const found = choices.find((choice) => choice === text)
  if (found === undefined) {
    throw new UsageError(`${flag} takes one of ${choices.join(', ')}${didYouMean(text, choices)}`)
  }
  return found
}

/** @throws UsageError when the text is no whole number within the bounds */
export function wholeNumber(text: string, flag: string, least: number, most: number): number {
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN
  if (value >= least && value <= most) return value
  throw new UsageError(`${flag} takes a whole number from ${least} to ${most}`)
}
