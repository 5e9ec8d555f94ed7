import { type CommandSpec, type Option, optionsOf } from '../options/option.ts'

/** What completes command lines of onejar in fish. */
export function fishCompletion(specs: readonly CommandSpec[]): string {
  const names = specs.map(({ name }) => name).join(' ')
  const lines = [
    '# fish completion for onejar; made by: onejar completion fish',
    'complete -c onejar -f',
    ...specs.map(
      ({ name, summary }) =>
        `complete -c onejar -n ${quote(`not __fish_seen_subcommand_from ${names}`)} -a ${name} -d ${quote(summary)}`,
    ),
  ]
  for (const spec of specs) {
    // The command is the first word: `onejar curl` may well be followed by another of these.
    const seen = `__fish_seen_subcommand_from ${spec.name}`
    for (const [action, text] of Object.entries(spec.actions ?? {})) {
      const fresh = `${seen}; and not __fish_seen_subcommand_from ${Object.keys(spec.actions ?? {}).join(' ')}`
      lines.push(`complete -c onejar -n ${quote(fresh)} -a ${action} -d ${quote(brief(text))}`)
    }
    if (spec.words === 'file') lines.push(`complete -c onejar -n ${quote(seen)} -F`)
    for (const [name, option] of Object.entries(optionsOf(spec)))
      if (option.silent !== true) lines.push(optionLine(seen, name, option))
  }
  return `${lines.join('\n')}\n`
}

function optionLine(seen: string, name: string, { short, value, choices, completes, help }: Option): string {
  const argument =
    value === undefined
      ? ''
      : choices === undefined
        ? completes === 'file'
          ? ' -r -F'
          : ' -x'
        : ` -x -a ${quote(choices.join(' '))}`
  const letter = short === undefined ? '' : ` -s ${short}`
  return `complete -c onejar -n ${quote(seen)}${letter} -l ${name}${argument} -d ${quote(brief(help))}`
}

function brief(text: string): string {
  return text.split(/[;:]|\. /)[0] ?? ''
}

function quote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}
