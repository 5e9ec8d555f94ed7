import { type CommandSpec, type OptionTable, optionsOf } from '../options/option.ts'

/** What completes command lines of onejar in bash. */
export function bashCompletion(specs: readonly CommandSpec[]): string {
  const cases = specs.map((spec) => {
    const table = optionsOf(spec)
    return `    ${spec.name})
      flags=${quote(flagsOf(table).join(' '))}
      words=${quote(Object.keys(spec.actions ?? {}).join(' '))}
      files=${spec.words === 'file' ? 1 : ''}
      case $previous in
${valueCases(table)}
      esac
      ;;`
  })
  return `# bash completion for onejar; made by: onejar completion bash
_onejar() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} command=\${COMP_WORDS[1]}
  local flags= words= files= kind=
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    COMPREPLY=($(compgen -W ${quote(`${specs.map(({ name }) => name).join(' ')} --help --version`)} -- "$current"))
    return
  fi
  case $command in
${cases.join('\n')}
  esac
  case $kind in
    none) return ;;
    file) compopt -o filenames; COMPREPLY=($(compgen -f -- "$current")); return ;;
    ?*) COMPREPLY=($(compgen -W "$kind" -- "$current")); return ;;
  esac
  if [[ $current == -* ]]; then
    COMPREPLY=($(compgen -W "$flags" -- "$current"))
  elif ((COMP_CWORD == 2)) && [[ -n $words ]]; then
    COMPREPLY=($(compgen -W "$words" -- "$current"))
  elif [[ -n $files ]]; then
    compopt -o filenames
    COMPREPLY=($(compgen -f -- "$current"))
  fi
}
complete -F _onejar onejar
`
}

function flagsOf(table: OptionTable): string[] {
  return Object.entries(table).flatMap(([name, { short, silent }]) =>
    silent ? [] : short === undefined ? [`--${name}`] : [`-${short}`, `--${name}`],
  )
}

/** What stands after a flag: one of some words, a file, or something that nobody can know. */
function valueCases(table: OptionTable): string {
  const lines = Object.entries(table).flatMap(([name, { short, value, choices, completes }]) => {
    if (value === undefined) return []
    const names = short === undefined ? `--${name}` : `-${short} | --${name}`
    const kind = choices?.join(' ') ?? (completes === 'file' ? 'file' : 'none')
    return [`        ${names}) kind=${quote(kind)} ;;`]
  })
  return lines.join('\n') || '        *) ;;'
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
