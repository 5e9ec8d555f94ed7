import type { Readable } from 'node:stream'
import { readInput } from '../read-input.ts'
import { UsageError } from '../usage-error.ts'

/** How many files may name one another. */
const MAX_FILES = 32

/** The flags whose next word is a value. */
export type TakesValue = (flag: string) => boolean

/**
 * A command line with what `-K FILE` names in its place.
 *
 * @param takesValue - whether a flag, as it is written, is followed by a value: `-K` may be one
 * @throws UsageError for a line that is none; CommandError when a file cannot be read
 */
export async function withConfigFiles(
  args: readonly string[],
  stdin: Readable,
  takesValue: TakesValue,
): Promise<string[]> {
  let files = 0
  const expand = async (words: readonly string[]): Promise<string[]> => {
    const expanded: string[] = []
    for (let at = 0; at < words.length; at++) {
      const word = words[at] as string
      if (word === '--') return [...expanded, ...words.slice(at)]
      const file = configFileOf(word, words[at + 1])
      if (file === null) {
        expanded.push(word)
        const next = words[at + 1]
        if (takesValue(word) && next !== undefined) {
          expanded.push(next)
          at++
        }
        continue
      }
      if (!file.joined) at++
      if (++files > MAX_FILES) throw new UsageError('-K: the files name one another without end')
      const text = (await readInput(file.path, stdin)).toString()
      expanded.push(...(await expand(configWords(text))))
    }
    return expanded
  }
  return expand(args)
}

function configFileOf(word: string, next: string | undefined): { path: string; joined: boolean } | null {
  const joined = /^(?:-K|--config=)([\s\S]+)$/.exec(word)?.[1]
  if (joined !== undefined) return { path: joined, joined: true }
  if (word !== '-K' && word !== '--config') return null
  if (next === undefined) throw new UsageError(`${word} takes a value: FILE`)
  return { path: next, joined: false }
}

/**
 * The words of a config file as curl reads it: a flag a line, with or without dashes, then its value after blanks, `=` or
 * `:`; in quotes `\\`, `\"`, `\t`, `\n`, `\r` and `\v` stand for characters. Lines that begin with # are comments.
 */
export function configWords(text: string): string[] {
  return text.split(/\r?\n/).flatMap((raw, at) => {
    const line = raw.trim()
    if (line === '' || line.startsWith('#')) return []
    const [, flag = '', rest = ''] = /^([^\s=:]+)\s*[=:]?\s*([\s\S]*)$/.exec(line) ?? []
    if (flag === '') throw new UsageError(`-K: line ${at + 1} is no flag`)
    const name = flag.startsWith('-') ? flag : `--${flag}`
    return rest === '' ? [name] : [name, valueIn(rest)]
  })
}

function valueIn(text: string): string {
  const quoted = /^"((?:[^"\\]|\\[\s\S])*)"/.exec(text)?.[1]
  // As with curl, what has no quotes ends at the first blank.
  if (quoted === undefined) return text.split(/\s/)[0] as string
  const escapes: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', v: '\v' }
  return quoted.replace(/\\([\s\S])/g, (_, letter: string) => escapes[letter] ?? letter)
}
