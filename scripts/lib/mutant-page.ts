import { type Mutant, scoreMutants } from './mutation-score.ts'

/** Why those of a file survive, by the file's path in its room: `{ "rate-alarms.ts": "…" }`. */
export type Reasons = Readonly<Record<string, string>>

/** A run of a room, or of some of its files; a later run of a file stands for that of an earlier one. */
export interface MutationRun {
  /** `2026-11-30` */
  readonly date: string
  /** How it was made: `npm run mutation -- record --laws`. */
  readonly command: string
  readonly mutants: readonly Mutant[]
}

/** The page of a room: the score of each file, and each mutant that no test noticed, with the reason of its file. */
export function mutantPage(
  room: string,
  runs: readonly MutationRun[],
  reasons: Reasons,
  root: string,
  read?: (file: string) => string,
): string {
  const ofFile = new Map<string, MutationRun>()
  for (const run of runs) for (const { fileName } of run.mutants) ofFile.set(fileName, run)
  const mutants = runs.flatMap((run) => run.mutants.filter(({ fileName }) => ofFile.get(fileName) === run))
  const { lines } = scoreMutants(mutants, root, read)
  const end = lines.indexOf('')
  const survivors = Map.groupBy(lines.slice(0, end), (line) => line.slice(0, line.indexOf(':')))
  const sections = [...survivors].map(([file, all]) => {
    const reason = reasons[file.replace(`src/${room}/`, '')] ?? 'Not looked at yet.'
    const bare = all.map((line) => line.slice(file.length + 1))
    return `## ${file}\n\n${reason}\n\n\`\`\`text\n${bare.join('\n')}\n\`\`\`\n`
  })
  const made = runs.map(({ date, command }) => `- ${date}: \`${command}\`\n`).join('')
  return `# Mutants of \`${room}\` that no test notices

Made by \`node scripts/mutants.ts ${room}\` from these runs, of which the last one of a file counts:

${made}
\`\`\`text
${lines.slice(end + 1).join('\n')}
\`\`\`

Each with its line and column, what was there, and what stood in its place; the reasons stand in \`docs/mutants/reasons.json\`.

${sections.join('\n')}`
}
