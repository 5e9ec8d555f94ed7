/** The command line is wrong: the message says how, and nothing was done. */
export class UsageError extends Error {
  override readonly name = 'UsageError' as const
}

/** Thrown where `--help` is met: the command's help is what was asked for. */
export class HelpAsked extends Error {
  override readonly name = 'HelpAsked' as const
}
