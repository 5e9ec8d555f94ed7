import { ENVIRONMENT } from './environment.ts'
import { EXIT_MEANINGS } from './exit-meanings.ts'
import { groupsOf, shownOptions } from './options/help-text.ts'
import type { CommandSpec, Option } from './options/option.ts'

/** The manual page of onejar, in the language of man pages (man(7)). */
export function manPage(specs: readonly CommandSpec[], version: string): string {
  const lines = [
    `.TH ONEJAR 1 "" "onejar ${version}" "User Commands"`,
    '.SH NAME',
    'onejar \\- one cookie jar for HTTP and the browser',
    '.SH SYNOPSIS',
    '.B onejar',
    '.I COMMAND',
    '[flags] [words]',
    '.br',
    '.B onejar',
    '.I COMMAND',
    '.B \\-\\-help',
    '.SH DESCRIPTION',
    'What was asked for goes to stdout, and nothing else; everything that is said to a person goes to stderr.',
    'Flags may stand before or after words; short ones can be joined, and take their value at once or as the next word; long ones',
    escaped('as --flag value or --flag=value; -- ends them.'),
    '.SH COMMANDS',
    ...specs.flatMap(commandLines),
    '.SH EXIT STATUS',
    ...EXIT_MEANINGS.flatMap(([code, meaning]) => ['.TP', `.B ${code}`, escaped(meaning)]),
    '.SH ENVIRONMENT',
    ...ENVIRONMENT.flatMap(([name, meaning]) => ['.TP', `.B ${name}`, escaped(meaning)]),
    '.SH SEE ALSO',
    '.BR curl (1)',
  ]
  return `${lines.join('\n')}\n`
}

function commandLines(spec: CommandSpec): string[] {
  const { name, summary, usage, about, actions = {}, notes = [], examples } = spec
  const lines = [`.SS ${escaped(name)} \\- ${escaped(summary)}`]
  for (const form of usage) lines.push('.PP', `.B onejar ${name}`, escaped(form))
  for (const text of about) lines.push('.PP', escaped(text))
  for (const [word, text] of Object.entries(actions)) lines.push('.TP', `.B ${word}`, escaped(text))
  for (const [group, options] of groupsOf(shownOptions(spec))) {
    if (group !== '') lines.push('.PP', `.I ${group}`)
    for (const [flag, option] of options) lines.push('.TP', flagLine(flag, option), escaped(option.help))
  }
  for (const text of notes) lines.push('.PP', escaped(text))
  return [
    ...lines,
    '.PP',
    'Examples:',
    '.PP',
    '.nf',
    ...examples.map((line) => `    ${escaped(line)}`),
    '.fi',
  ]
}

function flagLine(name: string, { short, value }: Option): string {
  const flags = [...(short === undefined ? [] : [`\\fB\\-${short}\\fR`]), `\\fB${escaped(`--${name}`)}\\fR`]
  return `${flags.join(', ')}${value === undefined ? '' : ` \\fI${escaped(value)}\\fR`}`
}

/** A text that means nothing to the formatter. */
function escaped(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/^([.'])/, '\\&$1')
}
