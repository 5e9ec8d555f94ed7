import type { Messages } from '../messages.ts'
import { didYouMean } from '../nearest.ts'
import { HelpAsked, UsageError } from '../usage-error.ts'
import { type CommandSpec, type Option, type OptionTable, optionsOf, type Values } from './option.ts'

/** A flag or a word, in the order in which they were given. */
export type Given =
  | { readonly name: string; readonly value: string | true }
  | { readonly name: null; readonly value: string }

export interface ParsedCommand<Table extends OptionTable> {
  readonly values: Values<Table>
  readonly words: readonly string[]
  /** All of it, in order. */
  readonly given: readonly Given[]
}

/**
 * The flags and words of one command, as curl takes them: flags stand anywhere; `--` ends them; short ones can be joined;
 * one that takes a value takes the rest of its word, or the next word whatever it is. `-v` and `--json` are passed on to
 * the messages.
 *
 * @throws UsageError for an unknown flag (it names the nearest one), and for a value that is missing or too much;
 * HelpAsked for `--help`
 */
export function parseCommand<Table extends OptionTable>(
  args: readonly string[],
  spec: CommandSpec<Table>,
  messages: Messages,
): ParsedCommand<Table> {
  return parsedFrom(readArguments(args, optionsOf(spec)), spec, messages)
}

/** The same from flags and words that were read. @throws HelpAsked for `--help` */
export function parsedFrom<Table extends OptionTable>(
  given: readonly Given[],
  spec: CommandSpec<Table>,
  messages: Messages,
): ParsedCommand<Table> {
  const values = valuesOf(given, optionsOf(spec))
  if (values['help'] === true) throw new HelpAsked()
  messages.verbose = values['verbose'] === true
  messages.json = values['json'] === true || values['as-json'] === true
  return {
    values: values as Values<Table>,
    words: given.flatMap(({ name, value }) => (name === null ? [value as string] : [])),
    given,
  }
}

/** @throws UsageError */
export function readArguments(args: readonly string[], table: OptionTable): Given[] {
  const given: Given[] = []
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] as string
    if (arg === '--') {
      given.push(...args.slice(at + 1).map((value) => ({ name: null, value })))
      break
    }
    // What takes a value takes the next word, whatever that looks like: `-d -1`, `--data-raw -----boundary`.
    const next = (flag: string, { value }: Option): string => {
      at++
      const text = args[at]
      if (text === undefined) throw new UsageError(`${flag} takes a value: ${value}`)
      return text
    }
    if (arg.startsWith('--')) given.push(longFlag(arg, table, next))
    else if (arg.startsWith('-') && arg.length > 1) given.push(...shortFlags(arg, table, next))
    else given.push({ name: null, value: arg })
  }
  return given
}

type Next = (flag: string, option: Option) => string

function longFlag(arg: string, table: OptionTable, next: Next): Given {
  const [, name = '', , value] = /^--([^=]*)(=([\s\S]*))?$/.exec(arg) ?? []
  const option = Object.hasOwn(table, name) ? table[name] : undefined
  if (option === undefined) throw unknownFlag(`--${name}`, table)
  if (option.value === undefined) {
    if (value !== undefined) throw new UsageError(`--${name} takes no value`)
    return { name, value: true }
  }
  return { name, value: value ?? next(`--${name}`, option) }
}

function shortFlags(arg: string, table: OptionTable, next: Next): Given[] {
  const found: Given[] = []
  for (let at = 1; at < arg.length; at++) {
    const letter = arg[at] as string
    const entry = Object.entries(table).find(([, { short }]) => short === letter)
    if (entry === undefined) throw unknownFlag(`-${letter}`, table)
    const [name, option] = entry
    if (option.value === undefined) found.push({ name, value: true })
    else {
      const rest = arg.slice(at + 1)
      found.push({ name, value: rest === '' ? next(`-${letter}`, option) : rest })
      break
    }
  }
  return found
}

function unknownFlag(flag: string, table: OptionTable): UsageError {
  const known = Object.keys(table).map((name) => `--${name}`)
  return new UsageError(`there is no flag ${flag}${didYouMean(flag, known)}`)
}

function valuesOf(given: readonly Given[], table: OptionTable): Record<string, unknown> {
  const values: Record<string, unknown> = {}
  for (const { name, value } of given) {
    if (name === null) continue
    if (table[name]?.multiple) values[name] = [...((values[name] as string[] | undefined) ?? []), value]
    else values[name] = value
  }
  return values
}

/** Whether a flag as it is written takes the next word for its value. */
export function takesNextWord(spec: CommandSpec): (flag: string) => boolean {
  const table = optionsOf(spec)
  return (flag) => {
    if (flag.startsWith('--')) return table[flag.slice(2)]?.value !== undefined
    if (!/^-[^-]/.test(flag)) return false
    for (let at = 1; at < flag.length; at++) {
      const option = Object.values(table).find(({ short }) => short === flag[at])
      if (option?.value !== undefined) return at === flag.length - 1
    }
    return false
  }
}
