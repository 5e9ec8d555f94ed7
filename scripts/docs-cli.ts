import { readFileSync, writeFileSync } from 'node:fs'
import { ENVIRONMENT } from '../src/cli/environment.ts'
import { EXIT_MEANINGS } from '../src/cli/exit-meanings.ts'
import { manPage } from '../src/cli/man-page.ts'
import { groupsOf, shownOptions } from '../src/cli/options/help-text.ts'
import type { CommandSpec, Option } from '../src/cli/options/option.ts'
import { COMMAND_SPECS } from '../src/cli/specs/commands.ts'
import { packageVersion } from '../src/core/index.ts'

/*
 * Writes what the table of commands says into docs/cli.md, between pairs of markers, and the manual page docs/onejar.1.
 * `node scripts/docs-cli.ts` writes them; with `--check` it only says whether they are up to date.
 */

const PAGE = new URL('../docs/cli.md', import.meta.url)
const MANUAL = new URL('../docs/onejar.1', import.meta.url)

const PARTS: Readonly<Record<string, () => string>> = {
  commands: () => rows(COMMAND_SPECS.map(({ name, summary }) => [`\`onejar ${name}\``, summary])),
  flags: () =>
    // What onejar curl takes is what onejar fetch takes.
    COMMAND_SPECS.filter(({ name, options }) => name !== 'curl' && Object.keys(options).length > 0)
      .map(flagsOf)
      .join('\n'),
  'exit codes': () => rows(EXIT_MEANINGS.map(([code, meaning]) => [code, meaning])),
  environment: () => rows(ENVIRONMENT.map(([name, meaning]) => [`\`${name}\``, meaning])),
}

/** The page with its parts renewed. */
export function renewPage(page: string): string {
  return Object.entries(PARTS).reduce((text, [name, render]) => {
    const [begin, end] = [`<!-- ${name}: written by scripts/docs-cli.ts -->`, `<!-- end of ${name} -->`]
    const [from, to] = [text.indexOf(begin), text.indexOf(end)]
    if (from < 0 || to < from) throw new Error(`docs/cli.md has lost its markers of ${name}`)
    return `${text.slice(0, from)}${begin}\n\n${render()}\n${text.slice(to)}`
  }, page)
}

function flagsOf(spec: CommandSpec): string {
  const { verbose, help, ...options } = shownOptions(spec)
  const own = spec.options['verbose'] === undefined ? options : { ...options, verbose: verbose as Option }
  const tables = [...groupsOf(own)].map(
    ([group, list]) =>
      `${group === '' ? '' : `${group}\n\n`}${rows(list.map(([name, option]) => [flag(name, option), option.help]))}`,
  )
  return `#### onejar ${spec.name}\n\n${tables.join('\n')}`
}

function flag(name: string, { short, value }: Option): string {
  return `\`${short === undefined ? '' : `-${short}, `}--${name}${value === undefined ? '' : ` ${value}`}\``
}

function rows(pairs: readonly (readonly [string, string])[]): string {
  const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('<', '&lt;')
  return `| | |\n| --- | --- |\n${pairs.map(([left, right]) => `| ${cell(left)} | ${cell(right)} |\n`).join('')}`
}

if (import.meta.main) {
  const outdated = [
    [PAGE, renewPage(readFileSync(PAGE, 'utf8'))] as const,
    [MANUAL, manPage(COMMAND_SPECS, packageVersion())] as const,
  ].filter(([file, text]) => read(file) !== text)
  for (const [file, text] of outdated) {
    if (!process.argv.includes('--check')) writeFileSync(file, text)
    else {
      console.error(`${file.pathname} is out of date: run node scripts/docs-cli.ts`)
      process.exitCode = 1
    }
  }
}

function read(file: URL): string | null {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return null
  }
}
