import { readFileSync } from 'node:fs'
import { relative, resolve } from 'node:path'

/** What is read of a mutant that has been run. */
export interface Mutant {
  readonly fileName: string
  readonly mutatorName: string
  readonly replacement: string
  /** Lines and columns from 1. */
  readonly location: { readonly start: Place; readonly end: Place }
  readonly status: string
}

interface Place {
  readonly line: number
  readonly column: number
}

const NOTICED: ReadonlySet<string> = new Set(['Killed', 'Timeout'])
const MISSED: ReadonlySet<string> = new Set(['Survived', 'NoCoverage'])

/**
 * The mutants that no test noticed, one a line with what was there and what stood in its place, then the score of each file
 * and of all. A mutant that could not be run counts on neither side.
 */
export function scoreMutants(
  mutants: readonly Mutant[],
  root: string,
  read: (file: string) => string = (file) => readFileSync(file, 'utf8'),
): { readonly lines: readonly string[]; readonly percent: number } {
  // The same order in each run, whatever process came first.
  const ordered = mutants.toSorted(
    (a, b) =>
      a.location.start.line - b.location.start.line || a.location.start.column - b.location.start.column,
  )
  const files = Map.groupBy(ordered, ({ fileName }) => relative(root, resolve(root, fileName)))
  const missed: string[] = []
  const scores: string[] = []
  for (const [file, all] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const text = read(resolve(root, file)).split('\n')
    for (const mutant of all.filter(({ status }) => MISSED.has(status)))
      missed.push(describe(file, mutant, text))
    scores.push(`${scoreLine(all)}  ${file}`)
  }
  return { lines: [...missed, '', ...scores, `${scoreLine(mutants)}  in all`], percent: score(mutants) }
}

function describe(
  file: string,
  { location: { start, end }, mutatorName, replacement, status }: Mutant,
  text: readonly string[],
): string {
  const lines = text.slice(start.line - 1, end.line)
  lines[lines.length - 1] = lines.at(-1)?.slice(0, end.column - 1) ?? ''
  lines[0] = lines[0]?.slice(start.column - 1) ?? ''
  const reached = status === 'NoCoverage' ? ' (no test comes here)' : ''
  return `${file}:${start.line}:${start.column} ${mutatorName}: ${short(lines.join(' '))} -> ${short(replacement)}${reached}`
}

function score(mutants: readonly Mutant[]): number {
  const noticed = mutants.filter(({ status }) => NOTICED.has(status)).length
  const missed = mutants.filter(({ status }) => MISSED.has(status)).length
  return noticed + missed === 0 ? 100 : (100 * noticed) / (noticed + missed)
}

function scoreLine(mutants: readonly Mutant[]): string {
  const missed = mutants.filter(({ status }) => MISSED.has(status)).length
  const counted = missed + mutants.filter(({ status }) => NOTICED.has(status)).length
  return `${score(mutants).toFixed(1).padStart(5)} %  ${String(counted - missed).padStart(5)} of ${String(counted).padStart(5)}`
}

function short(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim()
  return line.length <= 60 ? line : `${line.slice(0, 57)}...`
}
