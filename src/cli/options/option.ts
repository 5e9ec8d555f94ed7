/** One flag of a command: what parses it, and what help, completion, manual and docs say of it. */
export interface Option {
  /** Its one letter. */
  readonly short?: string
  /** What stands for its value; absent where it takes none. */
  readonly value?: string
  /** It may be given more than once. */
  readonly multiple?: true
  /** What it does, in one paragraph. */
  readonly help: string
  /** The heading that it stands under. */
  readonly group?: string
  /** The values that there are. */
  readonly choices?: readonly string[]
  /** What a shell offers for its value. */
  readonly completes?: 'file' | 'session'
  /** The option of the library that it sets: messages name the flag in its place. */
  readonly sets?: string
  /** Taken because curl has it; it changes nothing, and help does without it. */
  readonly silent?: true
}

export type OptionTable = Readonly<Record<string, Option>>

/** What a command line gave, by the names of the table. */
export type Values<Table extends OptionTable> = {
  readonly [Name in keyof Table]?:
    | (Table[Name] extends { readonly value: string }
        ? Table[Name] extends { readonly multiple: true }
          ? readonly string[]
          : string
        : boolean)
    | undefined
}

/** Everything about a command but what it does. */
export interface CommandSpec<Table extends OptionTable = OptionTable> {
  readonly name: string
  /** One line, for the list of commands. */
  readonly summary: string
  /** What follows the name, one line for each form. */
  readonly usage: readonly string[]
  /** Paragraphs. */
  readonly about: readonly string[]
  /** Words of which the first argument is one, with what each does. */
  readonly actions?: Readonly<Record<string, string>>
  readonly options: Table
  /** Paragraphs that stand after the flags. */
  readonly notes?: readonly string[]
  readonly examples: readonly string[]
  /** What a shell offers for words. */
  readonly words?: 'file' | 'session'
}

/** Keeps the types of a table. */
export function defineCommand<const Table extends OptionTable>(spec: CommandSpec<Table>): CommandSpec<Table> {
  return spec
}

/** What every command takes. */
export const COMMON_OPTIONS = {
  verbose: { short: 'v', help: 'add the stack and the causes to an error' },
  help: { short: 'h', help: 'print this' },
} as const satisfies OptionTable

/** The flags of a command, with those that every command takes. */
export function optionsOf({ options }: CommandSpec): OptionTable {
  return { ...COMMON_OPTIONS, ...options }
}
