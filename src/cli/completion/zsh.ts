import { type CommandSpec, type Option, optionsOf } from '../options/option.ts'

/** What completes command lines of onejar in zsh. */
export function zshCompletion(specs: readonly CommandSpec[]): string {
  const commands = specs.map(({ name, summary }) => `    ${quote(`${name}:${summary}`)}`)
  const cases = specs.map((spec) => {
    const options = Object.entries(optionsOf(spec)).filter(([, { silent }]) => silent !== true)
    const rows = options.map(([name, option]) => `        ${optionRow(name, option)}`)
    return `    ${spec.name})\n      _arguments -s -S \\\n${[...rows, ...wordRows(spec)].join(' \\\n')}\n      ;;`
  })
  return `#compdef onejar
# zsh completion for onejar; made by: onejar completion zsh
_onejar() {
  local -a commands
  commands=(
${commands.join('\n')}
  )
  if ((CURRENT == 2)); then
    _describe command commands
    return
  fi
  local command=$words[2]
  shift words
  ((CURRENT--))
  case $command in
${cases.join('\n')}
  esac
}
compdef _onejar onejar
`
}

function optionRow(name: string, option: Option): string {
  const { short, value, multiple, choices, completes } = option
  const text = firstSentence(option.help)
  const what =
    value === undefined
      ? ''
      : `:${value.replaceAll(':', '\\:')}:${choices === undefined ? (completes === 'file' ? '_files' : '') : `(${choices.join(' ')})`}`
  // One that has been given is not offered again, by either name.
  const alike = multiple || short === undefined ? '' : `(-${short} --${name})`
  const many = multiple ? '*' : ''
  const tail = quote(`[${text}]${what}`)
  return short === undefined
    ? `${quote(many)}--${name}${tail}`
    : `${quote(`${alike}${many}`)}{-${short},--${name}}${tail}`
}

function wordRows({ actions, words }: CommandSpec): string[] {
  if (actions !== undefined) {
    const pairs = Object.entries(actions).map(
      ([word, text]) =>
        `${word}\\:${JSON.stringify(firstSentence(text).replaceAll('"', '')).replaceAll('$', '')}`,
    )
    return [`        ${quote(`1:action:((${pairs.join(' ')}))`)}`]
  }
  return words === 'file' ? [`        ${quote('*:file:_files')}`] : []
}

/** Short enough for a list, without what has a meaning there. */
function firstSentence(text: string): string {
  return (text.split(/[;:]|\. /)[0] ?? '').replace(/[[\]()]/g, '').replaceAll(':', '')
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
