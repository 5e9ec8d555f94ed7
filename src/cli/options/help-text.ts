import { type CommandSpec, type Option, type OptionTable, optionsOf } from './option.ts'

const WIDTH = 112

/** A text in lines of at most `width` characters; words are not divided. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(/ +/)) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}

/** `-o, --output FILE`. */
export function flagText(name: string, { short, value }: Option): string {
  return `${short === undefined ? '    ' : `-${short}, `}--${name}${value === undefined ? '' : ` ${value}`}`
}

/** What of the options is shown, by heading; those without one come first. */
export function groupsOf(options: OptionTable): Map<string, [string, Option][]> {
  const shown = Object.entries(options).filter(([, { silent }]) => silent !== true)
  return Map.groupBy(shown, ([, { group }]) => group ?? '')
}

/** The options of a command in the order in which they are shown: its own, and then those of every command. */
export function shownOptions(spec: CommandSpec): OptionTable {
  const { verbose, help, ...own } = optionsOf(spec)
  return { ...own, verbose: verbose as Option, help: help as Option }
}

/** What `onejar NAME --help` prints. */
export function helpText(spec: CommandSpec): string {
  const { name, usage, about, actions, notes = [], examples } = spec
  const forms = usage.map((form, at) => `${at === 0 ? 'usage:' : '      '} onejar ${name} ${form}`.trimEnd())
  const parts = [forms.join('\n'), ...about.map((text) => wrap(text, WIDTH).join('\n'))]
  if (actions !== undefined)
    parts.push(rows(Object.entries(actions).map(([word, text]) => [`  ${word}`, text])))
  for (const [group, options] of groupsOf(shownOptions(spec))) {
    const lines = rows(options.map(([flag, option]) => [`  ${flagText(flag, option)}`, option.help]))
    parts.push(group === '' ? lines : `${group}\n${lines}`)
  }
  parts.push(...notes.map((text) => wrap(text, WIDTH).join('\n')))
  parts.push(['examples', ...examples.map((line) => `  ${line}`)].join('\n'))
  return `${parts.join('\n\n')}\n`
}

function rows(pairs: readonly (readonly [head: string, text: string])[]): string {
  const indent = Math.min(28, Math.max(...pairs.map(([head]) => head.length))) + 2
  return pairs
    .flatMap(([head, text]) => {
      const [first = '', ...more] = wrap(text, WIDTH - indent)
      const room = head.length + 2 > indent
      const top = room ? [head, `${' '.repeat(indent)}${first}`] : [`${head.padEnd(indent)}${first}`]
      return [...top, ...more.map((line) => `${' '.repeat(indent)}${line}`)]
    })
    .join('\n')
}
